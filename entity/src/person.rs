//! A person (人员). The ID number is sealed; `id_hash` finds it, `id_masked` shows it.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "person")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub county_id: Uuid,
    pub name: String,
    pub id_kind: String,
    pub id_hash: Vec<u8>,
    pub id_sealed: Vec<u8>,
    pub id_masked: String,
    pub phone_sealed: Option<Vec<u8>>,
    pub phone_masked: Option<String>,
    pub created_at: i64,
    pub updated_at: i64,
    pub email_sealed: Option<Vec<u8>>,
    pub email_masked: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
