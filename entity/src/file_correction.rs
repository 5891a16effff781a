//! What a person asks to be put right in his file, and the answer (更正申请).

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "file_correction")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub county_id: Uuid,
    pub person_id: Uuid,
    pub subject: String,
    pub wanted_sealed: Option<Vec<u8>>,
    pub words_sealed: Vec<u8>,
    pub state: String,
    pub answer_sealed: Option<Vec<u8>>,
    pub asked_at: i64,
    pub settled_at: Option<i64>,
    pub settled_by: Option<Uuid>,
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
