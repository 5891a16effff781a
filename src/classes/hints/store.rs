//! Rows that hints rest on, found by sets: what is not odd does not leave the database.

use std::collections::HashMap;

use entity::{attendance_mark as mark, class_scan as scan, class_session as class, person};
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Func, Query, SimpleExpr};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, FromQueryResult, JoinType, QueryFilter,
    QueryOrder, QuerySelect,
};
use uuid::Uuid;

use super::rules::{
    LATE_MINUTES, Other, Overlap, PEOPLE_ON_A_PHONE, PEOPLE_WITH_A_CODE, Person, Seen,
};
use crate::platform::{Result, Scope};

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

/// How many stand as present in each of these classes.
pub(super) async fn present(
    db: &impl ConnectionTrait,
    classes: &[Uuid],
) -> Result<HashMap<Uuid, i64>> {
    let rows: Vec<(Uuid, i64)> = mark::Entity::find()
        .select_only()
        .column(mark::Column::ClassId)
        .column_as(mark::Column::Id.count(), "present")
        .filter(mark::Column::ClassId.is_in(classes.iter().copied()))
        .filter(mark::Column::ReplacedBy.is_null())
        .group_by(mark::Column::ClassId)
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().collect())
}

#[derive(FromQueryResult)]
struct OverlapRow {
    class_id: Uuid,
    person_id: Uuid,
    name: String,
    id_masked: String,
    here_from: i64,
    other_id: Uuid,
    other_region: Uuid,
    other_title: String,
    other_from: i64,
    other_to: i64,
}

/// Who stands as present in one of these classes and at the same time in another.
///
/// The other class is named only where the scope reaches it.
pub(super) async fn overlaps(
    db: &impl ConnectionTrait,
    scope: &Scope,
    classes: &[Uuid],
) -> Result<Vec<Overlap>> {
    let alias = Alias::new;
    let column =
        |table: &'static str, column: &'static str| Expr::col((alias(table), alias(column)));
    let or = |table: &'static str, told: &'static str, class: &'static str, whole: &'static str| {
        SimpleExpr::from(Func::coalesce([column(table, told), column(class, whole)]))
    };
    let from = |table, class| or(table, "check_in_at", class, "starts_at");
    let to = |table, class| or(table, "check_out_at", class, "ends_at");
    let mut query = Query::select();
    query
        .expr_as(column("m", "class_id"), alias("class_id"))
        .expr_as(column("p", "id"), alias("person_id"))
        .expr_as(column("p", "name"), alias("name"))
        .expr_as(column("p", "id_masked"), alias("id_masked"))
        .expr_as(from("m", "c"), alias("here_from"))
        .expr_as(column("oc", "id"), alias("other_id"))
        .expr_as(column("oc", "region_id"), alias("other_region"))
        .expr_as(column("oc", "title"), alias("other_title"))
        .expr_as(from("o", "oc"), alias("other_from"))
        .expr_as(to("o", "oc"), alias("other_to"))
        .from_as(mark::Entity, alias("m"))
        .join_as(
            JoinType::InnerJoin,
            class::Entity,
            alias("c"),
            column("c", "id").equals((alias("m"), alias("class_id"))),
        )
        .join_as(
            JoinType::InnerJoin,
            person::Entity,
            alias("p"),
            column("p", "id").equals((alias("m"), alias("person_id"))),
        )
        .join_as(
            JoinType::InnerJoin,
            mark::Entity,
            alias("o"),
            column("o", "person_id").equals((alias("m"), alias("person_id"))),
        )
        .join_as(
            JoinType::InnerJoin,
            class::Entity,
            alias("oc"),
            column("oc", "id").equals((alias("o"), alias("class_id"))),
        )
        .and_where(column("m", "class_id").is_in(classes.iter().copied()))
        .and_where(column("m", "replaced_by").is_null())
        .and_where(column("o", "replaced_by").is_null())
        .and_where(column("o", "class_id").ne(column("m", "class_id")))
        .and_where(from("m", "c").lt(to("o", "oc")))
        .and_where(from("o", "oc").lt(to("m", "c")))
        .order_by((alias("m"), alias("id")), sea_orm::Order::Asc)
        .limit(MOST_ROWS);
    let rows = OverlapRow::find_by_statement(db.get_database_backend().build(&query))
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| Overlap {
            class_id: row.class_id,
            person: Person {
                person_id: row.person_id,
                name: row.name,
                id_masked: row.id_masked,
            },
            at: row.here_from,
            other: Other {
                class: scope
                    .reaches_region(row.other_region)
                    .then_some((row.other_id, row.other_title)),
                from: row.other_from,
                to: row.other_to,
            },
        })
        .collect())
}
