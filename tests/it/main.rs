//! One test binary: a file a room, stories told over HTTP to a real server, each on SQLite and on PostgreSQL.

mod support;

mod academies;
mod accounts;
mod attendance;
mod bad_input;
mod boards;
mod certificates;
mod check_in;
mod codes;
mod console;
mod counters;
mod courses;
mod devices;
mod doors;
mod exams;
mod http;
mod instances;
mod jobs;
mod journeys;
mod keys;
mod law;
mod media;
mod migrations;
mod notices;
mod people;
mod plans;
mod progress;
mod proofs;
mod quotas;
mod reminders;
mod scope;
mod settlement;
mod sheets;
mod spec;
mod tidy;
