//! A file of courses (课程文件): a video, a document or a picture.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "media_file")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub county_id: Uuid,
    pub account_id: Option<Uuid>,
    pub purpose: String,
    pub name: String,
    pub content_type: Option<String>,
    pub length_bytes: i64,
    pub bytes: i64,
    pub sha256: Option<Vec<u8>>,
    pub object_key: String,
    pub state: String,
    pub fault: Option<String>,
    pub width: Option<i32>,
    pub height: Option<i32>,
    pub created_at: i64,
    pub ready_at: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
