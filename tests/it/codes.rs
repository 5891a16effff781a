//! The certificate code: its formats, its threats, its vectors. Nothing here needs a server.

mod bundles;
mod formats;
mod fuzz;
mod lists;
mod made;
mod others;
mod strict;
mod threats;
mod vectors;
