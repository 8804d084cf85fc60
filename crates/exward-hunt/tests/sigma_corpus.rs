//! Every rule of the corpus loads.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]
#![expect(clippy::disallowed_methods, reason = "the test reads the corpus; the crate does not")]
#![expect(clippy::print_stdout, reason = "shows which needles the corpus has")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use exward_hunt::sigma::{Alphabet, load};

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus/sigma-rules")
}

fn rule_files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|err| panic!("{}: {err}", folder.display()));
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rule_files(&path));
        } else if path.extension().is_some_and(|it| it == "yml") {
            files.push(path);
        }
    }
    files.sort();
    files
}

#[test]
#[ignore = "needs ../shared"]
fn every_rule_of_the_corpus_loads() {
    let (mut loaded, mut refused) = (0, Vec::new());
    let mut needles: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for path in rule_files(&corpus()) {
        let text = fs::read_to_string(&path).unwrap();
        let rules = match load(&text, &path.display().to_string()) {
            Ok(rules) => rules,
            Err(err) => {
                refused.push(err.to_string());
                continue;
            }
        };
        loaded += rules.len();
        for rule in rules {
            for (name, alphabet) in
                [("url", Alphabet::Url), ("json", Alphabet::Json), ("plain", Alphabet::Plain)]
            {
                let (rules, texts) = needles.entry(name).or_default();
                match rule.needles(alphabet) {
                    None if name == "url" => println!("no needle: {}", rule.facts.title),
                    None => {}
                    Some(it) => {
                        *rules += 1;
                        *texts += it.len();
                        if name == "url" {
                            let shown: Vec<&String> = it.iter().take(6).collect();
                            println!("{:3} {shown:?} {}", it.len(), rule.facts.title);
                        }
                    }
                }
            }
        }
    }
    for (name, (rules, texts)) in needles {
        println!("{name}: {rules} of {loaded} rules have needles, {texts} in all");
    }
    assert_eq!((loaded, refused), (83, Vec::new()));
}
