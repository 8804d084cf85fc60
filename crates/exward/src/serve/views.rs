//! What the pages of a tenant share.

mod frame;

pub(crate) use frame::frame;
