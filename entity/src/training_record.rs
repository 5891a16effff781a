//! A line of the hours ledger (培训台账): append-only; a correction is a new line of differences.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "training_record")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub county_id: Uuid,
    pub plan_id: Uuid,
    pub person_id: Uuid,
    pub region_id: Uuid,
    pub enterprise_id: Option<Uuid>,
    pub role: String,
    pub part: String,
    pub minutes: i64,
    pub person_times: i64,
    pub passes: i64,
    pub score_hundredths: Option<i32>,
    pub source: String,
    pub source_id: Uuid,
    pub happened_on: Date,
    pub recorded_at: i64,
    pub account_id: Option<Uuid>,
    pub evidence_id: Option<Uuid>,
    pub corrects_id: Option<Uuid>,
    pub reason: Option<String>,
    pub after_settlement: bool,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    #[sea_orm(
        belongs_to = "super::plan::Entity",
        from = "Column::PlanId",
        to = "super::plan::Column::Id"
    )]
    Plan,
    #[sea_orm(
        belongs_to = "super::person::Entity",
        from = "Column::PersonId",
        to = "super::person::Column::Id"
    )]
    Person,
    #[sea_orm(
        belongs_to = "super::region::Entity",
        from = "Column::RegionId",
        to = "super::region::Column::Id"
    )]
    Region,
    #[sea_orm(
        belongs_to = "super::enterprise::Entity",
        from = "Column::EnterpriseId",
        to = "super::enterprise::Column::Id"
    )]
    Enterprise,
    #[sea_orm(belongs_to = "Entity", from = "Column::CorrectsId", to = "Column::Id")]
    Corrects,
}

impl Related<super::plan::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Plan.def()
    }
}

impl Related<super::person::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Person.def()
    }
}

impl Related<super::region::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Region.def()
    }
}

impl Related<super::enterprise::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Enterprise.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
