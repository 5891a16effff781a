//! Rows of corrections, sealed as they are kept.

use entity::{file_correction as correction, person};
use sea_orm::ActiveValue::Set;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, QueryTrait, Select,
};
use uuid::Uuid;

use super::rules::{CorrectionState, Subject};
use crate::people::employed_within;
use crate::platform::idempotency::Work;
use crate::platform::page::Page;
use crate::platform::{Result, Scope};

/// A correction as it is kept.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    pub(super) id: Uuid,
    pub(super) person_id: Uuid,
    pub(super) subject: Subject,
    pub(super) wanted_sealed: Option<Vec<u8>>,
    pub(super) words_sealed: Vec<u8>,
    pub(super) state: CorrectionState,
    pub(super) answer_sealed: Option<Vec<u8>>,
    pub(super) asked_at: i64,
    pub(super) settled_at: Option<i64>,
}

/// One's own, or those of people who work or worked within a reach.
fn visible(scope: &Scope) -> Select<correction::Entity> {
    use correction::Column as C;
    let mut reach = Condition::any().add(C::PersonId.in_subquery(employed_within(scope)));
    if scope.whole_county {
        reach = Condition::all();
    } else if !scope.persons.is_empty() {
        reach = reach.add(C::PersonId.is_in(scope.persons.iter().copied()));
    }
    correction::Entity::find()
        .filter(C::CountyId.eq(scope.county_id))
        .filter(reach)
}

/// How many of a person's corrections wait.
pub(super) async fn open_of(db: &impl ConnectionTrait, person_id: Uuid) -> Result<u64> {
    Ok(correction::Entity::find()
        .filter(correction::Column::PersonId.eq(person_id))
        .filter(correction::Column::State.eq(CorrectionState::Open.word()))
        .count(db)
        .await?)
}

/// How many wait within a reach, and of these how many too long.
pub(super) async fn waiting(
    db: &impl ConnectionTrait,
    scope: &Scope,
    overdue_before: i64,
) -> Result<(u64, u64)> {
    let open = visible(scope).filter(correction::Column::State.eq(CorrectionState::Open.word()));
    let late = open
        .clone()
        .filter(correction::Column::AskedAt.lt(overdue_before));
    Ok((open.count(db).await?, late.count(db).await?))
}

pub(super) async fn insert(work: &Work<'_>, new: &Kept) -> Result<()> {
    let row = correction::ActiveModel {
        id: Set(new.id),
        county_id: Set(work.by.county_id),
        person_id: Set(new.person_id),
        subject: Set(new.subject.word().to_owned()),
        wanted_sealed: Set(new.wanted_sealed.clone()),
        words_sealed: Set(new.words_sealed.clone()),
        state: Set(new.state.word().to_owned()),
        answer_sealed: Set(None),
        asked_at: Set(new.asked_at),
        settled_at: Set(None),
        settled_by: Set(None),
    };
    correction::Entity::insert(row)
        .exec_without_returning(&work.tx)
        .await?;
    Ok(())
}

/// A correction within a reach; in a transaction its row is held until the end.
pub(super) async fn hold(
    tx: &impl ConnectionTrait,
    scope: &Scope,
    id: Uuid,
) -> Result<Option<Kept>> {
    Ok(visible(scope)
        .filter(correction::Column::Id.eq(id))
        .lock_exclusive()
        .one(tx)
        .await?
        .map(to_kept))
}

pub(super) async fn settle(work: &Work<'_>, settled: &Kept) -> Result<()> {
    use correction::Column as C;
    correction::Entity::update_many()
        .col_expr(C::State, settled.state.word().into())
        .col_expr(C::AnswerSealed, settled.answer_sealed.clone().into())
        .col_expr(C::SettledAt, settled.settled_at.into())
        .col_expr(C::SettledBy, work.by.account().into())
        .filter(C::Id.eq(settled.id))
        .exec(&work.tx)
        .await?;
    Ok(())
}

/// Which corrections a list asks for.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Wanted {
    pub(super) state: Option<CorrectionState>,
    pub(super) overdue_before: Option<i64>,
}

/// A page with who asked, by id: the oldest first.
pub(super) async fn page(
    db: &impl ConnectionTrait,
    scope: &Scope,
    wanted: Wanted,
    page: &Page,
) -> Result<Vec<(Kept, String, String)>> {
    use correction::Column as C;
    let mut query = visible(scope);
    if let Some(state) = wanted.state {
        query = query.filter(C::State.eq(state.word()));
    }
    if let Some(before) = wanted.overdue_before {
        query = query
            .filter(C::State.eq(CorrectionState::Open.word()))
            .filter(C::AskedAt.lt(before));
    }
    if let Some(after) = page.after {
        query = query.filter(C::Id.gt(after));
    }
    let rows = query
        .find_also_related(person::Entity)
        .order_by_asc(C::Id)
        .limit(page.limit + 1)
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .filter_map(|(row, person)| {
            let person = person?;
            Some((to_kept(row), person.name, person.id_masked))
        })
        .collect())
}

fn settled(county_id: Uuid, before: i64) -> Select<correction::Entity> {
    correction::Entity::find()
        .filter(correction::Column::CountyId.eq(county_id))
        .filter(correction::Column::SettledAt.lt(before))
}

/// How many of a county were settled before an instant.
///
/// # Errors
/// Database faults.
pub async fn old(db: &impl ConnectionTrait, county_id: Uuid, before: i64) -> Result<u64> {
    Ok(settled(county_id, before).count(db).await?)
}

/// Lets some of them go; how many.
pub(super) async fn forget(
    tx: &impl ConnectionTrait,
    county_id: Uuid,
    before: i64,
    some: u64,
) -> Result<u64> {
    let ids = settled(county_id, before)
        .select_only()
        .column(correction::Column::Id)
        .limit(some)
        .into_query();
    let gone = correction::Entity::delete_many()
        .filter(correction::Column::Id.in_subquery(ids))
        .exec(tx)
        .await?;
    Ok(gone.rows_affected)
}

fn to_kept(row: correction::Model) -> Kept {
    Kept {
        id: row.id,
        person_id: row.person_id,
        subject: Subject::of_word(&row.subject),
        wanted_sealed: row.wanted_sealed,
        words_sealed: row.words_sealed,
        state: CorrectionState::of_word(&row.state),
        answer_sealed: row.answer_sealed,
        asked_at: row.asked_at,
        settled_at: row.settled_at,
    }
}
