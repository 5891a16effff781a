//! Tables of this step: `class_scan`, `walk_in`, `mark_objection`; windows of `class_session`; marks by scan and roll.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DatabaseBackend, Statement};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// Column and default of each window of a class, in minutes.
const WINDOWS: [(&str, i32); 5] = [
    ("check_in_opens_before", 30),
    ("late_after", 10),
    ("check_in_closes_after", 60),
    ("check_out_opens_before", 30),
    ("check_out_closes_after", 60),
];

const OLD_METHODS: &str = "('upload', 'manual')";
const NEW_METHODS: &str = "('upload', 'manual', 'scan', 'roll')";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (column, minutes) in WINDOWS {
            let add = Table::alter()
                .table(Alias::new("class_session"))
                .add_column(
                    ColumnDef::new(Alias::new(column))
                        .integer()
                        .not_null()
                        .default(minutes),
                )
                .to_owned();
            manager.alter_table(add).await?;
        }
        let add = Table::alter()
            .table(Alias::new("attendance_mark"))
            .add_column(ColumnDef::new(Alias::new("confirmed_at")).big_integer())
            .to_owned();
        manager.alter_table(add).await?;
        allow_methods(manager, OLD_METHODS, NEW_METHODS).await?;
        create_class_scan(manager).await?;
        create_walk_in(manager).await?;
        create_mark_objection(manager).await?;
        // What a class gave a person is asked at every credit.
        let by_source = Index::create()
            .name("ix_training_record_source_id_person_id")
            .table(Alias::new("training_record"))
            .col(Alias::new("source_id"))
            .col(Alias::new("person_id"))
            .to_owned();
        manager.create_index(by_source).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let by_source = Index::drop()
            .name("ix_training_record_source_id_person_id")
            .table(Alias::new("training_record"))
            .to_owned();
        manager.drop_index(by_source).await?;
        for table in ["mark_objection", "walk_in", "class_scan"] {
            manager
                .drop_table(Table::drop().table(Alias::new(table)).to_owned())
                .await?;
        }
        allow_methods(manager, NEW_METHODS, OLD_METHODS).await?;
        let mut columns = vec![("attendance_mark", "confirmed_at")];
        columns.extend(WINDOWS.map(|(column, _)| ("class_session", column)));
        for (table, column) in columns {
            let drop = Table::alter()
                .table(Alias::new(table))
                .drop_column(Alias::new(column))
                .to_owned();
            manager.alter_table(drop).await?;
        }
        Ok(())
    }
}

/// Changes which methods a mark may have. `SQLite` cannot change a check, so there the table is written anew.
async fn allow_methods(manager: &SchemaManager<'_>, old: &str, new: &str) -> Result<(), DbErr> {
    let db = manager.get_connection();
    if db.get_database_backend() != DatabaseBackend::Sqlite {
        db.execute_unprepared(
            "ALTER TABLE attendance_mark DROP CONSTRAINT attendance_mark_method_check",
        )
        .await?;
        let add = format!(
            "ALTER TABLE attendance_mark ADD CONSTRAINT attendance_mark_method_check CHECK (method IN {new})"
        );
        db.execute_unprepared(&add).await?;
        return Ok(());
    }
    let told = Statement::from_string(
        DatabaseBackend::Sqlite,
        "SELECT type, sql FROM sqlite_master WHERE tbl_name = 'attendance_mark' AND sql IS NOT NULL",
    );
    let (mut table, mut indexes) = (String::new(), Vec::new());
    for row in db.query_all_raw(told).await? {
        let (kind, sql): (String, String) = (row.try_get("", "type")?, row.try_get("", "sql")?);
        if kind == "table" {
            table = sql;
        } else {
            indexes.push(sql);
        }
    }
    let (head, columns) = table
        .split_once('(')
        .ok_or_else(|| DbErr::Migration("attendance_mark is not there".to_owned()))?;
    let changed = columns.replace(old, new);
    if changed == columns {
        return Err(DbErr::Migration(format!("no check on the method: {head}")));
    }
    db.execute_unprepared(&format!("CREATE TABLE attendance_mark_new ({changed}"))
        .await?;
    db.execute_unprepared("INSERT INTO attendance_mark_new SELECT * FROM attendance_mark")
        .await?;
    db.execute_unprepared("DROP TABLE attendance_mark").await?;
    db.execute_unprepared("ALTER TABLE attendance_mark_new RENAME TO attendance_mark")
        .await?;
    for index in indexes {
        db.execute_unprepared(&index).await?;
    }
    Ok(())
}

fn to(
    table: &str,
    from: impl IntoIden + 'static,
    parent: &'static str,
) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .from(Alias::new(table), from)
        .to(Alias::new(parent), Alias::new("id"))
        .to_owned()
}

/// A code on the wall scanned by a phone (扫码签到、签退).
async fn create_class_scan(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table(ClassScan::Table)
        .col(
            ColumnDef::new(ClassScan::Id)
                .uuid()
                .not_null()
                .primary_key(),
        )
        .col(ColumnDef::new(ClassScan::CountyId).uuid().not_null())
        .col(ColumnDef::new(ClassScan::ClassId).uuid().not_null())
        .col(ColumnDef::new(ClassScan::PersonId).uuid().not_null())
        .col(
            ColumnDef::new(ClassScan::Direction)
                .string_len(4)
                .not_null(),
        )
        .col(ColumnDef::new(ClassScan::State).string_len(8).not_null())
        .col(ColumnDef::new(ClassScan::ShownAt).big_integer().not_null())
        .col(
            ColumnDef::new(ClassScan::ScannedAt)
                .big_integer()
                .not_null(),
        )
        .col(
            ColumnDef::new(ClassScan::ArrivedAt)
                .big_integer()
                .not_null(),
        )
        .col(ColumnDef::new(ClassScan::DeviceHash).binary().not_null())
        .col(ColumnDef::new(ClassScan::AccountId).uuid())
        .foreign_key(&mut to("class_scan", ClassScan::ClassId, "class_session"))
        .foreign_key(&mut to("class_scan", ClassScan::PersonId, "person"))
        .check(Expr::col(ClassScan::Direction).is_in(["in", "out"]))
        .check(Expr::col(ClassScan::State).is_in(["present", "late", "pending"]))
        .to_owned();
    manager.create_table(table).await?;
    // One scan that counts and one that waits, at most: a phone may send as often as it likes.
    for (name, waits) in [
        ("uq_class_scan_class_id_person_id_direction_taken", false),
        ("uq_class_scan_class_id_person_id_direction_pending", true),
    ] {
        let state = Expr::col(ClassScan::State);
        let index = Index::create()
            .name(name)
            .table(ClassScan::Table)
            .col(ClassScan::ClassId)
            .col(ClassScan::PersonId)
            .col(ClassScan::Direction)
            .unique()
            .and_where(if waits {
                state.eq("pending")
            } else {
                state.ne("pending")
            })
            .to_owned();
        manager.create_index(index).await?;
    }
    let by_device = Index::create()
        .name("ix_class_scan_class_id_device_hash")
        .table(ClassScan::Table)
        .col(ClassScan::ClassId)
        .col(ClassScan::DeviceHash)
        .to_owned();
    manager.create_index(by_device).await?;
    let by_person = Index::create()
        .name("ix_class_scan_person_id")
        .table(ClassScan::Table)
        .col(ClassScan::PersonId)
        .to_owned();
    manager.create_index(by_person).await
}

/// Somebody on a roll whom nobody on file matches yet (待核对人员).
async fn create_walk_in(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table(WalkIn::Table)
        .col(ColumnDef::new(WalkIn::Id).uuid().not_null().primary_key())
        .col(ColumnDef::new(WalkIn::CountyId).uuid().not_null())
        .col(ColumnDef::new(WalkIn::ClassId).uuid().not_null())
        .col(ColumnDef::new(WalkIn::Line).string_len(64).not_null())
        .col(ColumnDef::new(WalkIn::KeyHash).binary().not_null())
        .col(ColumnDef::new(WalkIn::Name).string_len(100).not_null())
        .col(ColumnDef::new(WalkIn::IdSealed).binary())
        .col(ColumnDef::new(WalkIn::IdMasked).string_len(40).not_null())
        .col(ColumnDef::new(WalkIn::Why).string_len(40).not_null())
        .col(ColumnDef::new(WalkIn::CheckInAt).big_integer())
        .col(ColumnDef::new(WalkIn::CheckOutAt).big_integer())
        .col(ColumnDef::new(WalkIn::ScoreHundredths).integer())
        .col(ColumnDef::new(WalkIn::State).string_len(16).not_null())
        .col(ColumnDef::new(WalkIn::Reason).string_len(500))
        .col(ColumnDef::new(WalkIn::PersonId).uuid())
        .col(ColumnDef::new(WalkIn::AccountId).uuid())
        .col(ColumnDef::new(WalkIn::CreatedAt).big_integer().not_null())
        .col(ColumnDef::new(WalkIn::SettledAt).big_integer())
        .col(ColumnDef::new(WalkIn::SettledBy).uuid())
        .foreign_key(&mut to("walk_in", WalkIn::ClassId, "class_session"))
        .foreign_key(&mut to("walk_in", WalkIn::PersonId, "person"))
        .check(Expr::col(WalkIn::State).is_in(["pending", "matched", "dismissed"]))
        .to_owned();
    manager.create_table(table).await?;
    let once = Index::create()
        .name("uq_walk_in_class_id_key_hash")
        .table(WalkIn::Table)
        .col(WalkIn::ClassId)
        .col(WalkIn::KeyHash)
        .unique()
        .to_owned();
    manager.create_index(once).await?;
    let by_class = Index::create()
        .name("ix_walk_in_class_id_id")
        .table(WalkIn::Table)
        .col(WalkIn::ClassId)
        .col(WalkIn::Id)
        .to_owned();
    manager.create_index(by_class).await
}

/// A worker says a mark is wrong, and what was answered (异议).
async fn create_mark_objection(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table(MarkObjection::Table)
        .col(
            ColumnDef::new(MarkObjection::Id)
                .uuid()
                .not_null()
                .primary_key(),
        )
        .col(ColumnDef::new(MarkObjection::CountyId).uuid().not_null())
        .col(ColumnDef::new(MarkObjection::RegionId).uuid().not_null())
        .col(ColumnDef::new(MarkObjection::ClassId).uuid().not_null())
        .col(ColumnDef::new(MarkObjection::MarkId).uuid().not_null())
        .col(ColumnDef::new(MarkObjection::PersonId).uuid().not_null())
        .col(
            ColumnDef::new(MarkObjection::Words)
                .string_len(1000)
                .not_null(),
        )
        .col(
            ColumnDef::new(MarkObjection::State)
                .string_len(16)
                .not_null(),
        )
        .col(ColumnDef::new(MarkObjection::Answer).string_len(1000))
        .col(ColumnDef::new(MarkObjection::NewMarkId).uuid())
        .col(
            ColumnDef::new(MarkObjection::RaisedAt)
                .big_integer()
                .not_null(),
        )
        .col(ColumnDef::new(MarkObjection::AnsweredAt).big_integer())
        .col(ColumnDef::new(MarkObjection::AnsweredBy).uuid())
        .foreign_key(&mut to("mark_objection", MarkObjection::RegionId, "region"))
        .foreign_key(&mut to(
            "mark_objection",
            MarkObjection::ClassId,
            "class_session",
        ))
        .foreign_key(&mut to(
            "mark_objection",
            MarkObjection::MarkId,
            "attendance_mark",
        ))
        .foreign_key(&mut to("mark_objection", MarkObjection::PersonId, "person"))
        .check(Expr::col(MarkObjection::State).is_in(["open", "accepted", "upheld"]))
        .to_owned();
    manager.create_table(table).await?;
    let once = Index::create()
        .name("uq_mark_objection_mark_id_open")
        .table(MarkObjection::Table)
        .col(MarkObjection::MarkId)
        .unique()
        .and_where(Expr::col(MarkObjection::State).eq("open"))
        .to_owned();
    manager.create_index(once).await?;
    for (name, columns) in [
        (
            "ix_mark_objection_county_id_region_id_state_id",
            &["county_id", "region_id", "state", "id"][..],
        ),
        (
            "ix_mark_objection_class_id_person_id",
            &["class_id", "person_id"][..],
        ),
        ("ix_mark_objection_person_id", &["person_id"][..]),
    ] {
        let mut index = Index::create();
        index.name(name).table(MarkObjection::Table);
        for column in columns {
            index.col(Alias::new(*column));
        }
        manager.create_index(index).await?;
    }
    Ok(())
}

#[derive(DeriveIden)]
enum ClassScan {
    Table,
    Id,
    CountyId,
    ClassId,
    PersonId,
    Direction,
    State,
    ShownAt,
    ScannedAt,
    ArrivedAt,
    DeviceHash,
    AccountId,
}

#[derive(DeriveIden)]
enum WalkIn {
    Table,
    Id,
    CountyId,
    ClassId,
    Line,
    KeyHash,
    Name,
    IdSealed,
    IdMasked,
    Why,
    CheckInAt,
    CheckOutAt,
    ScoreHundredths,
    State,
    Reason,
    PersonId,
    AccountId,
    CreatedAt,
    SettledAt,
    SettledBy,
}

#[derive(DeriveIden)]
enum MarkObjection {
    Table,
    Id,
    CountyId,
    RegionId,
    ClassId,
    MarkId,
    PersonId,
    Words,
    State,
    Answer,
    NewMarkId,
    RaisedAt,
    AnsweredAt,
    AnsweredBy,
}
