//! One thing broken in a valid blueprint: the second opinion names the invariant.
