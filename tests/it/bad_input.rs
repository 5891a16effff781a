//! Input nobody should send, and everybody sends: told clearly, in the reader's language, with nothing written.

mod files;
mod made;
mod requests;
