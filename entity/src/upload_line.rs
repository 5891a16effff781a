//! The verdict on one line of an uploaded sheet.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "upload_line")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub upload_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub line: i32,
    pub county_id: Uuid,
    pub tab: String,
    pub sheet_row: i32,
    pub session: i32,
    pub verdict: String,
    pub reason: Option<String>,
    pub effect: Option<String>,
    pub warnings: String,
    pub name: String,
    pub id_masked: String,
    pub enterprise_name: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    #[sea_orm(
        belongs_to = "super::attendance_upload::Entity",
        from = "Column::UploadId",
        to = "super::attendance_upload::Column::Id"
    )]
    Upload,
}

impl Related<super::attendance_upload::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Upload.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
