//! Sessions as their owner sees them: a family of refresh tokens each.

use entity::refresh_token;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QuerySelect,
};
use uuid::Uuid;

use crate::platform::Result;

/// A session of an account.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Device {
    pub session: Uuid,
    /// What its owner called it.
    pub device: String,
    /// Signed in, in microseconds since 1970.
    pub since: i64,
    /// Last refreshed.
    pub last_used: i64,
    /// When it runs out unless it is refreshed.
    pub until: i64,
}

/// An account's sessions that can still be refreshed, newest first.
pub(in crate::accounts) async fn of_account(
    db: &impl ConnectionTrait,
    account_id: Uuid,
    now: i64,
) -> Result<Vec<Device>> {
    use refresh_token::Column as C;
    let mut found = refresh_token::Entity::find()
        .select_only()
        .column_as(C::FamilyId, "session")
        .column_as(C::Device.max(), "device")
        .column_as(C::IssuedAt.min(), "since")
        .column_as(C::IssuedAt.max(), "last_used")
        .column_as(C::ExpiresAt.max(), "until")
        .filter(C::AccountId.eq(account_id))
        .filter(C::EndedAt.is_null())
        .group_by(C::FamilyId)
        .having(Expr::col(C::ExpiresAt).max().gt(now))
        .into_model::<Device>()
        .all(db)
        .await?;
    found.sort_by_key(|device| std::cmp::Reverse(device.last_used));
    Ok(found)
}

/// Whether a session is or was an account's.
pub(in crate::accounts) async fn is_of_account(
    db: &impl ConnectionTrait,
    account_id: Uuid,
    session: Uuid,
) -> Result<bool> {
    use refresh_token::Column as C;
    let found = refresh_token::Entity::find()
        .filter(C::FamilyId.eq(session))
        .filter(C::AccountId.eq(account_id))
        .one(db)
        .await?;
    Ok(found.is_some())
}
