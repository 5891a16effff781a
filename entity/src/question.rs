//! A question of the bank (试题), as it is now.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "question")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub county_id: Uuid,
    pub version_id: Uuid,
    pub kind: String,
    pub difficulty: i32,
    pub sameness: Vec<u8>,
    pub signature: Vec<u8>,
    pub alike_id: Option<Uuid>,
    pub state: String,
    pub account_id: Option<Uuid>,
    pub created_at: i64,
    pub changed_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
