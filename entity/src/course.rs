//! A course (课程): its draft, and which published version new learners get.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "course")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub county_id: Uuid,
    pub account_id: Option<Uuid>,
    pub title: String,
    pub state: String,
    #[sea_orm(column_type = "Text")]
    pub draft: String,
    pub is_open: bool,
    pub version_id: Option<Uuid>,
    pub created_at: i64,
    pub changed_at: i64,
    pub published_at: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
