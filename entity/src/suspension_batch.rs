//! Certificates suspended for one cause (批量暂停).

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "suspension_batch")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub county_id: Uuid,
    pub cause: String,
    pub selection: String,
    pub state: String,
    pub total: i64,
    pub job_id: Option<Uuid>,
    pub staged_by: String,
    pub staged_at: i64,
    pub applied_by: Option<String>,
    pub applied_at: Option<i64>,
    pub undone_by: Option<String>,
    pub undone_at: Option<i64>,
    pub undo_reason: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
