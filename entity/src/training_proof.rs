//! A certificate of training (培训合格证明), as it was issued.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "training_proof")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub county_id: Uuid,
    pub completion_id: Uuid,
    pub person_id: Uuid,
    pub plan_id: Uuid,
    pub region_id: Uuid,
    pub enterprise_id: Option<Uuid>,
    pub number: String,
    #[sea_orm(column_type = "Text")]
    pub content: String,
    pub account_id: Option<Uuid>,
    pub issued_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
