//! Anpei (安培): training and certification for a county's emergency-management bureau.
//!
//! The map: rooms in dependency order; a room uses only what stands above it (`tests/it/tidy.rs` proves it).

pub mod platform;

pub mod audit;
pub mod notices;
pub mod sheets;

pub mod photos;

pub mod places;

pub mod people;

pub mod accounts;

pub mod plans;

pub mod hours;

pub mod courses;

pub mod exams;

pub mod classes;

pub mod certificates;

pub mod codes;

pub mod proofs;

pub mod boards;
pub mod corrections;
pub mod reminders;

pub mod me;

pub mod archives;

pub mod copies;

pub mod demo;

pub mod spec;

pub mod server;

pub mod console;
