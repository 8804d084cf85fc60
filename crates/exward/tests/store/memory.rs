//! What a store holds, read from a backup of it, so that stores of both engines can be compared.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead as _, BufReader};

use serde_json::{Map, Value};

use crate::place::Place;
use crate::program::exward;

/// Rows of each table, by their columns.
pub(crate) struct Memory(BTreeMap<String, Vec<Map<String, Value>>>);

/// What is known of a server: its standing, and each interval without its keys.
pub(crate) type Servers = BTreeMap<String, (Value, Vec<[Value; 5]>)>;

impl Memory {
    pub(crate) fn of(place: &Place) -> Self {
        let file = tempfile::tempdir().unwrap();
        let file = file.path().join("backup.jsonl");
        let path = file.display().to_string();
        let ran = exward(&["store", "backup", &path, "--store", &place.url]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        let mut lines = BufReader::new(File::open(&file).unwrap()).lines();
        let header: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
        let mut tables = BTreeMap::new();
        for line in lines {
            let Value::Array(row) = serde_json::from_str(&line.unwrap()).unwrap() else { break };
            let name = row[0].as_str().unwrap().to_owned();
            let columns = header["tables"][&name].as_array().unwrap();
            let names = columns.iter().map(|it| it.as_str().unwrap().to_owned());
            let row = names.zip(row.into_iter().skip(1)).collect();
            tables.entry(name).or_insert_with(Vec::new).push(row);
        }
        Self(tables)
    }

    pub(crate) fn rows(&self, table: &str) -> &[Map<String, Value>] {
        self.0.get(table).map_or(&[], Vec::as_slice)
    }

    /// Everything that is known of servers, by their targets.
    pub(crate) fn servers(&self) -> Servers {
        let mut intervals: BTreeMap<i64, Vec<[Value; 5]>> = BTreeMap::new();
        let imprints: BTreeMap<i64, &Value> =
            self.rows("imprint").iter().map(|it| (number(&it["id"]), &it["digest"])).collect();
        for row in self.rows("observation") {
            let imprint = imprints[&number(&row["imprint"])].clone();
            let [from, to, times, digest] =
                ["from_at", "to_at", "times", "digest"].map(|it| row[it].clone());
            let of_server = intervals.entry(number(&row["server"])).or_default();
            of_server.push([from, to, times, digest, imprint]);
        }
        let mut servers = Servers::new();
        for row in self.rows("server") {
            let mut row = row.clone();
            let mut intervals = intervals.remove(&number(&row["id"])).unwrap_or_default();
            intervals.sort_by_key(|it| number(&it[0]));
            for key in ["id", "observation", "imprint", "tenant"] {
                row.remove(key);
            }
            let target = row["target"].as_str().unwrap().to_owned();
            let is_first = servers.insert(target, (Value::Object(row), intervals)).is_none();
            assert!(is_first, "a server is there twice");
        }
        assert!(intervals.is_empty(), "intervals of servers that are not there");
        servers
    }
}

pub(crate) fn number(value: &Value) -> i64 {
    value.as_i64().unwrap_or_else(|| panic!("{value} is no number"))
}

/// Fails unless the store is whole, and what was computed comes out the same when it is computed again (S2).
#[track_caller]
pub(crate) fn is_whole(place: &Place) {
    let ran = exward(&["store", "check", "--store", &place.url]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    let opened = place.open();
    for tenant in opened.wait(opened.store.tenants()).unwrap() {
        let before = opened.wait(opened.store.turns(tenant.id)).unwrap();
        opened.wait(opened.store.recompute_turns(tenant.id)).unwrap();
        let after = opened.wait(opened.store.turns(tenant.id)).unwrap();
        assert_eq!(before, after, "S2");
    }
}
