//! Rows of claims begun on a phone.

use entity::code_claim;
use sea_orm::ActiveValue::Set;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect,
};
use uuid::Uuid;

use crate::platform::idempotency::Work;
use crate::platform::{Result, Scope};

/// A claim begun (领码).
#[derive(Clone, Debug)]
pub(in crate::codes) struct Begun {
    pub(in crate::codes) id: Uuid,
    pub(in crate::codes) person_id: Uuid,
    pub(in crate::codes) nonce: Vec<u8>,
    pub(in crate::codes) new_phone: bool,
    /// Microseconds since 1970.
    pub(in crate::codes) expires_at: i64,
    pub(in crate::codes) done_at: Option<i64>,
}

pub(in crate::codes) async fn insert(work: &Work<'_>, begun: &Begun) -> Result<()> {
    let row = code_claim::ActiveModel {
        id: Set(begun.id),
        county_id: Set(work.by.county_id),
        person_id: Set(begun.person_id),
        account_id: Set(work.by.account_id),
        nonce: Set(begun.nonce.clone()),
        new_phone: Set(begun.new_phone),
        expires_at: Set(begun.expires_at),
        done_at: Set(None),
        code_id: Set(None),
    };
    code_claim::Entity::insert(row)
        .exec_without_returning(&work.tx)
        .await?;
    Ok(())
}

/// A claim of the caller's own, held until the transaction ends.
pub(in crate::codes) async fn for_update(
    tx: &impl ConnectionTrait,
    scope: &Scope,
    id: Uuid,
) -> Result<Option<Begun>> {
    let row = code_claim::Entity::find_by_id(id)
        .filter(code_claim::Column::CountyId.eq(scope.county_id))
        .filter(code_claim::Column::PersonId.is_in(scope.persons.iter().copied()))
        .lock_exclusive()
        .one(tx)
        .await?;
    Ok(row.map(|row| Begun {
        id: row.id,
        person_id: row.person_id,
        nonce: row.nonce,
        new_phone: row.new_phone,
        expires_at: row.expires_at,
        done_at: row.done_at,
    }))
}

pub(in crate::codes) async fn finish(work: &Work<'_>, id: Uuid, code_id: Uuid) -> Result<()> {
    code_claim::Entity::update_many()
        .col_expr(code_claim::Column::DoneAt, Some(work.now).into())
        .col_expr(code_claim::Column::CodeId, Some(code_id).into())
        .filter(code_claim::Column::Id.eq(id))
        .exec(&work.tx)
        .await?;
    Ok(())
}

/// How often a person changed his phone since an instant.
pub(in crate::codes) async fn new_phones(
    db: &impl ConnectionTrait,
    county_id: Uuid,
    person_id: Uuid,
    since: i64,
) -> Result<u64> {
    Ok(code_claim::Entity::find()
        .filter(code_claim::Column::CountyId.eq(county_id))
        .filter(code_claim::Column::PersonId.eq(person_id))
        .filter(code_claim::Column::NewPhone.eq(true))
        .filter(code_claim::Column::DoneAt.gt(since))
        .count(db)
        .await?)
}
