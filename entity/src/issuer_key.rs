//! A key that signs codes (签发密钥); times in seconds since 1970.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "issuer_key")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub county_id: Uuid,
    pub kid: String,
    pub public_key: Vec<u8>,
    pub private_sealed: Vec<u8>,
    pub not_before: i64,
    pub not_after: i64,
    pub cut_off: Option<i64>,
    pub revoked_from: Option<i64>,
    pub demo: bool,
    pub created_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
