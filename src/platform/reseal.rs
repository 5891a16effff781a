//! Sealing anew with the key in use: which keys the sealed columns still need, and moving them on, some rows at a time.
//!
//! Safe to repeat, to kill and to run twice at once: each step is one transaction over rows that nobody else holds, and
//! asks anew which of them another key sealed.

use std::collections::BTreeMap;

use sea_orm::sea_query::{
    Alias, CaseStatement, Expr, ExprTrait, LockBehavior, LockType, Query, SelectStatement,
};
use sea_orm::{ConnectionTrait, FromQueryResult};
use uuid::Uuid;

use super::State;
use super::error::{Fault, Result};

/// Rows of one step: `SQLite`'s only writer is held no longer than for an ordinary write.
const STEP: u64 = 200;
/// Passes after the first; what is left then is being sealed with the old key still, and waits for the next time.
const PASSES: usize = 50;

/// How rows are taken that others may hold.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Take {
    /// Many at once, leaving out those that others hold: nobody is waited for, so nobody can wait for us in a ring.
    Free,
    /// One at a time, waiting for it: whoever holds but one can be in no ring either.
    Held,
}

/// A column of sealed values, as its owner declares it. The table's key is a column `id`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    pub table: &'static str,
    pub column: &'static str,
    /// What the seal binds its values to.
    pub purpose: &'static str,
}

/// How many values each key seals.
pub type Uses = BTreeMap<u8, i64>;

#[derive(FromQueryResult)]
struct Counted {
    sealed_with: Vec<u8>,
    times: i64,
}

#[derive(FromQueryResult)]
struct Sealed {
    id: Uuid,
    sealed: Vec<u8>,
}

impl Column {
    /// Declares one.
    #[must_use]
    pub const fn new(table: &'static str, column: &'static str, purpose: &'static str) -> Self {
        Self {
            table,
            column,
            purpose,
        }
    }

    /// The id of the key, which a sealed value begins with. The same words each time, so that they can be grouped by.
    fn key(self) -> Expr {
        Expr::cust(format!("substr({}, 1, 1)", self.column))
    }

    fn rows(self) -> SelectStatement {
        let mut query = Query::select();
        query
            .from(Alias::new(self.table))
            .and_where(Expr::col(Alias::new(self.column)).is_not_null());
        query
    }

    /// How many of its values each key seals.
    ///
    /// # Errors
    /// Database faults.
    pub async fn uses(self, db: &impl ConnectionTrait) -> Result<Uses> {
        let query = self
            .rows()
            .expr_as(self.key(), Alias::new("sealed_with"))
            .expr_as(Expr::cust("COUNT(*)"), Alias::new("times"))
            .add_group_by([self.key()])
            .to_owned();
        let rows = db.query_all(&query).await?;
        let read = |row| Counted::from_query_result(&row, "");
        let counted: std::result::Result<Vec<_>, _> = rows.into_iter().map(read).collect();
        let each = counted?.into_iter();
        Ok(each
            .filter_map(|row| Some((*row.sealed_with.first()?, row.times)))
            .collect())
    }

    /// Seals anew what another key than the one in use sealed; `told` hears how many after each step.
    ///
    /// # Errors
    /// `internal` when a value cannot be opened; `busy` when some are held by others again and again.
    pub async fn reseal(self, state: &State, told: &(dyn Fn(i64) + Send + Sync)) -> Result<i64> {
        let mut done = 0;
        for pass in 0..=PASSES {
            let take = if pass == 0 { Take::Free } else { Take::Held };
            let mut after = None;
            while let Some((last, moved)) = self.step(state, take, after).await? {
                after = Some(last);
                done += moved;
                told(moved);
            }
            let uses = self.uses(state.db.read()).await?;
            if uses.keys().all(|key| *key == state.seal.field_now()) {
                return Ok(done);
            }
        }
        Err(Fault::new(super::Code::Busy))
    }

    /// One transaction over the next rows; the last of them and how many were moved, or nothing when there are none.
    async fn step(
        self,
        state: &State,
        take: Take,
        after: Option<Uuid>,
    ) -> Result<Option<(Uuid, i64)>> {
        let id = || Expr::col(Alias::new("id"));
        let tx = state.db.begin_write().await?;
        let mut query = self.rows();
        query
            .column(Alias::new("id"))
            .expr_as(Expr::col(Alias::new(self.column)), Alias::new("sealed"))
            .and_where(self.key().ne(vec![state.seal.field_now()]))
            .order_by(Alias::new("id"), sea_orm::Order::Asc)
            .limit(if take == Take::Free { STEP } else { 1 });
        if let Some(after) = after {
            query.and_where(id().gt(after));
        }
        if state.db.is_postgres() {
            match take {
                Take::Free => query.lock_with_behavior(LockType::Update, LockBehavior::SkipLocked),
                Take::Held => query.lock(LockType::Update),
            };
        }
        let rows = tx.query_all(&query).await?;
        let read = |row| Sealed::from_query_result(&row, "");
        let rows: Vec<_> = rows
            .into_iter()
            .map(read)
            .collect::<std::result::Result<_, _>>()?;
        let Some(last) = rows.last().map(|row| row.id) else {
            return Ok(None);
        };
        let mut anew = CaseStatement::new();
        for row in &rows {
            let plain = state.seal.open(self.purpose, &row.sealed)?;
            let sealed = state.seal.seal(self.purpose, &plain)?;
            anew = anew.case(id().eq(row.id), Expr::val(sealed));
        }
        let update = Query::update()
            .table(Alias::new(self.table))
            .value(Alias::new(self.column), anew)
            .and_where(id().is_in(rows.iter().map(|row| row.id)))
            .to_owned();
        tx.execute(&update).await?;
        tx.commit().await?;
        Ok(Some((last, i64::try_from(rows.len()).unwrap_or(i64::MAX))))
    }
}
