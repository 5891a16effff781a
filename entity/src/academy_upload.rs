//! A sheet of results of an outside academy (外部学习平台成绩表).

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "academy_upload")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub county_id: Uuid,
    pub region_id: Option<Uuid>,
    pub academy_id: Uuid,
    pub plan_id: Uuid,
    pub account_id: Option<Uuid>,
    pub file_name: String,
    pub file_key: String,
    pub file_hash: Vec<u8>,
    pub file_size: i64,
    pub mapping: String,
    pub columns: String,
    pub state: String,
    pub lines: i64,
    pub accepted: i64,
    pub refused: i64,
    pub counts: String,
    pub job_id: Option<Uuid>,
    pub created_at: i64,
    pub committed_at: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
