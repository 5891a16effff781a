//! A certificate shown by photo, for somebody to look at (领码审核).

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "claim_review")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub county_id: Uuid,
    pub region_id: Option<Uuid>,
    pub person_id: Uuid,
    pub item_code: String,
    pub first_issued: Date,
    pub valid_until: Date,
    pub review_due: Option<Date>,
    pub state: String,
    pub front_key: String,
    pub back_key: Option<String>,
    pub portrait_key: Option<String>,
    pub reason: String,
    pub issuer_checked: bool,
    pub certificate_id: Option<Uuid>,
    pub asked_at: i64,
    pub decided_at: Option<i64>,
    pub decided_by: Option<Uuid>,
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
