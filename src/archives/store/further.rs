//! What else is kept of a person, table by table: each row as it stands, but for what only a machine reads (keys,
//! hashes, sealed bytes).

use entity::{
    account, certificate, certificate_code, claim_review, class_rating, class_scan, code_claim,
    code_event, completion, due_entry, enrolment, exam_attempt, file_correction, learner_clock,
    lesson_progress, mark_objection, notice, notice_choice, one_time_secret, person_progress,
    refresh_token, role_grant, roster_entry, suspension_batch_item, training_proof, walk_in,
};
use sea_orm::sea_query::{ExprTrait, Query, SelectStatement};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, IdenStatic, ModelTrait, QueryFilter,
    QueryOrder, QuerySelect, Value,
};
use uuid::Uuid;

use crate::archives::export::MOST;
use crate::platform::scope::Columns;
use crate::platform::{Result, Scope};

/// A field as it is told.
#[derive(Clone, Debug)]
pub enum Told {
    Text(String),
    /// Microseconds since 1970.
    Instant(i64),
}

/// The rows of one table, each a list of names and values; what is empty is left out.
#[derive(Clone, Debug)]
pub struct Kept {
    pub table: &'static str,
    pub rows: Vec<Vec<(&'static str, Told)>>,
}

fn told(column: &str, value: Value) -> Option<Told> {
    let text = match value {
        Value::BigInt(Some(at)) if column.ends_with("_at") => return Some(Told::Instant(at)),
        Value::BigInt(number) => number?.to_string(),
        Value::Int(number) => number?.to_string(),
        Value::Bool(yes) => yes?.to_string(),
        Value::Uuid(id) => id?.to_string(),
        Value::ChronoDate(day) => day?.to_string(),
        Value::String(text) => text?,
        _ => return None,
    };
    Some(Told::Text(text))
}

/// The rows of a table under a condition, by the first of the columns shown.
async fn rows<E: EntityTrait>(
    db: &impl ConnectionTrait,
    of: Condition,
    shown: &[E::Column],
) -> Result<Kept>
where
    E::Model: ModelTrait<Entity = E>,
{
    let mut query = E::find().filter(of);
    if let Some(first) = shown.first() {
        query = query.order_by_asc(*first);
    }
    let found = query.limit(MOST).all(db).await?;
    let row = |model: E::Model| {
        let each = shown.iter().map(|column| {
            let name = column.as_str();
            Some((name, told(name, model.get(*column))?))
        });
        each.flatten().collect()
    };
    Ok(Kept {
        table: E::default().table_name(),
        rows: found.into_iter().map(row).collect(),
    })
}

/// What stands in a township, as far as the caller reaches.
pub(in crate::archives) async fn placed(
    db: &impl ConnectionTrait,
    scope: &Scope,
    person: Uuid,
) -> Result<Vec<Kept>> {
    macro_rules! of {
        ($table:ident [$($more:ident $column:ident),*] $($shown:ident)+) => {{
            use $table::Column as C;
            let reach = Columns::county(C::CountyId).region(C::RegionId).person(C::PersonId)
                $(.$more(C::$column))*;
            let of = scope.filter(&reach).add(C::PersonId.eq(person));
            rows::<$table::Entity>(db, of, &[$(C::$shown),+]).await?
        }};
    }
    let mut kept = vec![
        of!(completion [enterprise EnterpriseId] CompletedOn PlanId RegionId EnterpriseId Role RecordedAt WithdrawnAt
            WithdrawnReason),
        of!(person_progress [enterprise EnterpriseId] PlanId MinutesOnline MinutesOffline PersonTimes Passes RegionId
            EnterpriseId Role LastDay),
        of!(enrolment [enterprise EnterpriseId] StartedAt CourseId VersionId PlanId RegionId CreditedSeconds
            LessonsDone FinishedAt),
        of!(exam_attempt [enterprise EnterpriseId] StartedAt PaperId PlanId RegionId Number EndsAt SubmittedAt Points
            MostPoints Passed),
        of!(certificate_code [enterprise EnterpriseId] IssuedAt State HeldBy Reason Method TypedCode StatusIndex Kid
            ChangedAt ReplacedBy),
        of!(training_proof [enterprise EnterpriseId] IssuedAt Number PlanId CompletionId RegionId Content),
        of!(mark_objection [] RaisedAt ClassId MarkId Words State Answer AnsweredAt),
        of!(claim_review [] AskedAt ItemCode FirstIssued ValidUntil ReviewDue State Reason IssuerChecked
            CertificateId DecidedAt),
        of!(suspension_batch_item [] BatchId CertificateId ItemCode Effect),
    ];
    // Listed as due: by the certificate, which has an owner.
    use certificate::Column as C;
    use due_entry::Column as D;
    let reach = Columns::county(C::CountyId)
        .region(C::RegionId)
        .enterprise(C::EnterpriseId)
        .person(C::PersonId);
    let held = Query::select()
        .column(C::Id)
        .from(certificate::Entity)
        .cond_where(scope.filter(&reach))
        .and_where(C::PersonId.eq(person))
        .to_owned();
    let due = Condition::all().add(D::CertificateId.in_subquery(held));
    let shown = [D::CertificateId, D::DueListId, D::RegionId];
    kept.push(rows::<due_entry::Entity>(db, due, &shown).await?);
    Ok(kept)
}

/// What stands in no township: for the person himself.
pub(in crate::archives) async fn own(
    db: &impl ConnectionTrait,
    county: Uuid,
    person: Uuid,
) -> Result<Vec<Kept>> {
    macro_rules! of {
        ($table:ident $($shown:ident)+) => {{
            use $table::Column as C;
            let of = C::CountyId.eq(county).and(C::PersonId.eq(person));
            rows::<$table::Entity>(db, Condition::all().add(of), &[$(C::$shown),+]).await?
        }};
    }
    let mut kept = vec![
        of!(account CreatedAt Login Name EmailMasked DisabledAt),
        of!(class_scan ScannedAt ClassId Direction State ShownAt ArrivedAt),
        of!(notice CreatedAt Template ReadAt),
        of!(file_correction AskedAt Subject State SettledAt),
        of!(notice_choice ChosenAt Kind),
        of!(class_rating RatedAt ClassId Satisfied),
        of!(roster_entry AddedAt ClassId),
        of!(walk_in CreatedAt ClassId Line Name IdMasked Why CheckInAt CheckOutAt ScoreHundredths State Reason
            SettledAt),
        of!(code_claim ExpiresAt NewPhone DoneAt CodeId),
        of!(learner_clock UpdatedAt ChecksPassed ChecksFailed),
        of!(lesson_progress UpdatedAt EnrolmentId LessonId CreditedSeconds Place DoneAt TooFast Elsewhere),
    ];
    let accounts = Query::select()
        .column(account::Column::Id)
        .from(account::Entity)
        .and_where(account::Column::PersonId.eq(person))
        .to_owned();
    let codes = Query::select()
        .column(certificate_code::Column::Id)
        .from(certificate_code::Entity)
        .and_where(certificate_code::Column::PersonId.eq(person))
        .to_owned();
    macro_rules! by {
        ($table:ident $key:ident $ids:expr, $($shown:ident)+) => {{
            use $table::Column as C;
            let of = Condition::all().add(C::$key.in_subquery(SelectStatement::clone($ids)));
            rows::<$table::Entity>(db, of, &[$(C::$shown),+]).await?
        }};
    }
    kept.extend([
        by!(role_grant AccountId &accounts, GrantedAt Role RegionId EnterpriseId),
        by!(refresh_token AccountId &accounts, IssuedAt FamilyId Device ExpiresAt UsedAt EndedAt),
        by!(code_event CodeId &codes, At CodeId Kind Reason),
    ]);
    use one_time_secret::Column as S;
    let of = Condition::any()
        .add(S::PersonId.eq(person))
        .add(S::AccountId.in_subquery(accounts));
    let shown = [S::CreatedAt, S::Purpose, S::ExpiresAt, S::UsedAt];
    kept.push(rows::<one_time_secret::Entity>(db, of, &shown).await?);
    Ok(kept)
}
