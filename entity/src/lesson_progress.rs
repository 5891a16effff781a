//! What a learner has of a lesson (课时进度).

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "lesson_progress")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub enrolment_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub lesson_id: Uuid,
    pub county_id: Uuid,
    pub person_id: Uuid,
    pub credited_seconds: i64,
    /// Seconds of the lesson, as `Spans` writes them.
    pub covered: Vec<u8>,
    pub unproven: Vec<u8>,
    pub place: i64,
    pub place_at: i64,
    /// Seconds that make it done.
    pub demanded: i64,
    pub done_at: Option<i64>,
    /// Heartbeats refused as too fast, and those of time credited elsewhere: evidence, never a punishment.
    pub too_fast: i64,
    pub elsewhere: i64,
    pub updated_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
