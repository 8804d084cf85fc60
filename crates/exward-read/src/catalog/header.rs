//! The columns of each catalog file, for reading and for writing.

use crate::table::Columns;

/// The column names of a file, as its first line has them; empty for `catalog.toml`.
pub(super) fn of(file: &str) -> &'static str {
    match file {
        "builds.csv" => {
            "product,cu,update,kind,released,build,kb,cumulative,entitlement,note,source"
        }
        "cves.csv" => "id,kind,cvss,cvss_version,published,listed,note,source",
        "fixes.csv" => {
            "cve,product,cu,fixed,fixed_msrc,config,item,msrc_affected,evidence,note,source"
        }
        "kev.csv" => "cve,added,ransomware,source",
        "lifecycle.csv" => "product,extended_end,esu_end,esu_cus,assessed_until,note,source",
        "overrides.csv" => "cve,component,section,parameter,value,source",
        "defaults.csv" => "item,product,cu,source",
        "disagreements.csv" => "kind,what,source_a,source_b,kept",
        "moves.csv" => "kind,from,to,expected_minutes,note,source",
        "conditions.csv" => {
            "id,kinds,to,to_build_min,entitlement,if_item,if_test,item,test,self_service,remedy,source"
        }
        "problems.csv" => "id,first,last,item,test,effect,what,remedy,source",
        "withdrawals.csv" => "build,replaced_by,since,why,source",
        _ => "",
    }
}

/// What is wrong with the columns of a file; `None` if each stands there once, in whatever order.
///
/// A column that is missing must not read as empty in every row: an empty `fixed_msrc` means that
/// nobody disputes the fix.
pub(super) fn problem(file: &str, columns: &Columns) -> Option<String> {
    let wanted = of(file);
    let missing: Vec<&str> =
        wanted.split(',').filter(|name| columns.position(name).is_none()).collect();
    if !missing.is_empty() {
        let missing = missing.join(", ");
        return Some(format!("no column {missing}: the first line must be `{wanted}`"));
    }
    let count = wanted.split(',').count();
    (columns.len() != count).then(|| {
        format!("{} columns, not {count}: the first line must be `{wanted}`", columns.len())
    })
}
