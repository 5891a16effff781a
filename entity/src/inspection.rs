//! What somebody on duty found (巡查记录).

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "inspection")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub county_id: Uuid,
    pub region_id: Uuid,
    pub account_id: Uuid,
    pub client_id: Uuid,
    pub told: Vec<u8>,
    pub checked_by: String,
    pub by_role: String,
    pub by_region_id: Uuid,
    pub code_id: Option<Uuid>,
    pub person_id: Option<Uuid>,
    pub colour: String,
    pub reason: String,
    pub for_item: Option<String>,
    pub place: String,
    pub note: String,
    pub checked_at: i64,
    pub logged_at: i64,
    pub outcome: Option<String>,
    pub words: Option<String>,
    pub settled_by: Option<String>,
    pub settled_at: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    #[sea_orm(
        belongs_to = "super::person::Entity",
        from = "Column::PersonId",
        to = "super::person::Column::Id"
    )]
    Person,
}

impl Related<super::person::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Person.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
