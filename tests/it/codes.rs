//! The certificate code: its formats, its threats, its vectors. Nothing here needs a server.

mod formats;
mod made;
mod strict;
mod threats;
