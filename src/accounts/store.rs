//! Rows of accounts, roles and refresh tokens.

pub mod devices;
pub(super) mod mailboxes;
pub(super) mod secrets;

use entity::{account, refresh_token, role_grant};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, QueryTrait,
};
use uuid::Uuid;

use crate::platform::{Caller, Result, Role, clock, sessions};

pub(super) use entity::account::Model as Account;

/// A role and where it is held.
#[derive(Clone, Debug)]
pub struct Held {
    pub role: Role,
    pub region_id: Option<Uuid>,
    pub enterprise_id: Option<Uuid>,
    /// Whom the account belongs to, for a worker.
    pub person_id: Option<Uuid>,
}

/// An account as the command line lists it.
#[derive(Debug, serde::Serialize)]
pub struct Listed {
    pub login: String,
    pub name: String,
    pub roles: Vec<&'static str>,
    pub disabled: bool,
}

/// Every account of a county, by login.
///
/// # Errors
/// Database faults.
pub async fn list(db: &impl ConnectionTrait, county_id: Uuid) -> Result<Vec<Listed>> {
    let rows = account::Entity::find()
        .filter(account::Column::CountyId.eq(county_id))
        .order_by_asc(account::Column::Login)
        .all(db)
        .await?;
    let roles = role_grant::Entity::find()
        .filter(role_grant::Column::CountyId.eq(county_id))
        .all(db)
        .await?;
    let roles_of = |id| {
        roles
            .iter()
            .filter(move |r| r.account_id == id)
            .filter_map(|r| Role::of_word(&r.role))
    };
    Ok(rows
        .into_iter()
        .map(|row| Listed {
            roles: roles_of(row.id).map(Role::word).collect(),
            login: row.login,
            name: row.name,
            disabled: row.disabled_at.is_some(),
        })
        .collect())
}

pub(super) async fn of_login(db: &impl ConnectionTrait, login: &str) -> Result<Option<Account>> {
    Ok(account::Entity::find()
        .filter(account::Column::Login.eq(login))
        .one(db)
        .await?)
}

pub(super) async fn of_id(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<Account>> {
    Ok(account::Entity::find_by_id(id).one(db).await?)
}

/// An account as it stands, its row held until the transaction ends. Whoever opens a session or ends one holds it first,
/// before secrets and tokens: no end misses a session on its way, and nobody comes in by what was changed meanwhile.
pub(super) async fn hold(tx: &impl ConnectionTrait, id: Uuid) -> Result<Option<Account>> {
    Ok(account::Entity::find_by_id(id)
        .lock_exclusive()
        .one(tx)
        .await?)
}

#[expect(clippy::too_many_arguments, reason = "the columns of one row")]
pub(super) async fn insert(
    tx: &impl ConnectionTrait,
    id: Uuid,
    county_id: Uuid,
    login: &str,
    name: &str,
    hash: &str,
    held: &Held,
    now: i64,
) -> Result<()> {
    let row = account::ActiveModel {
        id: Set(id),
        county_id: Set(county_id),
        login: Set(login.to_owned()),
        name: Set(name.to_owned()),
        password_hash: Set(hash.to_owned()),
        person_id: Set(held.person_id),
        disabled_at: Set(None),
        created_at: Set(now),
        email_sealed: Set(None),
        email_hash: Set(None),
        email_masked: Set(None),
    };
    account::Entity::insert(row)
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

pub(super) async fn replace(
    tx: &impl ConnectionTrait,
    id: Uuid,
    name: &str,
    hash: &str,
) -> Result<()> {
    account::Entity::update_many()
        .col_expr(account::Column::Name, name.into())
        .col_expr(account::Column::PasswordHash, hash.into())
        .col_expr(account::Column::DisabledAt, Option::<i64>::None.into())
        .filter(account::Column::Id.eq(id))
        .exec(tx)
        .await?;
    Ok(())
}

pub(super) async fn rename(tx: &impl ConnectionTrait, id: Uuid, name: &str) -> Result<()> {
    account::Entity::update_many()
        .col_expr(account::Column::Name, name.into())
        .filter(account::Column::Id.eq(id))
        .exec(tx)
        .await?;
    Ok(())
}

pub(super) async fn set_role(
    tx: &impl ConnectionTrait,
    county_id: Uuid,
    account_id: Uuid,
    held: &Held,
    now: i64,
) -> Result<()> {
    role_grant::Entity::delete_many()
        .filter(role_grant::Column::AccountId.eq(account_id))
        .exec(tx)
        .await?;
    let row = role_grant::ActiveModel {
        id: Set(clock::new_id()),
        county_id: Set(county_id),
        account_id: Set(account_id),
        role: Set(held.role.word().to_owned()),
        region_id: Set(held.region_id),
        enterprise_id: Set(held.enterprise_id),
        granted_at: Set(now),
    };
    role_grant::Entity::insert(row)
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

/// Closes an account, or opens it again.
pub(super) async fn set_disabled(
    tx: &impl ConnectionTrait,
    id: Uuid,
    at: Option<i64>,
) -> Result<()> {
    account::Entity::update_many()
        .col_expr(account::Column::DisabledAt, at.into())
        .filter(account::Column::Id.eq(id))
        .exec(tx)
        .await?;
    Ok(())
}

pub(super) async fn roles(db: &impl ConnectionTrait, account_id: Uuid) -> Result<Vec<Held>> {
    let rows = role_grant::Entity::find()
        .filter(role_grant::Column::AccountId.eq(account_id))
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            let role = Role::of_word(&row.role)?;
            Some(Held {
                role,
                region_id: row.region_id,
                enterprise_id: row.enterprise_id,
                person_id: None,
            })
        })
        .collect())
}

pub(super) async fn insert_refresh(
    tx: &impl ConnectionTrait,
    caller: &Caller,
    hash: &[u8],
    device: &str,
    now: i64,
    expires_at: i64,
) -> Result<()> {
    let row = refresh_token::ActiveModel {
        id: Set(clock::new_id()),
        account_id: Set(caller.account_id),
        family_id: Set(caller.session),
        token_hash: Set(hash.to_vec()),
        device: Set(device.chars().take(200).collect()),
        issued_at: Set(now),
        expires_at: Set(expires_at),
        used_at: Set(None),
        ended_at: Set(None),
    };
    refresh_token::Entity::insert(row)
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

/// The token of this hash.
pub(super) async fn refresh_token(
    db: &impl ConnectionTrait,
    hash: &[u8],
) -> Result<Option<refresh_token::Model>> {
    Ok(refresh_token::Entity::find()
        .filter(refresh_token::Column::TokenHash.eq(hash))
        .one(db)
        .await?)
}

/// When a session was ended, by any of its tokens: one may have been missed once, the others tell.
pub(super) async fn ended_at(db: &impl ConnectionTrait, family_id: Uuid) -> Result<Option<i64>> {
    let at: Option<Option<i64>> = refresh_token::Entity::find()
        .select_only()
        .column_as(refresh_token::Column::EndedAt.max(), "ended_at")
        .filter(refresh_token::Column::FamilyId.eq(family_id))
        .into_tuple()
        .one(db)
        .await?;
    Ok(at.flatten())
}

pub(super) async fn mark_used(tx: &impl ConnectionTrait, id: Uuid, now: i64) -> Result<()> {
    refresh_token::Entity::update_many()
        .col_expr(refresh_token::Column::UsedAt, now.into())
        .filter(refresh_token::Column::Id.eq(id))
        .exec(tx)
        .await?;
    Ok(())
}

/// Ends a session of an account; tell [`sessions::note`] once it is committed.
pub(super) async fn end_family(
    tx: &impl ConnectionTrait,
    account_id: Uuid,
    family_id: Uuid,
    now: i64,
) -> Result<()> {
    hold(tx, account_id).await?;
    sessions::end(tx, &[family_id], now).await?;
    end_tokens(tx, refresh_token::Column::FamilyId.eq(family_id), now).await
}

/// Ends every session of an account but one and tells which; tell [`sessions::note`] once it is committed.
pub(super) async fn end_all_but(
    tx: &impl ConnectionTrait,
    account_id: Uuid,
    but: Uuid,
    now: i64,
) -> Result<Vec<Uuid>> {
    hold(tx, account_id).await?;
    let mut open: Vec<Uuid> = devices::of_account(tx, account_id, now)
        .await?
        .into_iter()
        .map(|device| device.session)
        .collect();
    open.retain(|session| *session != but);
    sessions::end(tx, &open, now).await?;
    let others = refresh_token::Column::AccountId
        .eq(account_id)
        .and(refresh_token::Column::FamilyId.ne(but));
    end_tokens(tx, others, now).await?;
    Ok(open)
}

/// Ends every session of an account and tells which; tell [`sessions::note`] once it is committed.
pub(super) async fn end_all(
    tx: &impl ConnectionTrait,
    account_id: Uuid,
    now: i64,
) -> Result<Vec<Uuid>> {
    // No session has this id.
    end_all_but(tx, account_id, Uuid::nil(), now).await
}

async fn end_tokens(tx: &impl ConnectionTrait, which: Expr, now: i64) -> Result<()> {
    refresh_token::Entity::update_many()
        .col_expr(refresh_token::Column::EndedAt, now.into())
        .filter(which)
        .exec(tx)
        .await?;
    Ok(())
}

fn over(county_id: Uuid, before: i64) -> Condition {
    let accounts = account::Entity::find()
        .select_only()
        .column(account::Column::Id)
        .filter(account::Column::CountyId.eq(county_id))
        .into_query();
    let ended = Condition::any()
        .add(refresh_token::Column::ExpiresAt.lt(before))
        .add(refresh_token::Column::EndedAt.lt(before));
    Condition::all()
        .add(refresh_token::Column::AccountId.in_subquery(accounts))
        .add(ended)
}

/// How many of a county's refresh tokens and one-time secrets ran out, were used or were ended before an instant.
///
/// # Errors
/// Database faults.
pub async fn ended_sessions(
    db: &impl ConnectionTrait,
    county_id: Uuid,
    before: i64,
) -> Result<u64> {
    let tokens = refresh_token::Entity::find()
        .filter(over(county_id, before))
        .count(db)
        .await?;
    Ok(tokens + secrets::outlived(db, county_id, before).await?)
}

pub(super) async fn forget_sessions(
    tx: &impl ConnectionTrait,
    county_id: Uuid,
    before: i64,
) -> Result<u64> {
    let gone = refresh_token::Entity::delete_many()
        .filter(over(county_id, before))
        .exec(tx)
        .await?;
    Ok(gone.rows_affected + secrets::forget(tx, county_id, before).await?)
}
