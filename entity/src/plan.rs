//! A training plan (实施方案): who must learn what by when.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "plan")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub county_id: Uuid,
    pub title: String,
    pub year: i32,
    pub period_from: Date,
    pub period_to: Date,
    pub state: String,
    pub version: i32,
    pub target_roles: String,
    pub required_online: i32,
    pub required_offline: i32,
    pub exam_required: bool,
    pub pass_mark: Option<i32>,
    pub counts: String,
    pub rate_decimals: i32,
    pub minutes_per_hour: i32,
    pub created_at: i64,
    pub updated_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
