//! A memo of the URL paths seen: most requests of a server are for a few dozen of them.

/// Paths that are remembered at once; a newer one takes the place of an older one.
const SLOTS: usize = 8192;

/// Longest path that is remembered.
const STEM_BYTES_MAX: usize = 256;

/// Whether a line may matter by its path alone.
#[derive(Debug)]
pub(super) struct Stems {
    slots: Vec<Slot>,
}

/// A path and its answer.
#[derive(Clone, Debug, Default)]
struct Slot {
    stem: Vec<u8>,
    matters: bool,
}

impl Stems {
    pub(super) fn new() -> Self {
        Self { slots: vec![Slot::default(); SLOTS] }
    }

    /// The remembered answer for a path, or that of `ask`.
    pub(super) fn matters(&mut self, stem: &[u8], ask: impl FnOnce() -> bool) -> bool {
        let Some(slot) = self.slots.get_mut(place(stem)) else { return ask() };
        if slot.stem == stem && !stem.is_empty() {
            return slot.matters;
        }
        let matters = ask();
        if stem.len() <= STEM_BYTES_MAX {
            slot.stem.clear();
            slot.stem.extend_from_slice(stem);
            slot.matters = matters;
        }
        matters
    }
}

/// The slot of a path: FNV-1a over eight bytes at a time, which is enough to spread paths.
fn place(stem: &[u8]) -> usize {
    const PRIME: u64 = 0x0000_0100_0000_01B3;
    let mut hash: u64 = 0xCBF2_9CE4_8422_2325;
    for chunk in stem.chunks(8) {
        let mut word = [0; 8];
        word.iter_mut().zip(chunk).for_each(|(to, from)| *to = *from);
        hash = (hash ^ u64::from_le_bytes(word)).wrapping_mul(PRIME);
        hash ^= hash >> 29;
    }
    usize::try_from(hash >> 32).unwrap_or(0) % SLOTS
}
