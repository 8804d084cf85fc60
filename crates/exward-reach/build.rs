//! Names `openssl-src`, so that the vendored OpenSSL is built with SSL 3.0, 3DES, RC4 and the legacy
//! provider: cargo unifies its features with those of `openssl-sys` only among build dependencies.

use openssl_src as _;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
}
