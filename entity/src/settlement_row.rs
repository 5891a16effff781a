//! A region's figures as they stood when the plan was settled; never changed.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "settlement_row")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub plan_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub region_id: Uuid,
    pub county_id: Uuid,
    pub quota: i64,
    pub completed: i64,
    pub person_times: i64,
    pub online_times: i64,
    pub offline_times: i64,
    pub passed: i64,
    pub principal: i64,
    pub safety_manager: i64,
    pub key_post: i64,
    pub other: i64,
    pub rate: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    #[sea_orm(
        belongs_to = "super::plan_settlement::Entity",
        from = "Column::PlanId",
        to = "super::plan_settlement::Column::PlanId"
    )]
    Settlement,
    #[sea_orm(
        belongs_to = "super::region::Entity",
        from = "Column::RegionId",
        to = "super::region::Column::Id"
    )]
    Region,
}

impl Related<super::plan_settlement::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Settlement.def()
    }
}

impl Related<super::region::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Region.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
