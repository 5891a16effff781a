//! What learners did together, found by the database; each search is bound to the caller's reach.

use std::collections::HashMap;
use std::ops::Range;

use entity::{course, enrolment, exam_attempt as attempt, exam_paper as paper, person};
use sea_orm::sea_query::{
    Alias, Asterisk, Condition, Expr, ExprTrait, Func, OverStatement, Query, SelectStatement,
    SimpleExpr, WindowStatement,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, JoinType, Order, QueryFilter,
    QueryOrder, QuerySelect, QueryTrait,
};
use uuid::Uuid;

use super::rules::{DEVICE_PEOPLE, MINUTE_PEOPLE, MOST_SHOWN, SignKind, WRONG_PEOPLE};
use super::{Evidence, Sign, store_classes};
use crate::platform::db::joined;
use crate::platform::scope::Columns;
use crate::platform::{Result, Scope};

const MINUTE: i64 = 60_000_000;

/// Attempts that have something in common.
#[derive(FromQueryResult)]
struct Alike {
    about: Uuid,
    title: String,
    mark: Vec<u8>,
    people: i64,
    from: i64,
    to: i64,
    wrong: Option<i32>,
}

/// Enrolments that were finished in one minute.
#[derive(FromQueryResult)]
struct Together {
    about: Uuid,
    title: String,
    enterprise_id: Uuid,
    people: i64,
    from: i64,
    to: i64,
}

/// Somebody of a sign.
#[derive(FromQueryResult)]
struct Who {
    about: Uuid,
    mark: Vec<u8>,
    person_id: Uuid,
    name: String,
    id_masked: String,
    at: i64,
}

/// Somebody who finished a course.
#[derive(FromQueryResult)]
struct Finisher {
    about: Uuid,
    enterprise_id: Uuid,
    person_id: Uuid,
    name: String,
    id_masked: String,
    at: i64,
}

pub(super) async fn signs(
    db: &impl ConnectionTrait,
    scope: &Scope,
    kind: SignKind,
    window: &Range<i64>,
    limit: u64,
) -> Result<Vec<Sign>> {
    match kind {
        SignKind::SameDevice => {
            alike(
                db,
                scope,
                kind,
                attempt::Column::DeviceHash,
                DEVICE_PEOPLE,
                window,
                limit,
            )
            .await
        }
        SignKind::SameWrongAnswers => {
            alike(
                db,
                scope,
                kind,
                attempt::Column::WrongHash,
                WRONG_PEOPLE,
                window,
                limit,
            )
            .await
        }
        SignKind::SameMinute => same_minute(db, scope, window, limit).await,
        SignKind::DuringClass => {
            let mut found = store_classes::exams(db, scope, window, limit).await?;
            found.extend(store_classes::lessons(db, scope, window, limit).await?);
            Ok(found)
        }
    }
}

pub(super) fn attempts_in(scope: &Scope, window: &Range<i64>) -> Condition {
    use attempt::Column as A;
    let reach = Columns::county(A::CountyId)
        .region(A::RegionId)
        .enterprise(A::EnterpriseId);
    scope
        .filter(&reach)
        .add(A::SubmittedAt.gte(window.start))
        .add(A::SubmittedAt.lt(window.end))
}

pub(super) fn enrolments_in(scope: &Scope) -> Condition {
    use enrolment::Column as E;
    let reach = Columns::county(E::CountyId)
        .region(E::RegionId)
        .enterprise(E::EnterpriseId);
    scope.filter(&reach)
}

fn distinct<C: ColumnTrait>(column: C) -> SimpleExpr {
    Func::count_distinct(Expr::col(column.as_column_ref())).into()
}

/// Attempts at one paper with the same phone or the same wrong answers.
async fn alike(
    db: &impl ConnectionTrait,
    scope: &Scope,
    kind: SignKind,
    mark: attempt::Column,
    least: i64,
    window: &Range<i64>,
    limit: u64,
) -> Result<Vec<Sign>> {
    use attempt::Column as A;
    let groups: Vec<Alike> = attempt::Entity::find()
        .select_only()
        .column_as(A::PaperId, "about")
        .column_as(paper::Column::Title, "title")
        .column_as(mark, "mark")
        .expr_as(distinct(A::PersonId), "people")
        .column_as(A::SubmittedAt.min(), "from")
        .column_as(A::SubmittedAt.max(), "to")
        .column_as(A::WrongCount.max(), "wrong")
        .join(
            JoinType::InnerJoin,
            joined::<attempt::Entity, paper::Entity>(A::PaperId, paper::Column::Id),
        )
        .filter(attempts_in(scope, window))
        .filter(mark.is_not_null())
        .group_by(A::PaperId)
        .group_by(paper::Column::Title)
        .group_by(mark)
        .having(distinct(A::PersonId).gte(least))
        .order_by(distinct(A::PersonId), Order::Desc)
        .order_by(A::SubmittedAt.min(), Order::Asc)
        .limit(limit)
        .into_model()
        .all(db)
        .await?;
    let marks = groups.iter().map(|group| group.mark.clone());
    let mut each = attempt::Entity::find()
        .select_only()
        .column_as(A::PaperId, "about")
        .column_as(mark, "mark")
        .column(A::PersonId)
        .columns([person::Column::Name, person::Column::IdMasked])
        .column_as(A::SubmittedAt.min(), "at")
        .join(
            JoinType::InnerJoin,
            joined::<attempt::Entity, person::Entity>(A::PersonId, person::Column::Id),
        )
        .filter(attempts_in(scope, window))
        .filter(mark.is_in(marks))
        .group_by(A::PaperId)
        .group_by(mark)
        .group_by(A::PersonId)
        .group_by(person::Column::Name)
        .group_by(person::Column::IdMasked)
        .into_query();
    let of_group = WindowStatement::partition_by((attempt::Entity, A::PaperId))
        .add_partition_by(Expr::col((attempt::Entity, mark)))
        .order_by_expr(A::SubmittedAt.min(), Order::Asc)
        .order_by((attempt::Entity, A::PersonId), Order::Asc)
        .to_owned();
    let who: Vec<Who> = first_of(db, &mut each, of_group).await?;
    let mut of: HashMap<(Uuid, Vec<u8>), Vec<Evidence>> = HashMap::new();
    for who in who {
        let shown = of.entry((who.about, who.mark)).or_default();
        shown.push(Evidence {
            person_id: who.person_id,
            name: who.name,
            id_masked: who.id_masked,
            at: who.at,
            class: None,
        });
    }
    let sign = |group: Alike| Sign {
        kind,
        about: group.about,
        title: group.title,
        people: group.people,
        from: group.from,
        to: group.to,
        device: (kind == SignKind::SameDevice)
            .then(|| hex::encode(group.mark.get(..6).unwrap_or_default())),
        wrong_answers: group.wrong.filter(|_| kind == SignKind::SameWrongAnswers),
        evidence: of.remove(&(group.about, group.mark)).unwrap_or_default(),
    };
    Ok(groups.into_iter().map(sign).collect())
}

/// The first rows of each group, so that a group of a thousand leaves the others theirs.
async fn first_of<T: FromQueryResult>(
    db: &impl ConnectionTrait,
    rows: &mut SelectStatement,
    of_group: WindowStatement,
) -> Result<Vec<T>> {
    rows.expr_window_as(Expr::cust("ROW_NUMBER()"), of_group, "place");
    let place = || Expr::col((Alias::new("n"), Alias::new("place")));
    let query = Query::select()
        .column(Asterisk)
        .from_subquery(rows.take(), "n")
        .and_where(place().lte(i64::try_from(MOST_SHOWN).unwrap_or(i64::MAX)))
        .order_by_expr(place(), Order::Asc)
        .to_owned();
    let found = T::find_by_statement(db.get_database_backend().build(&query));
    Ok(found.all(db).await?)
}

fn minute() -> SimpleExpr {
    Expr::col((enrolment::Entity, enrolment::Column::FinishedAt)).div(MINUTE)
}

/// People of one enterprise who finished a course in the same minute.
async fn same_minute(
    db: &impl ConnectionTrait,
    scope: &Scope,
    window: &Range<i64>,
    limit: u64,
) -> Result<Vec<Sign>> {
    use enrolment::Column as E;
    let groups: Vec<Together> = enrolment::Entity::find()
        .select_only()
        .column_as(E::CourseId, "about")
        .column_as(course::Column::Title, "title")
        .column(E::EnterpriseId)
        .expr_as(distinct(E::PersonId), "people")
        .column_as(E::FinishedAt.min(), "from")
        .column_as(E::FinishedAt.max(), "to")
        .join(
            JoinType::InnerJoin,
            joined::<enrolment::Entity, course::Entity>(E::CourseId, course::Column::Id),
        )
        .filter(enrolments_in(scope))
        .filter(E::FinishedAt.gte(window.start))
        .filter(E::FinishedAt.lt(window.end))
        .filter(E::EnterpriseId.is_not_null())
        .group_by(E::CourseId)
        .group_by(course::Column::Title)
        .group_by(E::EnterpriseId)
        .group_by(minute())
        .having(distinct(E::PersonId).gte(MINUTE_PEOPLE))
        .order_by(distinct(E::PersonId), Order::Desc)
        .order_by(E::FinishedAt.min(), Order::Asc)
        .limit(limit)
        .into_model()
        .all(db)
        .await?;
    let any = groups.iter().fold(Condition::any(), |any, group| {
        any.add(
            Condition::all()
                .add(E::CourseId.eq(group.about))
                .add(E::EnterpriseId.eq(group.enterprise_id))
                .add(E::FinishedAt.between(group.from, group.to)),
        )
    });
    if groups.is_empty() {
        return Ok(Vec::new());
    }
    let mut each = enrolment::Entity::find()
        .select_only()
        .column_as(E::CourseId, "about")
        .columns([E::EnterpriseId, E::PersonId])
        .columns([person::Column::Name, person::Column::IdMasked])
        .column_as(E::FinishedAt, "at")
        .join(
            JoinType::InnerJoin,
            joined::<enrolment::Entity, person::Entity>(E::PersonId, person::Column::Id),
        )
        .filter(enrolments_in(scope))
        .filter(any)
        .into_query();
    let of_group = WindowStatement::partition_by((enrolment::Entity, E::CourseId))
        .add_partition_by(Expr::col((enrolment::Entity, E::EnterpriseId)))
        .add_partition_by(minute())
        .order_by((enrolment::Entity, E::FinishedAt), Order::Asc)
        .order_by((enrolment::Entity, E::Id), Order::Asc)
        .to_owned();
    let rows: Vec<Finisher> = first_of(db, &mut each, of_group).await?;
    let sign = |group: Together| {
        let own = |row: &&Finisher| {
            row.about == group.about
                && row.enterprise_id == group.enterprise_id
                && (group.from..=group.to).contains(&row.at)
        };
        let evidence = |row: &Finisher| Evidence {
            person_id: row.person_id,
            name: row.name.clone(),
            id_masked: row.id_masked.clone(),
            at: row.at,
            class: None,
        };
        let shown = rows.iter().filter(own).map(evidence);
        Sign {
            kind: SignKind::SameMinute,
            about: group.about,
            title: group.title,
            people: group.people,
            from: group.from,
            to: group.to,
            device: None,
            wrong_answers: None,
            evidence: shown.collect(),
        }
    };
    Ok(groups.into_iter().map(sign).collect())
}
