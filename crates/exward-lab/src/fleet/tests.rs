//! The estate and the executor together.
