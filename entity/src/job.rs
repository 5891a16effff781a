//! Work that goes on after the answer (后台任务).

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "job")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub county_id: Uuid,
    pub kind: String,
    pub state: String,
    pub payload: String,
    pub done: i64,
    pub total: i64,
    pub attempts: i32,
    pub run_after: i64,
    pub locked_until: Option<i64>,
    pub result: Option<String>,
    pub fault: Option<String>,
    pub account_id: Option<Uuid>,
    pub created_at: i64,
    pub updated_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
