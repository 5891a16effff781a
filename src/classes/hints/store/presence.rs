//! Who was where, from when to when: by his mark, or by his scans where nobody has marked him yet.

use std::collections::HashMap;

use entity::{attendance_mark as mark, class_scan as scan, class_session as class, person};
use sea_orm::sea_query::{
    Alias, Asterisk, Expr, ExprTrait, Func, Order, Query, SelectStatement, SimpleExpr, UnionType,
    WindowStatement,
};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, FromQueryResult, JoinType};
use uuid::Uuid;

use super::MOST_ROWS;
use crate::classes::hints::rules::{Came, MOST_SHOWN, Other, Overlap, Person};
use crate::platform::{Result, Scope};

/// Of which classes, or of which people.
enum Of {
    Classes(Vec<Uuid>),
    /// Whoever was in these classes.
    PeopleOf(Vec<Uuid>),
}

impl Of {
    fn filter(&self, class: impl ColumnTrait, person: impl ColumnTrait) -> Condition {
        match self {
            Self::Classes(ids) => Condition::all().add(class.is_in(ids.iter().copied())),
            Self::PeopleOf(ids) => {
                let marked = Query::select()
                    .column(mark::Column::PersonId)
                    .from(mark::Entity)
                    .and_where(mark::Column::ClassId.is_in(ids.iter().copied()))
                    .to_owned();
                let scanned = Query::select()
                    .column(scan::Column::PersonId)
                    .from(scan::Entity)
                    .and_where(scan::Column::ClassId.is_in(ids.iter().copied()))
                    .to_owned();
                Condition::any()
                    .add(person.in_subquery(marked))
                    .add(person.in_subquery(scanned))
            }
        }
    }
}

/// `class_id`, `person_id`, `since` and `until` of everybody who was in classes that took place.
fn presence(of: &Of) -> SelectStatement {
    use class::Column as C;
    use mark::Column as M;
    use scan::Column as S;
    let held = || Expr::col((class::Entity, C::State)).ne("cancelled");
    let class_of = |table: &'static str| {
        Expr::col((class::Entity, C::Id)).equals((Alias::new(table), Alias::new("class_id")))
    };
    let marked = Query::select()
        .columns([(mark::Entity, M::ClassId), (mark::Entity, M::PersonId)])
        .expr_as(
            Func::coalesce([Expr::col(M::CheckInAt), Expr::col(C::StartsAt)]),
            "since",
        )
        .expr_as(
            Func::coalesce([Expr::col(M::CheckOutAt), Expr::col(C::EndsAt)]),
            "until",
        )
        .from(mark::Entity)
        .join(
            JoinType::InnerJoin,
            class::Entity,
            class_of("attendance_mark"),
        )
        .cond_where(of.filter(M::ClassId, M::PersonId))
        .and_where(M::ReplacedBy.is_null())
        .and_where(held())
        .to_owned();
    let his_mark = Query::select()
        .expr(Expr::val(1))
        .from(mark::Entity)
        .and_where(M::ReplacedBy.is_null())
        .and_where(Expr::col((mark::Entity, M::ClassId)).equals((scan::Entity, S::ClassId)))
        .and_where(Expr::col((mark::Entity, M::PersonId)).equals((scan::Entity, S::PersonId)))
        .to_owned();
    let went = Expr::case(S::Direction.eq("out"), Expr::col(S::ShownAt));
    let came = Expr::case(S::Direction.eq("in"), 1).finally(0);
    let scanned = Query::select()
        .columns([(scan::Entity, S::ClassId), (scan::Entity, S::PersonId)])
        .expr_as(Expr::col(S::ShownAt).min(), "since")
        .expr_as(
            Func::coalesce([Expr::expr(went).max(), Expr::col(C::EndsAt).max()]),
            "until",
        )
        .from(scan::Entity)
        .join(JoinType::InnerJoin, class::Entity, class_of("class_scan"))
        .cond_where(of.filter(S::ClassId, S::PersonId))
        .and_where(Expr::exists(his_mark).not())
        .and_where(held())
        .group_by_columns([(scan::Entity, S::ClassId), (scan::Entity, S::PersonId)])
        .and_having(Expr::expr(came).sum().gt(0))
        .to_owned();
    let mut all = marked;
    all.union(UnionType::All, scanned);
    all
}

fn column(table: &'static str, column: &'static str) -> SimpleExpr {
    Expr::col((Alias::new(table), Alias::new(column)))
}

fn people(query: &mut SelectStatement, of: &'static str) {
    query
        .expr_as(column("p", "id"), "person_id")
        .expr_as(column("p", "name"), "name")
        .expr_as(column("p", "id_masked"), "id_masked")
        .join_as(
            JoinType::InnerJoin,
            person::Entity,
            "p",
            column("p", "id").equals((Alias::new(of), Alias::new("person_id"))),
        );
}

#[derive(FromQueryResult)]
struct CameRow {
    class_id: Uuid,
    person_id: Uuid,
    name: String,
    id_masked: String,
    since: i64,
    present: i64,
}

/// How many were in each of these classes, and who of them came last.
pub(in crate::classes::hints) async fn came(
    db: &impl ConnectionTrait,
    classes: &[Uuid],
) -> Result<HashMap<Uuid, Came>> {
    let of_class = || WindowStatement::partition_by(Alias::new("class_id"));
    let last = of_class()
        .order_by(Alias::new("since"), Order::Desc)
        .order_by(Alias::new("person_id"), Order::Asc)
        .to_owned();
    let counted = Query::select()
        .column(Asterisk)
        .expr_window_as(Expr::cust("ROW_NUMBER()"), last, "from_last")
        .expr_window_as(Expr::cust("COUNT(*)"), of_class(), "present")
        .from_subquery(presence(&Of::Classes(classes.to_vec())), "h")
        .to_owned();
    let mut query = Query::select();
    query
        .expr_as(column("n", "class_id"), "class_id")
        .expr_as(column("n", "since"), "since")
        .expr_as(column("n", "present").cast_as("bigint"), "present")
        .from_subquery(counted, "n");
    people(&mut query, "n");
    let shown = i64::try_from(MOST_SHOWN).unwrap_or(i64::MAX);
    query
        .and_where(column("n", "from_last").lte(shown))
        .order_by(("n", "class_id"), Order::Asc)
        .order_by(("n", "from_last"), Order::Asc);
    let rows = CameRow::find_by_statement(db.get_database_backend().build(&query));
    let mut found: HashMap<Uuid, Came> = HashMap::new();
    for row in rows.all(db).await? {
        let came = found.entry(row.class_id).or_default();
        came.present = row.present;
        let person = Person {
            person_id: row.person_id,
            name: row.name,
            id_masked: row.id_masked,
        };
        came.last.push((person, row.since));
    }
    Ok(found)
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

/// Who was in one of these classes and at the same time in another.
///
/// The other class is named only where the scope reaches it.
pub(in crate::classes::hints) async fn overlaps(
    db: &impl ConnectionTrait,
    scope: &Scope,
    classes: &[Uuid],
) -> Result<Vec<Overlap>> {
    let mut query = Query::select();
    query
        .expr_as(column("h", "class_id"), "class_id")
        .expr_as(column("h", "since"), "here_from")
        .expr_as(column("oc", "id"), "other_id")
        .expr_as(column("oc", "region_id"), "other_region")
        .expr_as(column("oc", "title"), "other_title")
        .expr_as(column("o", "since"), "other_from")
        .expr_as(column("o", "until"), "other_to")
        .from_subquery(presence(&Of::Classes(classes.to_vec())), "h")
        .join_subquery(
            JoinType::InnerJoin,
            presence(&Of::PeopleOf(classes.to_vec())),
            "o",
            column("o", "person_id").equals((Alias::new("h"), Alias::new("person_id"))),
        )
        .join_as(
            JoinType::InnerJoin,
            class::Entity,
            "oc",
            column("oc", "id").equals((Alias::new("o"), Alias::new("class_id"))),
        );
    people(&mut query, "h");
    query
        .and_where(column("o", "class_id").ne(column("h", "class_id")))
        .and_where(column("h", "since").lt(column("o", "until")))
        .and_where(column("o", "since").lt(column("h", "until")))
        .order_by(("h", "since"), Order::Asc)
        .order_by(("h", "person_id"), Order::Asc)
        .order_by(("o", "since"), Order::Asc)
        .limit(MOST_ROWS);
    let rows = OverlapRow::find_by_statement(db.get_database_backend().build(&query));
    let each = rows.all(db).await?.into_iter().map(|row| Overlap {
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
    });
    Ok(each.collect())
}
