//! Which known word a mistyped one was meant to be.

/// The known word that differs least from this one, if that is little enough to be a slip: one letter
/// of three, two swapped letters counting as two.
pub(crate) fn nearest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    const CHARS_MAX: usize = 64;
    let word = word.to_lowercase();
    if word.chars().count() > CHARS_MAX {
        return None;
    }
    let with_distance = known.into_iter().map(|it| (distance(&word, it), it));
    let (least, nearest) = with_distance.min()?;
    let letters = word.chars().count().max(nearest.chars().count());
    (least.saturating_mul(3) <= letters).then_some(nearest)
}

/// How many letters have to be added, left out or replaced (Levenshtein). `-` and `_` are one letter.
fn distance(left: &str, right: &str) -> usize {
    let letter = |it: char| if it == '-' { '_' } else { it };
    let right: Vec<char> = right.chars().map(letter).collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (at, left) in (1..).zip(left.chars().map(letter)) {
        let mut diagonal = at;
        let mut above_left = row.first().copied().unwrap_or_default();
        if let Some(first) = row.first_mut() {
            *first = at;
        }
        for (cell, right) in row.iter_mut().skip(1).zip(&right) {
            let replaced = above_left.saturating_add(usize::from(left != *right));
            above_left = *cell;
            *cell = replaced.min(above_left.min(diagonal).saturating_add(1));
            diagonal = *cell;
        }
    }
    row.last().copied().unwrap_or_default()
}
