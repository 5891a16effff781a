//! A class (培训班/期): place, time, teacher, plan.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "class_session")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub county_id: Uuid,
    pub region_id: Uuid,
    pub plan_id: Uuid,
    pub title: String,
    pub place: String,
    pub teacher: String,
    pub day: Date,
    pub starts_at: i64,
    pub ends_at: i64,
    pub capacity: Option<i32>,
    pub minutes: i32,
    pub part: String,
    pub state: String,
    pub version: i32,
    pub account_id: Option<Uuid>,
    pub created_at: i64,
    pub updated_at: i64,
    pub check_in_opens_before: i32,
    pub late_after: i32,
    pub check_in_closes_after: i32,
    pub check_out_opens_before: i32,
    pub check_out_closes_after: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    #[sea_orm(
        belongs_to = "super::region::Entity",
        from = "Column::RegionId",
        to = "super::region::Column::Id"
    )]
    Region,
    #[sea_orm(
        belongs_to = "super::plan::Entity",
        from = "Column::PlanId",
        to = "super::plan::Column::Id"
    )]
    Plan,
}

impl Related<super::region::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Region.def()
    }
}

impl Related<super::plan::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Plan.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
