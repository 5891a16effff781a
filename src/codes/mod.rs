//! The certificate code TC1 (特种作业人员安全码): what is signed, what is shown, what is told.
//!
//! Read in this order: `tc1` (what the issuer signs), `presentation` (what the phone shows), `bundle` (whom and what a
//! verifier trusts), `verdict` (the colour). Below them `cbor`, `cose` and `base41`, strict and small; beside them
//! `status_list` and `render`. No file of these knows the database, the wire or the clock.

pub mod base41;
pub mod bundle;
pub mod cbor;
pub mod cose;
pub mod presentation;
pub mod render;
pub mod status_list;
pub mod tc1;
pub mod verdict;
