//! Somebody's attempt at a paper (答卷), with the questions drawn for him.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "exam_attempt")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub county_id: Uuid,
    pub paper_id: Uuid,
    pub person_id: Uuid,
    pub account_id: Option<Uuid>,
    pub plan_id: Option<Uuid>,
    pub region_id: Option<Uuid>,
    pub enterprise_id: Option<Uuid>,
    pub role: String,
    pub number: i32,
    #[sea_orm(column_type = "Text")]
    pub items: String,
    pub device_hash: Option<Vec<u8>>,
    pub started_at: i64,
    pub ends_at: i64,
    pub submitted_at: Option<i64>,
    pub points: Option<i64>,
    pub most_points: i64,
    pub passed: Option<bool>,
    pub wrong_count: Option<i32>,
    pub wrong_hash: Option<Vec<u8>>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
