//! Proofs that verifiers saw a moment ago.

use entity::code_proof;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use crate::platform::Result;
use crate::platform::idempotency::Work;

/// How long a proof is remembered, in microseconds.
const MEMORY: i64 = 120 * 1_000_000;

/// Remembers a proof for the work's caller; whether he saw it within the last two minutes.
pub(in crate::codes) async fn remember(work: &Work<'_>, proof: &[u8]) -> Result<bool> {
    use code_proof::Column as C;
    let account = work.by.account_id;
    code_proof::Entity::delete_many()
        .filter(C::AccountId.eq(account))
        .filter(C::At.lt(work.now - MEMORY))
        .exec(&work.tx)
        .await?;
    let row = code_proof::ActiveModel {
        account_id: Set(account),
        proof: Set(proof.to_vec()),
        at: Set(work.now),
    };
    let written = code_proof::Entity::insert(row)
        .on_conflict(
            OnConflict::columns([C::AccountId, C::Proof])
                .do_nothing()
                .to_owned(),
        )
        .exec_without_returning(&work.tx)
        .await?;
    Ok(written == 0)
}
