//! A special-operation certificate (特种作业操作证); the key is number and item.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "certificate")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub county_id: Uuid,
    pub person_id: Uuid,
    pub number_hash: Vec<u8>,
    pub number_sealed: Vec<u8>,
    pub number_masked: String,
    pub item_code: String,
    pub catalogue_version: String,
    pub first_issued: Option<Date>,
    pub valid_until: Option<Date>,
    pub region_id: Uuid,
    pub enterprise_id: Option<Uuid>,
    pub enterprise_name: String,
    pub recorded_at: i64,
    pub standing: String,
    pub issuer_state: String,
    pub reviewed_on: Option<Date>,
    pub review_due: Option<Date>,
    pub unbroken_ten_years: bool,
    pub training_centre: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
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
