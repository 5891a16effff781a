//! A loan of quota between two townships (调剂), with the consent of both.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "quota_loan")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub county_id: Uuid,
    pub plan_id: Uuid,
    pub from_region_id: Uuid,
    pub to_region_id: Uuid,
    pub amount: i64,
    pub day: Date,
    pub reason: String,
    pub state: String,
    pub proposed_at: i64,
    pub proposed_by: Option<Uuid>,
    pub lender_consented_at: Option<i64>,
    pub lender_consented_by: Option<Uuid>,
    pub borrower_consented_at: Option<i64>,
    pub borrower_consented_by: Option<Uuid>,
    pub closed_at: Option<i64>,
    pub closed_by: Option<Uuid>,
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
        belongs_to = "super::region::Entity",
        from = "Column::FromRegionId",
        to = "super::region::Column::Id"
    )]
    Lender,
    #[sea_orm(
        belongs_to = "super::region::Entity",
        from = "Column::ToRegionId",
        to = "super::region::Column::Id"
    )]
    Borrower,
}

impl Related<super::plan::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Plan.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
