//! One unit of work: a transaction, its caller, and the answer kept for a retry, all committed together.

use std::collections::HashMap;

use sea_orm::ActiveValue::Set;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, EntityTrait, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::error::{Code, Fault, Result};
use super::{Caller, State, db, seal};

/// Hours an answer is kept for a retry.
pub const KEPT_HOURS: i64 = 24;
const MAX_KEY: usize = 128;

/// What makes two sendings of one request the same.
pub struct Retry {
    key: Option<String>,
    operation: &'static str,
    fingerprint: Vec<u8>,
}

impl Retry {
    /// From the request's Idempotency-Key and its content.
    ///
    /// # Errors
    /// `invalid_field` when the key is too long or has odd characters.
    pub fn of(
        key: Option<String>,
        operation: &'static str,
        content: &impl Serialize,
    ) -> Result<Self> {
        if let Some(key) = &key
            && (key.is_empty() || key.len() > MAX_KEY || !key.chars().all(|c| c.is_ascii_graphic()))
        {
            return Err(Fault::field("Idempotency-Key", "1–128 ASCII"));
        }
        let fingerprint = seal::sha256(&serde_json::to_vec(content)?);
        Ok(Self {
            key,
            operation,
            fingerprint,
        })
    }

    /// A request that is not kept for a retry.
    #[must_use]
    pub const fn never() -> Self {
        Self {
            key: None,
            operation: "",
            fingerprint: Vec::new(),
        }
    }
}

/// A begun unit of work, or the answer its first sending got.
pub enum Begun<'a, T> {
    Fresh(Work<'a>),
    Again(T),
}

/// Continues with fresh work, or returns the answer given before.
#[macro_export]
macro_rules! fresh {
    ($begun:expr) => {
        match $begun {
            $crate::platform::idempotency::Begun::Fresh(work) => work,
            $crate::platform::idempotency::Begun::Again(answer) => return Ok(answer),
        }
    };
}

/// A transaction with its caller and its instant. Dropped without `commit`, nothing of it happened.
pub struct Work<'a> {
    pub tx: DatabaseTransaction,
    pub state: &'a State,
    pub by: &'a Caller,
    /// Microseconds since 1970: one instant for all that this work writes.
    pub now: i64,
    retry: Option<(String, &'static str, Vec<u8>)>,
}

impl State {
    /// Begins a unit of work, or finds the answer that the same request got before.
    ///
    /// # Errors
    /// `idempotency_key_reused` when the key came with another content; database faults.
    pub async fn begin<'a, T: DeserializeOwned>(
        &'a self,
        by: &'a Caller,
        retry: Retry,
    ) -> Result<Begun<'a, T>> {
        let tx = self.db.begin_write().await?;
        let now = self.clock.now();
        let Some(key) = retry.key.filter(|_| by.account().is_some()) else {
            return Ok(Begun::Fresh(Work {
                tx,
                state: self,
                by,
                now,
                retry: None,
            }));
        };
        // Two sendings at the same time: the second waits here and then finds the first one's answer.
        db::lock_in_line(&tx, &format!("idempotency:{}:{key}", by.account_id)).await?;
        let kept = entity::idempotency_record::Entity::find_by_id((by.account_id, key.clone()))
            .one(&tx)
            .await?;
        match kept {
            Some(kept) if kept.created_at < now - KEPT_HOURS * 3_600_000_000 => {
                entity::idempotency_record::Entity::delete_by_id((by.account_id, key.clone()))
                    .exec(&tx)
                    .await?;
            }
            Some(kept)
                if kept.fingerprint == retry.fingerprint && kept.operation == retry.operation =>
            {
                return Ok(Begun::Again(serde_json::from_str(&kept.answer)?));
            }
            Some(_) => return Err(Fault::new(Code::IdempotencyKeyReused)),
            None => {}
        }
        Ok(Begun::Fresh(Work {
            tx,
            state: self,
            by,
            now,
            retry: Some((key, retry.operation, retry.fingerprint)),
        }))
    }

    /// Begins a unit of work that nobody retries by key.
    ///
    /// # Errors
    /// Database faults.
    pub async fn begin_plain<'a>(&'a self, by: &'a Caller) -> Result<Work<'a>> {
        let tx = self.db.begin_write().await?;
        Ok(Work {
            tx,
            state: self,
            by,
            now: self.clock.now(),
            retry: None,
        })
    }
}

/// The answers that requests of several callers got before, in order; none where one is new. For grouped work, which
/// puts its writers in line by itself.
///
/// # Errors
/// Database faults; `idempotency_key_reused` stands in the place of the request it belongs to.
pub async fn kept_answers<T: DeserializeOwned>(
    work: &Work<'_>,
    asked: &[(&Caller, &Retry)],
) -> Result<Vec<Option<Result<T>>>> {
    use entity::idempotency_record::{Column, Entity};
    let keyed = || {
        asked
            .iter()
            .filter_map(|(by, retry)| Some((by.account()?, retry.key.clone()?)))
    };
    let (accounts, keys): (Vec<_>, Vec<_>) = keyed().unzip();
    if keys.is_empty() {
        return Ok(asked.iter().map(|_| None).collect());
    }
    let of_these = Condition::all()
        .add(Column::AccountId.is_in(accounts))
        .add(Column::Key.is_in(keys));
    let too_old = work.now - KEPT_HOURS * 3_600_000_000;
    Entity::delete_many()
        .filter(of_these.clone())
        .filter(Column::CreatedAt.lt(too_old))
        .exec(&work.tx)
        .await?;
    let kept = Entity::find().filter(of_these).all(&work.tx).await?;
    let kept: HashMap<_, _> = kept
        .iter()
        .map(|row| ((row.account_id, row.key.as_str()), row))
        .collect();
    let answers = asked.iter().map(|(by, retry)| {
        let key = retry.key.as_deref()?;
        let row = kept.get(&(by.account_id, key))?;
        let same = row.fingerprint == retry.fingerprint && row.operation == retry.operation;
        Some(if same {
            serde_json::from_str(&row.answer).map_err(Fault::from)
        } else {
            Err(Fault::new(Code::IdempotencyKeyReused))
        })
    });
    Ok(answers.collect())
}

/// Keeps the answers of grouped work for retries, in its transaction.
///
/// # Errors
/// Database faults; `conflict` when two of them have the same key: then they are done one after another.
pub async fn keep_answers<T: Serialize>(
    work: &Work<'_>,
    given: &[(&Caller, &Retry, &T)],
) -> Result<()> {
    let mut rows = Vec::new();
    for (by, retry, answer) in given {
        let (Some(account_id), Some(key)) = (by.account(), retry.key.clone()) else {
            continue;
        };
        rows.push(entity::idempotency_record::ActiveModel {
            account_id: Set(account_id),
            key: Set(key),
            operation: Set(retry.operation.to_owned()),
            fingerprint: Set(retry.fingerprint.clone()),
            answer: Set(serde_json::to_string(answer)?),
            created_at: Set(work.now),
        });
    }
    if !rows.is_empty() {
        entity::idempotency_record::Entity::insert_many(rows)
            .exec_without_returning(&work.tx)
            .await?;
    }
    Ok(())
}

impl<'a> Work<'a> {
    /// The same work, now in the name of somebody found out along the way.
    #[must_use]
    pub fn in_the_name_of<'b>(self, by: &'b Caller) -> Work<'b>
    where
        'a: 'b,
    {
        Work {
            tx: self.tx,
            state: self.state,
            by,
            now: self.now,
            retry: self.retry,
        }
    }

    /// Commits everything, the answer for a retry included.
    ///
    /// # Errors
    /// Database faults; then nothing happened.
    pub async fn commit<T: Serialize>(self, answer: &T) -> Result<()> {
        if let Some((key, operation, fingerprint)) = self.retry {
            let row = entity::idempotency_record::ActiveModel {
                account_id: Set(self.by.account_id),
                key: Set(key),
                operation: Set(operation.to_owned()),
                fingerprint: Set(fingerprint),
                answer: Set(serde_json::to_string(answer)?),
                created_at: Set(self.now),
            };
            entity::idempotency_record::Entity::insert(row)
                .exec_without_returning(&self.tx)
                .await?;
        }
        self.tx.commit().await?;
        self.state.db.note_commit();
        Ok(())
    }
}

/// Rows forgotten in one transaction: no writer waits long for it.
const SOME: u64 = 5_000;

/// How many answers were kept before an instant.
///
/// # Errors
/// Database faults.
pub async fn outlived(db: &impl ConnectionTrait, before: i64) -> Result<u64> {
    Ok(entity::idempotency_record::Entity::find()
        .filter(entity::idempotency_record::Column::CreatedAt.lt(before))
        .count(db)
        .await?)
}

/// Forgets answers kept before an instant: nobody gets them any more.
///
/// # Errors
/// Database faults; what went before stays gone.
pub async fn forget(state: &State, before: i64) -> Result<u64> {
    use entity::idempotency_record::{Column, Entity};
    let mut gone = 0;
    loop {
        // Up to the age of the five-thousandth, or all that are left.
        let upto: Option<i64> = Entity::find()
            .select_only()
            .column(Column::CreatedAt)
            .filter(Column::CreatedAt.lt(before))
            .order_by_asc(Column::CreatedAt)
            .offset(SOME)
            .limit(1)
            .into_tuple()
            .one(state.db.read())
            .await?;
        let tx = state.db.begin_write().await?;
        let some = Entity::delete_many()
            .filter(Column::CreatedAt.lt(before))
            .filter(Column::CreatedAt.lte(upto.unwrap_or(before)))
            .exec(&tx)
            .await?;
        tx.commit().await?;
        gone += some.rows_affected;
        if upto.is_none() {
            return Ok(gone);
        }
    }
}
