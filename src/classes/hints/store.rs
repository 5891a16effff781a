//! Rows that hints rest on, found by sets: what is not odd does not leave the database.

pub(super) mod presence;

use entity::{class_scan as scan, person};
use sea_orm::sea_query::{Expr, ExprTrait, SimpleExpr};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use super::rules::{LATE_MINUTES, PEOPLE_ON_A_PHONE, PEOPLE_WITH_A_CODE, Person, Seen};
use crate::platform::Result;

/// Most rows looked at for one answer.
const MOST_ROWS: u64 = 5_000;

fn people() -> SimpleExpr {
    Expr::col((scan::Entity, scan::Column::PersonId)).count_distinct()
}

fn late() -> SimpleExpr {
    Expr::col((scan::Entity, scan::Column::ArrivedAt))
        .sub(Expr::col((scan::Entity, scan::Column::ShownAt)))
        .gt(LATE_MINUTES * 60_000_000)
}

fn at_least(count: usize) -> SimpleExpr {
    people().gte(i64::try_from(count).unwrap_or(i64::MAX))
}

/// The scans of these classes that may be odd: of phones and codes that many share, and those that wait.
pub(super) async fn odd_scans(db: &impl ConnectionTrait, classes: &[Uuid]) -> Result<Vec<Seen>> {
    let of_classes = || scan::Column::ClassId.is_in(classes.iter().copied());
    let phones: Vec<Vec<u8>> = scan::Entity::find()
        .select_only()
        .column(scan::Column::DeviceHash)
        .filter(of_classes())
        .group_by(scan::Column::ClassId)
        .group_by(scan::Column::DeviceHash)
        .having(at_least(PEOPLE_ON_A_PHONE))
        .limit(MOST_ROWS)
        .into_tuple()
        .all(db)
        .await?;
    let codes: Vec<i64> = scan::Entity::find()
        .select_only()
        .column(scan::Column::ShownAt)
        .filter(of_classes())
        .filter(late())
        .group_by(scan::Column::ClassId)
        .group_by(scan::Column::Direction)
        .group_by(scan::Column::ShownAt)
        .having(at_least(PEOPLE_WITH_A_CODE))
        .limit(MOST_ROWS)
        .into_tuple()
        .all(db)
        .await?;
    let odd = Condition::any()
        .add(scan::Column::State.eq("pending"))
        .add(scan::Column::DeviceHash.is_in(phones))
        .add(
            Condition::all()
                .add(scan::Column::ShownAt.is_in(codes))
                .add(late()),
        );
    let rows = scan::Entity::find()
        .filter(of_classes())
        .filter(odd)
        .find_also_related(person::Entity)
        .order_by_asc(scan::Column::Id)
        .limit(MOST_ROWS)
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .filter_map(|(row, person)| {
            let person = person?;
            Some(Seen {
                class_id: row.class_id,
                person: Person {
                    person_id: person.id,
                    name: person.name,
                    id_masked: person.id_masked,
                },
                device: row.device_hash,
                out: row.direction == "out",
                pending: row.state == "pending",
                shown_at: row.shown_at,
                arrived_at: row.arrived_at,
            })
        })
        .collect())
}
