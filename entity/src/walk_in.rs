//! Somebody on a roll whom nobody on file matches yet (待核对人员); the ID number is sealed.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "walk_in")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub county_id: Uuid,
    pub class_id: Uuid,
    pub line: String,
    pub key_hash: Vec<u8>,
    pub name: String,
    pub id_sealed: Option<Vec<u8>>,
    pub id_masked: String,
    pub why: String,
    pub check_in_at: Option<i64>,
    pub check_out_at: Option<i64>,
    pub score_hundredths: Option<i32>,
    pub state: String,
    pub reason: Option<String>,
    pub person_id: Option<Uuid>,
    pub account_id: Option<Uuid>,
    pub created_at: i64,
    pub settled_at: Option<i64>,
    pub settled_by: Option<Uuid>,
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
