//! Which Exchange products a Windows or IIS version can host.
//!
//! Source: Microsoft's Exchange supportability matrix. Good for naming a contradiction, and for
//! choosing between products that other signs allow; never a sign of Exchange by itself.

use exward_core::product::{Product, ProductRange};

/// Products that run on this Windows version; `None` if the version is not known.
#[must_use]
pub fn windows_host(major: u32, minor: u32, build: u32) -> Option<ProductRange> {
    use Product::{E55, E2003, E2007, E2010, E2013, E2016, E2019, Se};
    Some(match (major, minor, build) {
        (5, 0, _) => ProductRange::between(E55, E2003),
        (5, 2, _) => ProductRange::between(E2003, E2007),
        (6, 0, _) => ProductRange::between(E2007, E2010),
        (6, 1, _) => ProductRange::between(E2007, E2013),
        (6, 2 | 3, _) => ProductRange::between(E2010, E2016),
        (10, 0, 14393) => ProductRange::only(E2016),
        (10, 0, 17763..) => ProductRange::between(E2019, Se),
        (10, 0, _) => ProductRange::between(E2016, Se),
        _ => return None,
    })
}

/// Products that a `Server` header such as `Microsoft-IIS/8.5` allows; `None` for any other server.
#[must_use]
pub fn iis_host(server: &str) -> Option<ProductRange> {
    let version = server.trim().strip_prefix("Microsoft-IIS/")?;
    match version {
        "5.0" => windows_host(5, 0, 0),
        "6.0" => windows_host(5, 2, 0),
        "7.0" => windows_host(6, 0, 0),
        "7.5" => windows_host(6, 1, 0),
        "8.0" | "8.5" => windows_host(6, 2, 0),
        "10.0" => windows_host(10, 0, 0),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(server: &str, want: Option<&str>) {
        assert_eq!(iis_host(server).map(|it| it.to_string()).as_deref(), want, "{server}");
    }

    #[test]
    fn iis_bounds_the_product() {
        check("Microsoft-IIS/6.0", Some("2003 to 2007"));
        check("Microsoft-IIS/7.5", Some("2007 to 2013")); // IIS 7.5 with 15.1 is a honeypot
        check("Microsoft-IIS/8.5", Some("2010 to 2016"));
        check("Microsoft-IIS/10.0", Some("2016 or later"));
        check("nginx", None);
    }
}
