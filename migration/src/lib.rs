//! The schema's history, one file a step, for SQLite and PostgreSQL alike.

use sea_orm_migration::prelude::*;
pub use sea_orm_migration::{MigratorTrait, SchemaManager};

mod m0001_places;
mod m0002_people;
mod m0003_accounts;
mod m0004_platform;
mod m0005_plans;
mod m0006_hours;
mod m0007_classes;
mod m0008_certificates;
mod m0009_doors;
mod m0011_keys;
mod m0012_check_in;
mod m0013_quotas;
mod m0014_finish;
mod m0015_law;
mod m0016_boards;
mod m0017_standing;
mod m0018_codes;
mod m0019_inspections;
mod m0020_batches;
mod m0021_reviews;
mod m0022_order;
mod m0025_academies;
mod m0027_courses;
mod m0028_progress;
mod m0030_class_days;
mod m0031_media;
mod m0033_exams;
mod m0034_library;
mod m0035_proofs;
mod m0036_notices;
mod m0037_evidence;
mod m0038_corrections;
mod m0039_letters;
mod m0040_ratings;
mod parts;

/// Runs every step that a database has not had yet, in order.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_places::Migration),
            Box::new(m0002_people::Migration),
            Box::new(m0003_accounts::Migration),
            Box::new(m0004_platform::Migration),
            Box::new(m0005_plans::Migration),
            Box::new(m0006_hours::Migration),
            Box::new(m0007_classes::Migration),
            Box::new(m0008_certificates::Migration),
            Box::new(m0009_doors::Migration),
            Box::new(m0011_keys::Migration),
            Box::new(m0012_check_in::Migration),
            Box::new(m0013_quotas::Migration),
            Box::new(m0014_finish::Migration),
            Box::new(m0015_law::Migration),
            Box::new(m0016_boards::Migration),
            Box::new(m0017_standing::Migration),
            Box::new(m0018_codes::Migration),
            Box::new(m0019_inspections::Migration),
            Box::new(m0020_batches::Migration),
            Box::new(m0021_reviews::Migration),
            Box::new(m0022_order::Migration),
            Box::new(m0025_academies::Migration),
            Box::new(m0027_courses::Migration),
            Box::new(m0028_progress::Migration),
            Box::new(m0030_class_days::Migration),
            Box::new(m0031_media::Migration),
            Box::new(m0033_exams::Migration),
            Box::new(m0034_library::Migration),
            Box::new(m0035_proofs::Migration),
            Box::new(m0036_notices::Migration),
            Box::new(m0037_evidence::Migration),
            Box::new(m0038_corrections::Migration),
            Box::new(m0039_letters::Migration),
            Box::new(m0040_ratings::Migration),
        ]
    }
}
