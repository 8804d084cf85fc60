//! Backups of an older schema.

use exward_store::StoreUrl;
use exward_store::store::ServerFilter;
use serde_json::{Value, json};

use super::journal::{backed_up, lines, signed};
use crate::estate::{Estate, day, seen};
use crate::hunts::hunted;
use crate::open;

/// What the fourth migration has added.
const ADDED: [(&str, &[&str]); 3] = [
    ("server", &["hunt", "hunt_settled", "mitigation"]),
    ("hunt", &["alarm", "settled_at", "settled_by", "settled_why"]),
    ("sighting", &["alarm", "trace"]),
];

/// The lines of a backup, as the third version of the schema had them.
pub(super) fn older(lines: &[String]) -> Vec<String> {
    let mut first: Value = serde_json::from_str(&lines[0]).unwrap();
    let now = first["tables"].clone();
    first["schema_version"] = json!(3);
    for (table, added) in ADDED {
        let columns = first["tables"][table].as_array_mut().unwrap();
        columns.retain(|it| !added.contains(&it.as_str().unwrap()));
    }
    let cut = |line: &String| {
        let Ok(Value::Array(row)) = serde_json::from_str(line) else { return line.clone() };
        let name = row[0].as_str().unwrap();
        let added = ADDED.iter().find(|it| it.0 == name).map_or(&[][..], |it| it.1);
        let columns = now[name].as_array().unwrap();
        let stays = |it: &Value| !added.contains(&it.as_str().unwrap());
        let cells = columns.iter().zip(&row[1..]).filter(|it| stays(it.0)).map(|it| it.1.clone());
        let row: Vec<Value> = std::iter::once(row[0].clone()).chain(cells).collect();
        Value::Array(row).to_string()
    };
    std::iter::once(first.to_string()).chain(lines[1..].iter().map(cut)).collect()
}

pub(crate) async fn an_older_backup_is_migrated(url: StoreUrl) {
    let estate = Estate::new(&url).await;
    estate.observe(&[seen("a", 1, "v")]).await;
    for hunt in [hunted("a", 3, "compromised", 2), hunted("a", 5, "nothing-found", 0)] {
        estate.store.keep_hunt(estate.tenant, estate.run, &hunt).await.unwrap();
    }
    let now = backed_up(&estate.store).await;
    let mut old = older(&lines(&now));
    // That one let the newest hunt speak.
    for line in old.iter_mut().filter(|it| it.starts_with("[\"server\",")) {
        *line = line.replace("\"compromised\",1,", "\"nothing-found\",0,");
    }
    assert!(old.iter().any(|it| it.contains("\"nothing-found\",0,")));

    let other = open(&crate::again(&url).await).await;
    for (version, want) in [(99, "a newer exward has written it"), (0, "of another program")] {
        let mut bad = old.clone();
        bad[0] = bad[0].replace("\"schema_version\":3", &format!("\"schema_version\":{version}"));
        let refused = other.restore(&mut signed(&bad).as_bytes()).await.unwrap_err();
        assert!(refused.to_string().contains(want), "{refused}");
    }
    let mut bad = old.clone();
    bad[0] = bad[0].replace("\"first_seen_at\"", "\"x; DROP\"");
    let refused = other.restore(&mut signed(&bad).as_bytes()).await.unwrap_err();
    assert!(refused.to_string().contains("a table that is unknown"), "{refused}");

    other.restore(&mut signed(&old).as_bytes()).await.unwrap();
    assert_eq!(other.check().await.unwrap().problems, [], "B3");
    let page = other.servers(estate.tenant, &ServerFilter::default(), None, 9).await.unwrap();
    let [row] = &*page.rows else { panic!("{:?}", page.rows) };
    let hunt = row.hunt.as_ref().unwrap();
    assert_eq!((&*hunt.verdict, hunt.to, row.alarm), ("compromised", Some(day(3)), true), "B3");
    // What is seen from here on is kept as ever.
    other.observe(estate.tenant, estate.run, &[seen("b", 6, "p")]).await.unwrap();
    let again = backed_up(&other).await;
    assert!(again.starts_with(now.split("\"tables\"").next().unwrap()), "B3");
}
