//! Rows of scans.

use entity::{class_scan as scan, person};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::rules::{Direction, ScanState};
use crate::classes::store::{Listed, listed};
use crate::platform::Result;
use crate::platform::db::rows_per_statement;
use crate::platform::idempotency::Work;
use crate::platform::page::Page;

/// A scan that was kept.
#[derive(Clone, Debug)]
pub(in crate::classes) struct Kept {
    pub(in crate::classes) id: Uuid,
    pub(in crate::classes) class_id: Uuid,
    pub(in crate::classes) person_id: Uuid,
    pub(in crate::classes) direction: Direction,
    pub(in crate::classes) state: ScanState,
    pub(in crate::classes) shown_at: i64,
    /// The phone's word, by our clock.
    pub(in crate::classes) scanned_at: i64,
    pub(in crate::classes) arrived_at: i64,
    pub(in crate::classes) device_hash: Vec<u8>,
    pub(in crate::classes) account_id: Option<Uuid>,
}

/// The scans of these people in these classes.
pub(in crate::classes) async fn scans_of(
    db: &impl ConnectionTrait,
    classes: &[Uuid],
    persons: &[Uuid],
) -> Result<Vec<Kept>> {
    let rows = scan::Entity::find()
        .filter(scan::Column::ClassId.is_in(classes.iter().copied()))
        .filter(scan::Column::PersonId.is_in(persons.iter().copied()))
        .order_by_asc(scan::Column::Id)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(to_kept).collect())
}

pub(super) async fn insert_scans(work: &Work<'_>, scans: &[Kept]) -> Result<()> {
    for chunk in scans.chunks(rows_per_statement(11)) {
        let rows = chunk.iter().map(|kept| scan::ActiveModel {
            id: Set(kept.id),
            county_id: Set(work.by.county_id),
            class_id: Set(kept.class_id),
            person_id: Set(kept.person_id),
            direction: Set(kept.direction.word().to_owned()),
            state: Set(kept.state.word().to_owned()),
            shown_at: Set(kept.shown_at),
            scanned_at: Set(kept.scanned_at),
            arrived_at: Set(kept.arrived_at),
            device_hash: Set(kept.device_hash.clone()),
            account_id: Set(kept.account_id),
        });
        scan::Entity::insert_many(rows)
            .exec_without_returning(&work.tx)
            .await?;
    }
    Ok(())
}

/// The scans of a class the caller may see, with names, by scan.
pub(super) async fn scan_page(
    db: &impl ConnectionTrait,
    class_id: Uuid,
    page: &Page,
) -> Result<Vec<Listed<Kept>>> {
    let mut query = scan::Entity::find()
        .filter(scan::Column::ClassId.eq(class_id))
        .find_also_related(person::Entity);
    if let Some(after) = page.after {
        query = query.filter(scan::Column::Id.gt(after));
    }
    let rows = query
        .order_by_asc(scan::Column::Id)
        .limit(page.limit + 1)
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .filter_map(|(row, person)| person.map(|person| listed(person, to_kept(row))))
        .collect())
}

pub(in crate::classes) fn to_kept(row: scan::Model) -> Kept {
    Kept {
        id: row.id,
        class_id: row.class_id,
        person_id: row.person_id,
        direction: Direction::of_word(&row.direction),
        state: ScanState::of_word(&row.state),
        shown_at: row.shown_at,
        scanned_at: row.scanned_at,
        arrived_at: row.arrived_at,
        device_hash: row.device_hash,
        account_id: row.account_id,
    }
}
