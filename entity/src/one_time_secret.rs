//! What opens a door once: an invitation, a reset, an activation.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "one_time_secret")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub county_id: Uuid,
    pub purpose: String,
    pub account_id: Option<Uuid>,
    pub person_id: Option<Uuid>,
    pub hash: Vec<u8>,
    pub tries: i32,
    pub expires_at: i64,
    pub used_at: Option<i64>,
    pub made_by: Option<Uuid>,
    pub created_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
