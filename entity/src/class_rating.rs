//! What somebody who was in a class thinks of it (满意度).

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "class_rating")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub class_id: Uuid,
    pub person_id: Uuid,
    pub county_id: Uuid,
    pub region_id: Uuid,
    pub plan_id: Uuid,
    pub satisfied: bool,
    pub words_sealed: Option<Vec<u8>>,
    pub rated_at: i64,
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
