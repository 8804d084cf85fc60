//! Lists within sentences.

/// The first `most` of a list and how many more there are: `a, b and 3 more`. Empty list: empty.
///
/// What an input can make long without end must not make a reason long without end.
#[must_use]
pub fn first_few<T: AsRef<str>>(all: &[T], most: usize) -> String {
    let shown: Vec<&str> = all.iter().take(most).map(AsRef::as_ref).collect();
    match all.len().saturating_sub(most) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::first_few;

    #[track_caller]
    fn check(all: &[&str], want: &str) {
        assert_eq!(first_few(all, 2), want);
    }

    #[test]
    fn counts_what_it_does_not_show() {
        check(&[], "");
        check(&["a"], "a");
        check(&["a", "b"], "a, b");
        check(&["a", "b", "c"], "a, b and 1 more");
    }
}
