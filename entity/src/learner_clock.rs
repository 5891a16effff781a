//! One learner's clock (学习时钟): the time he was credited for, his open players, his presence checks.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "learner_clock")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub person_id: Uuid,
    pub county_id: Uuid,
    /// Stretches of the clock, in milliseconds, as `Spans` writes them.
    pub spent: Vec<u8>,
    /// Open players with their heartbeats heard.
    pub players: Vec<u8>,
    pub check_number: i64,
    pub check_since: i64,
    pub check_told_at: Option<i64>,
    pub checks_passed: i64,
    pub checks_failed: i64,
    pub updated_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
