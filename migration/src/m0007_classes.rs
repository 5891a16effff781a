//! Tables of this step: `class_session`, `roster_entry`, `attendance_upload`, `upload_line`, `attendance_mark`.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create_class_session(manager).await?;
        create_roster_entry(manager).await?;
        create_attendance_upload(manager).await?;
        create_upload_line(manager).await?;
        create_attendance_mark(manager).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table(AttendanceMark::Table).to_owned())
            .await?;
        manager
            .drop_table(Table::drop().table(UploadLine::Table).to_owned())
            .await?;
        manager
            .drop_table(Table::drop().table(AttendanceUpload::Table).to_owned())
            .await?;
        manager
            .drop_table(Table::drop().table(RosterEntry::Table).to_owned())
            .await?;
        manager
            .drop_table(Table::drop().table(ClassSession::Table).to_owned())
            .await?;
        Ok(())
    }
}

/// A class (培训班/期): place, time, teacher, plan.
async fn create_class_session(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table(ClassSession::Table)
        .col(
            ColumnDef::new(ClassSession::Id)
                .uuid()
                .not_null()
                .primary_key(),
        )
        .col(ColumnDef::new(ClassSession::CountyId).uuid().not_null())
        .col(ColumnDef::new(ClassSession::RegionId).uuid().not_null())
        .col(ColumnDef::new(ClassSession::PlanId).uuid().not_null())
        .col(
            ColumnDef::new(ClassSession::Title)
                .string_len(200)
                .not_null(),
        )
        .col(
            ColumnDef::new(ClassSession::Place)
                .string_len(200)
                .not_null(),
        )
        .col(
            ColumnDef::new(ClassSession::Teacher)
                .string_len(100)
                .not_null(),
        )
        .col(ColumnDef::new(ClassSession::Day).date().not_null())
        .col(
            ColumnDef::new(ClassSession::StartsAt)
                .big_integer()
                .not_null(),
        )
        .col(
            ColumnDef::new(ClassSession::EndsAt)
                .big_integer()
                .not_null(),
        )
        .col(ColumnDef::new(ClassSession::Capacity).integer())
        .col(ColumnDef::new(ClassSession::Minutes).integer().not_null())
        .col(ColumnDef::new(ClassSession::Part).string_len(8).not_null())
        .col(
            ColumnDef::new(ClassSession::State)
                .string_len(16)
                .not_null(),
        )
        .col(ColumnDef::new(ClassSession::Version).integer().not_null())
        .col(ColumnDef::new(ClassSession::AccountId).uuid())
        .col(
            ColumnDef::new(ClassSession::CreatedAt)
                .big_integer()
                .not_null(),
        )
        .col(
            ColumnDef::new(ClassSession::UpdatedAt)
                .big_integer()
                .not_null(),
        )
        .foreign_key(
            ForeignKey::create()
                .from(ClassSession::Table, ClassSession::RegionId)
                .to(Alias::new("region"), Alias::new("id")),
        )
        .foreign_key(
            ForeignKey::create()
                .from(ClassSession::Table, ClassSession::PlanId)
                .to(Alias::new("plan"), Alias::new("id")),
        )
        .check(Expr::col(ClassSession::State).is_in(["planned", "held", "cancelled"]))
        .check(Expr::col(ClassSession::Part).is_in(["online", "offline"]))
        .to_owned();
    manager.create_table(table).await?;
    manager
        .create_index(
            Index::create()
                .name("uq_class_session_county_id_plan_id_region_id_day_title")
                .table(ClassSession::Table)
                .col(ClassSession::CountyId)
                .col(ClassSession::PlanId)
                .col(ClassSession::RegionId)
                .col(ClassSession::Day)
                .col(ClassSession::Title)
                .unique()
                .to_owned(),
        )
        .await?;
    manager
        .create_index(
            Index::create()
                .name("ix_class_session_county_id_region_id_id")
                .table(ClassSession::Table)
                .col(ClassSession::CountyId)
                .col(ClassSession::RegionId)
                .col(ClassSession::Id)
                .to_owned(),
        )
        .await?;
    Ok(())
}

/// A person expected in a class (花名册).
async fn create_roster_entry(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table(RosterEntry::Table)
        .col(ColumnDef::new(RosterEntry::ClassId).uuid().not_null())
        .col(ColumnDef::new(RosterEntry::PersonId).uuid().not_null())
        .col(ColumnDef::new(RosterEntry::CountyId).uuid().not_null())
        .col(
            ColumnDef::new(RosterEntry::AddedAt)
                .big_integer()
                .not_null(),
        )
        .col(ColumnDef::new(RosterEntry::AccountId).uuid())
        .primary_key(
            Index::create()
                .col(RosterEntry::ClassId)
                .col(RosterEntry::PersonId),
        )
        .foreign_key(
            ForeignKey::create()
                .from(RosterEntry::Table, RosterEntry::ClassId)
                .to(ClassSession::Table, ClassSession::Id),
        )
        .foreign_key(
            ForeignKey::create()
                .from(RosterEntry::Table, RosterEntry::PersonId)
                .to(Alias::new("person"), Alias::new("id")),
        )
        .to_owned();
    manager.create_table(table).await?;
    manager
        .create_index(
            Index::create()
                .name("ix_roster_entry_person_id")
                .table(RosterEntry::Table)
                .col(RosterEntry::PersonId)
                .to_owned(),
        )
        .await?;
    Ok(())
}

/// An uploaded sheet: previewed, then committed or discarded (签到表上传).
#[expect(clippy::too_many_lines, reason = "the columns of one table")]
async fn create_attendance_upload(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table(AttendanceUpload::Table)
        .col(
            ColumnDef::new(AttendanceUpload::Id)
                .uuid()
                .not_null()
                .primary_key(),
        )
        .col(ColumnDef::new(AttendanceUpload::CountyId).uuid().not_null())
        .col(ColumnDef::new(AttendanceUpload::RegionId).uuid())
        .col(ColumnDef::new(AttendanceUpload::PlanId).uuid().not_null())
        .col(ColumnDef::new(AttendanceUpload::ClassId).uuid())
        .col(ColumnDef::new(AttendanceUpload::AccountId).uuid())
        .col(
            ColumnDef::new(AttendanceUpload::FileName)
                .string_len(200)
                .not_null(),
        )
        .col(
            ColumnDef::new(AttendanceUpload::FileKey)
                .string_len(100)
                .not_null(),
        )
        .col(
            ColumnDef::new(AttendanceUpload::FileHash)
                .binary()
                .not_null(),
        )
        .col(
            ColumnDef::new(AttendanceUpload::FileSize)
                .big_integer()
                .not_null(),
        )
        .col(
            ColumnDef::new(AttendanceUpload::State)
                .string_len(16)
                .not_null(),
        )
        .col(
            ColumnDef::new(AttendanceUpload::AllOrNothing)
                .boolean()
                .not_null(),
        )
        .col(
            ColumnDef::new(AttendanceUpload::Lines)
                .big_integer()
                .not_null(),
        )
        .col(
            ColumnDef::new(AttendanceUpload::Accepted)
                .big_integer()
                .not_null(),
        )
        .col(
            ColumnDef::new(AttendanceUpload::Refused)
                .big_integer()
                .not_null(),
        )
        .col(ColumnDef::new(AttendanceUpload::Counts).text().not_null())
        .col(ColumnDef::new(AttendanceUpload::Effects).text().not_null())
        .col(ColumnDef::new(AttendanceUpload::Sessions).text().not_null())
        .col(ColumnDef::new(AttendanceUpload::JobId).uuid())
        .col(
            ColumnDef::new(AttendanceUpload::CreatedAt)
                .big_integer()
                .not_null(),
        )
        .col(ColumnDef::new(AttendanceUpload::CommittedAt).big_integer())
        .foreign_key(
            ForeignKey::create()
                .from(AttendanceUpload::Table, AttendanceUpload::RegionId)
                .to(Alias::new("region"), Alias::new("id")),
        )
        .foreign_key(
            ForeignKey::create()
                .from(AttendanceUpload::Table, AttendanceUpload::PlanId)
                .to(Alias::new("plan"), Alias::new("id")),
        )
        .foreign_key(
            ForeignKey::create()
                .from(AttendanceUpload::Table, AttendanceUpload::ClassId)
                .to(ClassSession::Table, ClassSession::Id),
        )
        .check(Expr::col(AttendanceUpload::State).is_in([
            "previewed",
            "queued",
            "committed",
            "discarded",
        ]))
        .to_owned();
    manager.create_table(table).await?;
    manager
        .create_index(
            Index::create()
                .name("ix_attendance_upload_county_id_id")
                .table(AttendanceUpload::Table)
                .col(AttendanceUpload::CountyId)
                .col(AttendanceUpload::Id)
                .to_owned(),
        )
        .await?;
    manager
        .create_index(
            Index::create()
                .name("ix_attendance_upload_county_id_file_hash")
                .table(AttendanceUpload::Table)
                .col(AttendanceUpload::CountyId)
                .col(AttendanceUpload::FileHash)
                .to_owned(),
        )
        .await?;
    Ok(())
}

/// The verdict on one line of an uploaded sheet.
async fn create_upload_line(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table(UploadLine::Table)
        .col(ColumnDef::new(UploadLine::UploadId).uuid().not_null())
        .col(ColumnDef::new(UploadLine::Line).integer().not_null())
        .col(ColumnDef::new(UploadLine::CountyId).uuid().not_null())
        .col(ColumnDef::new(UploadLine::Tab).string_len(100).not_null())
        .col(ColumnDef::new(UploadLine::SheetRow).integer().not_null())
        .col(ColumnDef::new(UploadLine::Session).integer().not_null())
        .col(
            ColumnDef::new(UploadLine::Verdict)
                .string_len(16)
                .not_null(),
        )
        .col(ColumnDef::new(UploadLine::Reason).string_len(40))
        .col(ColumnDef::new(UploadLine::Effect).string_len(16))
        .col(ColumnDef::new(UploadLine::Warnings).text().not_null())
        .col(ColumnDef::new(UploadLine::Name).string_len(100).not_null())
        .col(
            ColumnDef::new(UploadLine::IdMasked)
                .string_len(40)
                .not_null(),
        )
        .col(
            ColumnDef::new(UploadLine::EnterpriseName)
                .string_len(200)
                .not_null(),
        )
        .primary_key(
            Index::create()
                .col(UploadLine::UploadId)
                .col(UploadLine::Line),
        )
        .foreign_key(
            ForeignKey::create()
                .from(UploadLine::Table, UploadLine::UploadId)
                .to(AttendanceUpload::Table, AttendanceUpload::Id),
        )
        .check(Expr::col(UploadLine::Verdict).is_in(["accepted", "refused"]))
        .to_owned();
    manager.create_table(table).await?;
    manager
        .create_index(
            Index::create()
                .name("ix_upload_line_upload_id_verdict_line")
                .table(UploadLine::Table)
                .col(UploadLine::UploadId)
                .col(UploadLine::Verdict)
                .col(UploadLine::Line)
                .to_owned(),
        )
        .await?;
    Ok(())
}

/// A person was in a class (签到记录); a changed mark is a new row that replaces the old.
#[expect(clippy::too_many_lines, reason = "the columns of one table")]
async fn create_attendance_mark(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table(AttendanceMark::Table)
        .col(
            ColumnDef::new(AttendanceMark::Id)
                .uuid()
                .not_null()
                .primary_key(),
        )
        .col(ColumnDef::new(AttendanceMark::CountyId).uuid().not_null())
        .col(ColumnDef::new(AttendanceMark::ClassId).uuid().not_null())
        .col(ColumnDef::new(AttendanceMark::PersonId).uuid().not_null())
        .col(ColumnDef::new(AttendanceMark::RegionId).uuid().not_null())
        .col(ColumnDef::new(AttendanceMark::EnterpriseId).uuid())
        .col(
            ColumnDef::new(AttendanceMark::Role)
                .string_len(16)
                .not_null(),
        )
        .col(ColumnDef::new(AttendanceMark::CheckInAt).big_integer())
        .col(ColumnDef::new(AttendanceMark::CheckOutAt).big_integer())
        .col(
            ColumnDef::new(AttendanceMark::Minutes)
                .big_integer()
                .not_null(),
        )
        .col(ColumnDef::new(AttendanceMark::ScoreHundredths).integer())
        .col(ColumnDef::new(AttendanceMark::Passed).boolean())
        .col(
            ColumnDef::new(AttendanceMark::Method)
                .string_len(16)
                .not_null(),
        )
        .col(ColumnDef::new(AttendanceMark::UploadId).uuid())
        .col(ColumnDef::new(AttendanceMark::Line).integer())
        .col(ColumnDef::new(AttendanceMark::AccountId).uuid())
        .col(
            ColumnDef::new(AttendanceMark::RecordedAt)
                .big_integer()
                .not_null(),
        )
        .col(ColumnDef::new(AttendanceMark::ReplacedBy).uuid())
        .foreign_key(
            ForeignKey::create()
                .from(AttendanceMark::Table, AttendanceMark::ClassId)
                .to(ClassSession::Table, ClassSession::Id),
        )
        .foreign_key(
            ForeignKey::create()
                .from(AttendanceMark::Table, AttendanceMark::PersonId)
                .to(Alias::new("person"), Alias::new("id")),
        )
        .foreign_key(
            ForeignKey::create()
                .from(AttendanceMark::Table, AttendanceMark::RegionId)
                .to(Alias::new("region"), Alias::new("id")),
        )
        .foreign_key(
            ForeignKey::create()
                .from(AttendanceMark::Table, AttendanceMark::EnterpriseId)
                .to(Alias::new("enterprise"), Alias::new("id")),
        )
        .foreign_key(
            ForeignKey::create()
                .from(AttendanceMark::Table, AttendanceMark::UploadId)
                .to(AttendanceUpload::Table, AttendanceUpload::Id),
        )
        .check(Expr::col(AttendanceMark::Method).is_in(["upload", "manual"]))
        .to_owned();
    manager.create_table(table).await?;
    manager
        .create_index(
            Index::create()
                .name("uq_attendance_mark_class_id_person_id")
                .table(AttendanceMark::Table)
                .col(AttendanceMark::ClassId)
                .col(AttendanceMark::PersonId)
                .unique()
                .and_where(Expr::col(AttendanceMark::ReplacedBy).is_null())
                .to_owned(),
        )
        .await?;
    manager
        .create_index(
            Index::create()
                .name("ix_attendance_mark_person_id_id")
                .table(AttendanceMark::Table)
                .col(AttendanceMark::PersonId)
                .col(AttendanceMark::Id)
                .to_owned(),
        )
        .await?;
    manager
        .create_index(
            Index::create()
                .name("ix_attendance_mark_class_id_id")
                .table(AttendanceMark::Table)
                .col(AttendanceMark::ClassId)
                .col(AttendanceMark::Id)
                .to_owned(),
        )
        .await?;
    Ok(())
}

#[derive(DeriveIden)]
enum ClassSession {
    Table,
    Id,
    CountyId,
    RegionId,
    PlanId,
    Title,
    Place,
    Teacher,
    Day,
    StartsAt,
    EndsAt,
    Capacity,
    Minutes,
    Part,
    State,
    Version,
    AccountId,
    CreatedAt,
    UpdatedAt,
}

#[derive(DeriveIden)]
enum RosterEntry {
    Table,
    ClassId,
    PersonId,
    CountyId,
    AddedAt,
    AccountId,
}

#[derive(DeriveIden)]
enum AttendanceUpload {
    Table,
    Id,
    CountyId,
    RegionId,
    PlanId,
    ClassId,
    AccountId,
    FileName,
    FileKey,
    FileHash,
    FileSize,
    State,
    AllOrNothing,
    Lines,
    Accepted,
    Refused,
    Counts,
    Effects,
    Sessions,
    JobId,
    CreatedAt,
    CommittedAt,
}

#[derive(DeriveIden)]
enum UploadLine {
    Table,
    UploadId,
    Line,
    CountyId,
    Tab,
    SheetRow,
    Session,
    Verdict,
    Reason,
    Effect,
    Warnings,
    Name,
    IdMasked,
    EnterpriseName,
}

#[derive(DeriveIden)]
enum AttendanceMark {
    Table,
    Id,
    CountyId,
    ClassId,
    PersonId,
    RegionId,
    EnterpriseId,
    Role,
    CheckInAt,
    CheckOutAt,
    Minutes,
    ScoreHundredths,
    Passed,
    Method,
    UploadId,
    Line,
    AccountId,
    RecordedAt,
    ReplacedBy,
}
