//! Tells cargo when the app was built anew; `make` says so by its digest.

fn main() {
    println!("cargo:rerun-if-env-changed=ANPEI_APP");
    println!("cargo:rerun-if-changed=build.rs");
}
