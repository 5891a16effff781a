//! What an exam asks and how (试卷规则).

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "exam_paper")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub county_id: Uuid,
    pub title: String,
    pub plan_id: Option<Uuid>,
    #[sea_orm(column_type = "Text")]
    pub rules: String,
    pub state: String,
    pub account_id: Option<Uuid>,
    pub created_at: i64,
    pub changed_at: i64,
    pub published_at: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
