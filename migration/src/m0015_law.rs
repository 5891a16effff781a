//! Tables of this step: `hours_rule`, `enterprise_tag`.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create_hours_rule(manager).await?;
        create_enterprise_tag(manager).await?;
        // A rule asks for what somebody learned since a day, whatever plan it counted toward.
        manager
            .create_index(
                Index::create()
                    .name("ix_training_record_person_id_happened_on")
                    .table(Alias::new("training_record"))
                    .col(Alias::new("person_id"))
                    .col(Alias::new("happened_on"))
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_index(
                Index::drop()
                    .name("ix_training_record_person_id_happened_on")
                    .table(Alias::new("training_record"))
                    .to_owned(),
            )
            .await?;
        manager
            .drop_table(Table::drop().table(EnterpriseTag::Table).to_owned())
            .await?;
        manager
            .drop_table(Table::drop().table(HoursRule::Table).to_owned())
            .await
    }
}

/// What the law asks to be learned (法定学时): by role, industry and occasion, from a day on.
async fn create_hours_rule(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    use HoursRule as R;
    let words = |column: R, most: u32| ColumnDef::new(column).string_len(most).not_null().take();
    let table = Table::create()
        .table(R::Table)
        .col(ColumnDef::new(R::Id).uuid().not_null().primary_key())
        .col(ColumnDef::new(R::CountyId).uuid().not_null())
        .col(words(R::Role, 16))
        .col(words(R::Industry, 16))
        .col(words(R::Occasion, 8))
        .col(ColumnDef::new(R::Minutes).big_integer().not_null())
        .col(ColumnDef::new(R::MinutesPerHour).integer().not_null())
        .col(ColumnDef::new(R::MonthsOff).integer())
        .col(words(R::SourceZh, 500))
        .col(words(R::SourceEn, 500))
        .col(ColumnDef::new(R::SecondarySource).boolean().not_null())
        .col(ColumnDef::new(R::EffectiveFrom).date().not_null())
        .col(ColumnDef::new(R::EffectiveTo).date())
        .col(words(R::State, 16))
        .col(ColumnDef::new(R::Supersedes).uuid())
        .col(ColumnDef::new(R::AuthorId).uuid())
        .col(ColumnDef::new(R::CreatedAt).big_integer().not_null())
        .col(ColumnDef::new(R::PublisherId).uuid())
        .col(ColumnDef::new(R::PublishedAt).big_integer())
        .col(ColumnDef::new(R::Reason).string_len(500))
        .foreign_key(
            ForeignKey::create()
                .from(R::Table, R::Supersedes)
                .to(R::Table, R::Id),
        )
        .check(Expr::col(R::Role).is_in(["principal", "safety_manager", "key_post", "other"]))
        .check(Expr::col(R::Industry).is_in(["general", "high_risk"]))
        .check(Expr::col(R::Occasion).is_in(["first", "yearly", "retrain"]))
        .check(Expr::col(R::State).is_in(["draft", "published"]))
        .check(Expr::col(R::Minutes).gte(0))
        .to_owned();
    manager.create_table(table).await?;
    manager
        .create_index(
            Index::create()
                .name("ix_hours_rule_county_id_state_effective_from")
                .table(R::Table)
                .col(R::CountyId)
                .col(R::State)
                .col(R::EffectiveFrom)
                .to_owned(),
        )
        .await?;
    // Of one kind of rule one is open-ended at most, whoever publishes at the same time.
    manager
        .create_index(
            Index::create()
                .name("uq_hours_rule_county_id_role_industry_occasion")
                .table(R::Table)
                .col(R::CountyId)
                .col(R::Role)
                .col(R::Industry)
                .col(R::Occasion)
                .unique()
                .and_where(Expr::col(R::State).eq("published"))
                .and_where(Expr::col(R::EffectiveTo).is_null())
                .to_owned(),
        )
        .await
}

/// What kind of enterprise it is (企业标签), from which day to which.
async fn create_enterprise_tag(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    use EnterpriseTag as T;
    let table = Table::create()
        .table(T::Table)
        .col(ColumnDef::new(T::EnterpriseId).uuid().not_null())
        .col(ColumnDef::new(T::Tag).string_len(40).not_null())
        .col(ColumnDef::new(T::FromDay).date().not_null())
        .col(ColumnDef::new(T::ToDay).date())
        .col(ColumnDef::new(T::CountyId).uuid().not_null())
        .col(ColumnDef::new(T::RecordedAt).big_integer().not_null())
        .primary_key(
            Index::create()
                .col(T::EnterpriseId)
                .col(T::Tag)
                .col(T::FromDay),
        )
        .foreign_key(
            ForeignKey::create()
                .from(T::Table, T::EnterpriseId)
                .to(Alias::new("enterprise"), Alias::new("id")),
        )
        .to_owned();
    manager.create_table(table).await?;
    manager
        .create_index(
            Index::create()
                .name("ix_enterprise_tag_county_id_tag")
                .table(T::Table)
                .col(T::CountyId)
                .col(T::Tag)
                .to_owned(),
        )
        .await
}

#[derive(DeriveIden)]
enum HoursRule {
    Table,
    Id,
    CountyId,
    Role,
    Industry,
    Occasion,
    Minutes,
    MinutesPerHour,
    MonthsOff,
    SourceZh,
    SourceEn,
    SecondarySource,
    EffectiveFrom,
    EffectiveTo,
    State,
    Supersedes,
    AuthorId,
    CreatedAt,
    PublisherId,
    PublishedAt,
    Reason,
}

#[derive(DeriveIden)]
enum EnterpriseTag {
    Table,
    EnterpriseId,
    Tag,
    FromDay,
    ToDay,
    CountyId,
    RecordedAt,
}
