//! A message to be sent, written with its cause.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "outbox_message")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub county_id: Uuid,
    pub cause: String,
    pub channel: String,
    pub recipient_sealed: Vec<u8>,
    pub recipient_masked: String,
    pub template: String,
    pub body_sealed: Vec<u8>,
    pub state: String,
    pub attempts: i32,
    pub run_after: i64,
    pub locked_until: Option<i64>,
    pub fault: Option<String>,
    pub created_at: i64,
    pub sent_at: Option<i64>,
    pub recipient_hash: Option<Vec<u8>>,
    pub urgent: bool,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
