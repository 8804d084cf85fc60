//! Memory: the only SQL of exward.
