//! What the law asks to be learned (法定学时规则): by role, industry and occasion, from a day on.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "hours_rule")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub county_id: Uuid,
    pub role: String,
    pub industry: String,
    pub occasion: String,
    pub minutes: i64,
    pub minutes_per_hour: i32,
    pub months_off: Option<i32>,
    pub source_zh: String,
    pub source_en: String,
    pub secondary_source: bool,
    pub effective_from: Date,
    pub effective_to: Option<Date>,
    pub state: String,
    pub supersedes: Option<Uuid>,
    pub author_id: Option<Uuid>,
    pub created_at: i64,
    pub publisher_id: Option<Uuid>,
    pub published_at: Option<i64>,
    pub reason: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    #[sea_orm(belongs_to = "Entity", from = "Column::Supersedes", to = "Column::Id")]
    Supersedes,
}

impl ActiveModelBehavior for ActiveModel {}
