//! An uploaded sheet: previewed, then committed or discarded (签到表上传).

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "attendance_upload")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub county_id: Uuid,
    pub region_id: Option<Uuid>,
    pub plan_id: Uuid,
    pub class_id: Option<Uuid>,
    pub account_id: Option<Uuid>,
    pub file_name: String,
    pub file_key: String,
    pub file_hash: Vec<u8>,
    pub file_size: i64,
    pub state: String,
    pub all_or_nothing: bool,
    pub lines: i64,
    pub accepted: i64,
    pub refused: i64,
    pub counts: String,
    pub effects: String,
    pub sessions: String,
    pub job_id: Option<Uuid>,
    pub created_at: i64,
    pub committed_at: Option<i64>,
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
    #[sea_orm(
        belongs_to = "super::class_session::Entity",
        from = "Column::ClassId",
        to = "super::class_session::Column::Id"
    )]
    ClassSession,
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

impl Related<super::class_session::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::ClassSession.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
