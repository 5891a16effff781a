//! A code on the wall scanned by a phone (扫码签到、签退); the device is a keyed hash.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "class_scan")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub county_id: Uuid,
    pub class_id: Uuid,
    pub person_id: Uuid,
    pub direction: String,
    pub state: String,
    pub shown_at: i64,
    pub scanned_at: i64,
    pub arrived_at: i64,
    pub device_hash: Vec<u8>,
    pub account_id: Option<Uuid>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    #[sea_orm(
        belongs_to = "super::class_session::Entity",
        from = "Column::ClassId",
        to = "super::class_session::Column::Id"
    )]
    ClassSession,
    #[sea_orm(
        belongs_to = "super::person::Entity",
        from = "Column::PersonId",
        to = "super::person::Column::Id"
    )]
    Person,
}

impl Related<super::class_session::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::ClassSession.def()
    }
}

impl Related<super::person::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Person.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
