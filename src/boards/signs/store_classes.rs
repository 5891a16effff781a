//! Learners who were in a class at the same time.

use std::ops::Range;

use entity::{
    attendance_mark as mark, class_session as class, course, enrolment, exam_attempt as attempt,
    exam_paper as paper, lesson_progress as progress, person,
};
use sea_orm::sea_query::{Condition, Expr, ExprTrait};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, JoinType, QueryFilter, QueryOrder,
    QuerySelect,
};
use uuid::Uuid;

use super::rules::SignKind;
use super::store::{attempts_in, enrolments_in};
use super::{Evidence, Sign};
use crate::platform::db::joined;
use crate::platform::scope::Columns;
use crate::platform::{Result, Scope};

/// Somebody in two places at once.
#[derive(FromQueryResult)]
struct Twice {
    about: Uuid,
    title: String,
    person_id: Uuid,
    name: String,
    id_masked: String,
    from: i64,
    to: i64,
    class_id: Uuid,
    class_title: String,
}

/// Standing marks of classes in reach.
fn marks_in(scope: &Scope) -> Condition {
    use mark::Column as M;
    let marks = Columns::county(M::CountyId)
        .region(M::RegionId)
        .enterprise(M::EnterpriseId);
    let classes = Columns::county(class::Column::CountyId).region(class::Column::RegionId);
    Condition::all()
        .add(scope.filter(&marks))
        .add(scope.filter(&classes))
        .add(M::ReplacedBy.is_null())
}

fn twice(row: Twice) -> Sign {
    Sign {
        kind: SignKind::DuringClass,
        about: row.about,
        title: row.title,
        people: 1,
        from: row.from,
        to: row.to,
        device: None,
        wrong_answers: None,
        evidence: vec![Evidence {
            person_id: row.person_id,
            name: row.name,
            id_masked: row.id_masked,
            at: row.from,
            class: Some((row.class_id, row.class_title)),
        }],
    }
}

/// Exams that were sat while their examinee was in a class.
pub(super) async fn exams(
    db: &impl ConnectionTrait,
    scope: &Scope,
    window: &Range<i64>,
    limit: u64,
) -> Result<Vec<Sign>> {
    use attempt::Column as A;
    use mark::Column as M;
    let rows: Vec<Twice> = attempt::Entity::find()
        .select_only()
        .column_as(A::PaperId, "about")
        .column_as(paper::Column::Title, "title")
        .column(A::PersonId)
        .columns([person::Column::Name, person::Column::IdMasked])
        .column_as(A::StartedAt, "from")
        .column_as(A::SubmittedAt, "to")
        .column(M::ClassId)
        .column_as(class::Column::Title, "class_title")
        .join(
            JoinType::InnerJoin,
            joined::<attempt::Entity, paper::Entity>(A::PaperId, paper::Column::Id),
        )
        .join(
            JoinType::InnerJoin,
            joined::<attempt::Entity, person::Entity>(A::PersonId, person::Column::Id),
        )
        .join(
            JoinType::InnerJoin,
            joined::<attempt::Entity, mark::Entity>(A::PersonId, M::PersonId),
        )
        .join(
            JoinType::InnerJoin,
            joined::<mark::Entity, class::Entity>(M::ClassId, class::Column::Id),
        )
        .filter(attempts_in(scope, window))
        .filter(marks_in(scope))
        .filter(
            Expr::col((mark::Entity, M::CheckInAt))
                .lt(Expr::col((attempt::Entity, A::SubmittedAt))),
        )
        .filter(
            Expr::col((mark::Entity, M::CheckOutAt)).gt(Expr::col((attempt::Entity, A::StartedAt))),
        )
        .order_by_asc(A::StartedAt)
        .order_by_asc(A::Id)
        .limit(limit)
        .into_model()
        .all(db)
        .await?;
    Ok(rows.into_iter().map(twice).collect())
}

/// Lessons that were done while their learner was in a class.
pub(super) async fn lessons(
    db: &impl ConnectionTrait,
    scope: &Scope,
    window: &Range<i64>,
    limit: u64,
) -> Result<Vec<Sign>> {
    use mark::Column as M;
    use progress::Column as P;
    let rows: Vec<Twice> = progress::Entity::find()
        .select_only()
        .column_as(enrolment::Column::CourseId, "about")
        .column_as(course::Column::Title, "title")
        .column(P::PersonId)
        .columns([person::Column::Name, person::Column::IdMasked])
        .column_as(P::DoneAt, "from")
        .column_as(P::DoneAt, "to")
        .column(M::ClassId)
        .column_as(class::Column::Title, "class_title")
        .join(
            JoinType::InnerJoin,
            joined::<progress::Entity, enrolment::Entity>(P::EnrolmentId, enrolment::Column::Id),
        )
        .join(
            JoinType::InnerJoin,
            joined::<enrolment::Entity, course::Entity>(
                enrolment::Column::CourseId,
                course::Column::Id,
            ),
        )
        .join(
            JoinType::InnerJoin,
            joined::<progress::Entity, person::Entity>(P::PersonId, person::Column::Id),
        )
        .join(
            JoinType::InnerJoin,
            joined::<progress::Entity, mark::Entity>(P::PersonId, M::PersonId),
        )
        .join(
            JoinType::InnerJoin,
            joined::<mark::Entity, class::Entity>(M::ClassId, class::Column::Id),
        )
        .filter(enrolments_in(scope))
        .filter(marks_in(scope))
        .filter(P::DoneAt.gte(window.start))
        .filter(P::DoneAt.lt(window.end))
        .filter(
            Expr::col((mark::Entity, M::CheckInAt)).lt(Expr::col((progress::Entity, P::DoneAt))),
        )
        .filter(
            Expr::col((mark::Entity, M::CheckOutAt)).gt(Expr::col((progress::Entity, P::DoneAt))),
        )
        .order_by_asc(P::DoneAt)
        .order_by_asc(P::EnrolmentId)
        .limit(limit)
        .into_model()
        .all(db)
        .await?;
    Ok(rows.into_iter().map(twice).collect())
}
