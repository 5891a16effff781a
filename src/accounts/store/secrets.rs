//! One-time secrets: only their keyed hashes are kept.

use entity::{account, one_time_secret as secret};
use sea_orm::ActiveValue::Set;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, Select,
};
use uuid::Uuid;

use super::Account;
use crate::accounts::secrets::{Purpose, Whose};
use crate::platform::{Result, clock};

pub(in crate::accounts) use entity::one_time_secret::Model as Secret;

/// A secret to be kept.
pub(in crate::accounts) struct NewSecret {
    pub(in crate::accounts) county_id: Uuid,
    pub(in crate::accounts) purpose: Purpose,
    pub(in crate::accounts) whose: Whose,
    pub(in crate::accounts) hash: Vec<u8>,
    pub(in crate::accounts) expires_at: i64,
    pub(in crate::accounts) made_by: Option<Uuid>,
}

/// Keeps a secret; those of the same purpose and owner before it open nothing any more.
pub(in crate::accounts) async fn keep(
    tx: &impl ConnectionTrait,
    new: NewSecret,
    now: i64,
) -> Result<Uuid> {
    let (account_id, person_id) = match new.whose {
        Whose::Account(id) => (Some(id), None),
        Whose::Person(id) => (None, Some(id)),
    };
    let mut older = secret::Entity::update_many()
        .col_expr(secret::Column::UsedAt, now.into())
        .filter(secret::Column::Purpose.eq(new.purpose.word()))
        .filter(secret::Column::UsedAt.is_null());
    older = match new.whose {
        Whose::Account(id) => older.filter(secret::Column::AccountId.eq(id)),
        Whose::Person(id) => older.filter(secret::Column::PersonId.eq(id)),
    };
    older.exec(tx).await?;
    let id = clock::new_id();
    let row = secret::ActiveModel {
        id: Set(id),
        county_id: Set(new.county_id),
        purpose: Set(new.purpose.word().to_owned()),
        account_id: Set(account_id),
        person_id: Set(person_id),
        hash: Set(new.hash),
        tries: Set(0),
        expires_at: Set(new.expires_at),
        used_at: Set(None),
        made_by: Set(new.made_by),
        created_at: Set(now),
    };
    secret::Entity::insert(row)
        .exec_without_returning(tx)
        .await?;
    Ok(id)
}

fn of_hash(purpose: Purpose, hash: &[u8], now: i64) -> Select<secret::Entity> {
    secret::Entity::find()
        .filter(secret::Column::Hash.eq(hash))
        .filter(secret::Column::Purpose.eq(purpose.word()))
        .filter(secret::Column::UsedAt.is_null())
        .filter(secret::Column::ExpiresAt.gt(now))
}

/// The open secret of this hash, as it stands at the moment.
pub(in crate::accounts) async fn look(
    db: &impl ConnectionTrait,
    purpose: Purpose,
    hash: &[u8],
    now: i64,
) -> Result<Option<Secret>> {
    Ok(of_hash(purpose, hash, now).one(db).await?)
}

/// The open secret of this hash, held until the transaction ends: it opens one door once.
pub(in crate::accounts) async fn open(
    tx: &impl ConnectionTrait,
    purpose: Purpose,
    hash: &[u8],
    now: i64,
) -> Result<Option<Secret>> {
    Ok(of_hash(purpose, hash, now).lock_exclusive().one(tx).await?)
}

pub(in crate::accounts) async fn mark_used(
    tx: &impl ConnectionTrait,
    id: Uuid,
    now: i64,
) -> Result<()> {
    secret::Entity::update_many()
        .col_expr(secret::Column::UsedAt, now.into())
        .filter(secret::Column::Id.eq(id))
        .exec(tx)
        .await?;
    Ok(())
}

/// An account's e-mail address, sealed, hashed and masked.
pub(in crate::accounts) struct Address {
    pub(in crate::accounts) sealed: Vec<u8>,
    pub(in crate::accounts) hash: Vec<u8>,
    pub(in crate::accounts) masked: String,
}

pub(in crate::accounts) async fn set_email(
    tx: &impl ConnectionTrait,
    account_id: Uuid,
    address: Address,
) -> Result<()> {
    account::Entity::update_many()
        .col_expr(account::Column::EmailSealed, Some(address.sealed).into())
        .col_expr(account::Column::EmailHash, Some(address.hash).into())
        .col_expr(account::Column::EmailMasked, Some(address.masked).into())
        .filter(account::Column::Id.eq(account_id))
        .exec(tx)
        .await?;
    Ok(())
}

/// Accounts by login or by e-mail; one address may serve several. In the order in which they are to be held.
pub(in crate::accounts) async fn named(
    db: &impl ConnectionTrait,
    login: &str,
    email_hash: Option<Vec<u8>>,
) -> Result<Vec<Account>> {
    let mut either = Condition::any().add(account::Column::Login.eq(login));
    if let Some(hash) = email_hash {
        either = either.add(account::Column::EmailHash.eq(hash));
    }
    Ok(account::Entity::find()
        .filter(either)
        .order_by_asc(account::Column::Id)
        .all(db)
        .await?)
}

pub(in crate::accounts) async fn of_person(
    db: &impl ConnectionTrait,
    person_id: Uuid,
) -> Result<Option<Account>> {
    Ok(account::Entity::find()
        .filter(account::Column::PersonId.eq(person_id))
        .one(db)
        .await?)
}

pub(in crate::accounts) async fn set_password(
    tx: &impl ConnectionTrait,
    account_id: Uuid,
    hash: &str,
) -> Result<()> {
    account::Entity::update_many()
        .col_expr(account::Column::PasswordHash, hash.into())
        .filter(account::Column::Id.eq(account_id))
        .exec(tx)
        .await?;
    Ok(())
}

fn over(county_id: Uuid, before: i64) -> Condition {
    let ended = Condition::any()
        .add(secret::Column::ExpiresAt.lt(before))
        .add(secret::Column::UsedAt.lt(before));
    Condition::all()
        .add(secret::Column::CountyId.eq(county_id))
        .add(ended)
}

/// Secrets that ran out or were used before an instant.
pub(in crate::accounts) async fn outlived(
    db: &impl ConnectionTrait,
    county_id: Uuid,
    before: i64,
) -> Result<u64> {
    Ok(secret::Entity::find()
        .filter(over(county_id, before))
        .count(db)
        .await?)
}

/// Removes them.
pub(in crate::accounts) async fn forget(
    tx: &impl ConnectionTrait,
    county_id: Uuid,
    before: i64,
) -> Result<u64> {
    let gone = secret::Entity::delete_many()
        .filter(over(county_id, before))
        .exec(tx)
        .await?;
    Ok(gone.rows_affected)
}
