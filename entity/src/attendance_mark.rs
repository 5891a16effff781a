//! A person was in a class (签到记录); a changed mark is a new row that replaces the old.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "attendance_mark")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub county_id: Uuid,
    pub class_id: Uuid,
    pub person_id: Uuid,
    pub region_id: Uuid,
    pub enterprise_id: Option<Uuid>,
    pub role: String,
    pub check_in_at: Option<i64>,
    pub check_out_at: Option<i64>,
    pub minutes: i64,
    pub score_hundredths: Option<i32>,
    pub passed: Option<bool>,
    pub method: String,
    pub upload_id: Option<Uuid>,
    pub line: Option<i32>,
    pub account_id: Option<Uuid>,
    pub recorded_at: i64,
    pub replaced_by: Option<Uuid>,
    pub confirmed_at: Option<i64>,
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
    #[sea_orm(
        belongs_to = "super::attendance_upload::Entity",
        from = "Column::UploadId",
        to = "super::attendance_upload::Column::Id"
    )]
    Upload,
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

impl Related<super::attendance_upload::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Upload.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
