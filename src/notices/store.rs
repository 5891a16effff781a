//! Rows of the outbox.

use entity::outbox_message as outbox;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{LockBehavior, LockType, OnConflict};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, QueryTrait, Select,
};
use uuid::Uuid;

use super::{Channel, Message, Posted, rules};
use crate::platform::db::rows_per_statement;
use crate::platform::page::Page;
use crate::platform::scope::Columns;
use crate::platform::{Result, Scope};

/// A message with its sealed parts.
pub(super) struct NewRow {
    pub(super) id: Uuid,
    pub(super) county_id: Uuid,
    pub(super) recipient_sealed: Vec<u8>,
    pub(super) recipient_masked: String,
    pub(super) recipient_hash: Vec<u8>,
    pub(super) run_after: i64,
    pub(super) body_sealed: Vec<u8>,
    pub(super) message: Message,
}

/// A claimed message.
pub(super) struct Claimed {
    pub(super) id: Uuid,
    pub(super) channel: Channel,
    pub(super) recipient_sealed: Vec<u8>,
    pub(super) body_sealed: Vec<u8>,
    pub(super) template: String,
    /// With this one.
    pub(super) attempts: i32,
    pub(super) created_at: i64,
}

/// What a look for the next message found.
pub(super) enum Next {
    /// One to be sent.
    Claimed(Claimed),
    /// One whose recipient has had enough for now: it waits.
    Later,
    /// None is due.
    None,
}

pub(super) async fn insert(tx: &impl ConnectionTrait, new: Vec<NewRow>, now: i64) -> Result<()> {
    let once = OnConflict::columns([outbox::Column::CountyId, outbox::Column::Cause])
        .do_nothing()
        .to_owned();
    let mut rows = new.into_iter().map(|new| outbox::ActiveModel {
        id: Set(new.id),
        county_id: Set(new.county_id),
        cause: Set(new.message.cause),
        channel: Set(new.message.channel.word().to_owned()),
        recipient_sealed: Set(new.recipient_sealed),
        recipient_masked: Set(new.recipient_masked),
        template: Set(new.message.template.to_owned()),
        body_sealed: Set(new.body_sealed),
        recipient_hash: Set(Some(new.recipient_hash)),
        urgent: Set(!rules::may_wait(new.message.template)),
        state: Set("queued".to_owned()),
        attempts: Set(0),
        run_after: Set(new.run_after),
        locked_until: Set(None),
        fault: Set(None),
        created_at: Set(now),
        sent_at: Set(None),
    });
    loop {
        let chunk: Vec<_> = rows.by_ref().take(rows_per_statement(17)).collect();
        if chunk.is_empty() {
            return Ok(());
        }
        outbox::Entity::insert_many(chunk)
            .on_conflict(once.clone())
            .try_insert()
            .exec_without_returning(tx)
            .await?;
    }
}

pub(super) async fn is_there(
    db: &impl ConnectionTrait,
    county_id: Uuid,
    cause: &str,
) -> Result<bool> {
    let found = outbox::Entity::find()
        .filter(outbox::Column::CountyId.eq(county_id))
        .filter(outbox::Column::Cause.eq(cause))
        .count(db)
        .await?;
    Ok(found > 0)
}

/// How many wait, how many were given up, and since when the first that is due has been.
pub(super) async fn backlog(
    db: &impl ConnectionTrait,
    now: i64,
) -> Result<(u64, u64, Option<i64>)> {
    let open = || outbox::Entity::find().filter(outbox::Column::State.is_in(["queued", "sending"]));
    let failed = outbox::Entity::find()
        .filter(outbox::Column::State.eq("failed"))
        .count(db)
        .await?;
    let due: Option<Option<i64>> = open()
        .filter(outbox::Column::RunAfter.lte(now))
        .select_only()
        .column_as(outbox::Column::RunAfter.min(), "due")
        .into_tuple()
        .one(db)
        .await?;
    Ok((open().count(db).await?, failed, due.flatten()))
}

fn visible(scope: &Scope) -> Select<outbox::Entity> {
    outbox::Entity::find().filter(scope.filter(&Columns::county(outbox::Column::CountyId)))
}

pub(super) async fn posted(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Uuid,
) -> Result<Option<Posted>> {
    Ok(visible(scope)
        .filter(outbox::Column::Id.eq(id))
        .one(db)
        .await?
        .map(to_posted))
}

pub(super) async fn page(
    db: &impl ConnectionTrait,
    scope: &Scope,
    state: Option<&str>,
    page: &Page,
) -> Result<Vec<Posted>> {
    let mut query = visible(scope);
    if let Some(state) = state {
        query = query.filter(outbox::Column::State.eq(state));
    }
    if let Some(after) = page.after {
        query = query.filter(outbox::Column::Id.gt(after));
    }
    let rows = query
        .order_by_asc(outbox::Column::Id)
        .limit(page.limit + 1)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(to_posted).collect())
}

/// How many messages that may wait a recipient got since an instant.
async fn had(tx: &impl ConnectionTrait, recipient: &[u8], since: i64) -> Result<u64> {
    Ok(outbox::Entity::find()
        .filter(outbox::Column::RecipientHash.eq(recipient))
        .filter(outbox::Column::SentAt.gt(since))
        .filter(outbox::Column::Urgent.eq(false))
        .count(tx)
        .await?)
}

/// Claims the message that is longest due, for as long as `until`; one that may wait does so where its recipient got
/// `limit` of its like within a day.
pub(super) async fn claim(
    tx: &impl ConnectionTrait,
    now: i64,
    until: i64,
    limit: u64,
) -> Result<Next> {
    let due = Condition::any()
        .add(
            Condition::all()
                .add(outbox::Column::State.eq("queued"))
                .add(outbox::Column::RunAfter.lte(now)),
        )
        // Its instance died on the way.
        .add(
            Condition::all()
                .add(outbox::Column::State.eq("sending"))
                .add(outbox::Column::LockedUntil.lt(now)),
        );
    let found = outbox::Entity::find()
        .filter(due)
        .order_by_asc(outbox::Column::RunAfter)
        .order_by_asc(outbox::Column::Id)
        .limit(1)
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .one(tx)
        .await?;
    let Some(row) = found else {
        return Ok(Next::None);
    };
    if let Some(recipient) = row.recipient_hash.as_deref().filter(|_| !row.urgent)
        && had(tx, recipient, now - rules::DAY).await? >= limit
    {
        outbox::Entity::update_many()
            .col_expr(outbox::Column::RunAfter, (now + rules::HOUR).into())
            .filter(outbox::Column::Id.eq(row.id))
            .exec(tx)
            .await?;
        return Ok(Next::Later);
    }
    outbox::Entity::update_many()
        .col_expr(outbox::Column::State, "sending".into())
        .col_expr(outbox::Column::LockedUntil, until.into())
        .col_expr(outbox::Column::Attempts, (row.attempts + 1).into())
        .filter(outbox::Column::Id.eq(row.id))
        .exec(tx)
        .await?;
    Ok(Next::Claimed(Claimed {
        id: row.id,
        channel: Channel::of_word(&row.channel),
        recipient_sealed: row.recipient_sealed,
        body_sealed: row.body_sealed,
        template: row.template,
        attempts: row.attempts + 1,
        created_at: row.created_at,
    }))
}

/// On `SQLite` one server runs: whatever was on its way when the last one died is free again.
pub(super) async fn free_all(tx: &impl ConnectionTrait) -> Result<()> {
    outbox::Entity::update_many()
        .col_expr(outbox::Column::LockedUntil, 0.into())
        .filter(outbox::Column::State.eq("sending"))
        .exec(tx)
        .await?;
    Ok(())
}

pub(super) async fn note_sent(tx: &impl ConnectionTrait, id: Uuid, now: i64) -> Result<()> {
    outbox::Entity::update_many()
        .col_expr(outbox::Column::State, "sent".into())
        .col_expr(outbox::Column::SentAt, now.into())
        .col_expr(outbox::Column::Fault, Option::<String>::None.into())
        .filter(outbox::Column::Id.eq(id))
        .exec(tx)
        .await?;
    Ok(())
}

/// Notes a failed try: the next one at `again`, or none.
pub(super) async fn note_failed(
    tx: &impl ConnectionTrait,
    id: Uuid,
    fault: &str,
    again: Option<i64>,
) -> Result<()> {
    let fault: String = fault.chars().take(500).collect();
    let state = if again.is_some() { "queued" } else { "failed" };
    outbox::Entity::update_many()
        .col_expr(outbox::Column::State, state.into())
        .col_expr(outbox::Column::RunAfter, again.unwrap_or(0).into())
        .col_expr(outbox::Column::Fault, Some(fault).into())
        .filter(outbox::Column::Id.eq(id))
        .exec(tx)
        .await?;
    Ok(())
}

pub(super) async fn queue_again(tx: &impl ConnectionTrait, id: Uuid, now: i64) -> Result<()> {
    outbox::Entity::update_many()
        .col_expr(outbox::Column::State, "queued".into())
        .col_expr(outbox::Column::Attempts, 0.into())
        .col_expr(outbox::Column::RunAfter, now.into())
        .filter(outbox::Column::Id.eq(id))
        .exec(tx)
        .await?;
    Ok(())
}

fn to_posted(row: outbox::Model) -> Posted {
    Posted {
        id: row.id,
        channel: Channel::of_word(&row.channel),
        recipient_masked: row.recipient_masked,
        template: row.template,
        state: row.state,
        attempts: row.attempts,
        fault: row.fault,
        created_at: row.created_at,
        sent_at: row.sent_at,
    }
}

/// Rows removed in one transaction.
const SOME: u64 = 2_000;

fn ended(county_id: Uuid, before: i64) -> Select<outbox::Entity> {
    outbox::Entity::find()
        .filter(outbox::Column::CountyId.eq(county_id))
        .filter(outbox::Column::State.is_in(["sent", "failed"]))
        .filter(outbox::Column::CreatedAt.lt(before))
}

pub(super) async fn old(db: &impl ConnectionTrait, county_id: Uuid, before: i64) -> Result<u64> {
    Ok(ended(county_id, before).count(db).await?)
}

pub(super) async fn forget(tx: &impl ConnectionTrait, county_id: Uuid, before: i64) -> Result<u64> {
    let some = ended(county_id, before)
        .select_only()
        .column(outbox::Column::Id)
        .limit(SOME)
        .into_query();
    let gone = outbox::Entity::delete_many()
        .filter(outbox::Column::Id.in_subquery(some))
        .exec(tx)
        .await?;
    Ok(gone.rows_affected)
}
