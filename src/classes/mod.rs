//! c
pub mod rules;
pub mod sheet;
