//! A worker says a mark is wrong, and what was answered (异议).

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "mark_objection")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub county_id: Uuid,
    pub region_id: Uuid,
    pub class_id: Uuid,
    pub mark_id: Uuid,
    pub person_id: Uuid,
    pub words: String,
    pub state: String,
    pub answer: Option<String>,
    pub new_mark_id: Option<Uuid>,
    pub raised_at: i64,
    pub answered_at: Option<i64>,
    pub answered_by: Option<Uuid>,
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
    #[sea_orm(
        belongs_to = "super::attendance_mark::Entity",
        from = "Column::MarkId",
        to = "super::attendance_mark::Column::Id"
    )]
    Mark,
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

impl Related<super::attendance_mark::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Mark.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
