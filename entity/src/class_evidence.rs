//! A photo that shows who was in a class (签到表照片).

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "class_evidence")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub county_id: Uuid,
    pub region_id: Uuid,
    pub class_id: Uuid,
    #[sea_orm(column_type = "Text")]
    pub photo_key: String,
    #[sea_orm(column_type = "Text")]
    pub note: String,
    pub account_id: Option<Uuid>,
    pub created_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
