//! Who of a role can be written to.

use entity::{account, role_grant};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, SelectTwo};
use uuid::Uuid;

use crate::accounts::EMAIL_PURPOSE;
use crate::accounts::invitations::NO_PASSWORD;
use crate::platform::{Result, Role, State};

/// An account with an e-mail address.
#[derive(Clone, Debug)]
pub struct Mailbox {
    pub account_id: Uuid,
    pub name: String,
    pub email: String,
}

/// The accounts that hold a role at a region, are not disabled and have an e-mail address.
///
/// # Errors
/// Database faults.
pub async fn mailboxes(
    db: &impl ConnectionTrait,
    state: &State,
    county_id: Uuid,
    role: Role,
    region_id: Uuid,
) -> Result<Vec<Mailbox>> {
    let rows = reached(county_id, role)
        .filter(role_grant::Column::RegionId.eq(region_id))
        .order_by_asc(role_grant::Column::AccountId)
        .all(db)
        .await?;
    let mut found = opened(state, rows)?;
    found.dedup_by_key(|(_, mailbox)| mailbox.account_id);
    Ok(found.into_iter().map(|(_, mailbox)| mailbox).collect())
}

/// Every account of a role that can be written to, with the region it is held at.
///
/// # Errors
/// Database faults.
pub async fn mailboxes_of(
    state: &State,
    county_id: Uuid,
    role: Role,
) -> Result<Vec<(Uuid, Mailbox)>> {
    let rows = reached(county_id, role)
        .order_by_asc(role_grant::Column::Id)
        .all(state.db.read())
        .await?;
    opened(state, rows)
}

/// The grants of a role whose accounts are not disabled and have an address.
fn reached(county_id: Uuid, role: Role) -> SelectTwo<role_grant::Entity, account::Entity> {
    role_grant::Entity::find()
        .find_also_related(account::Entity)
        .filter(role_grant::Column::CountyId.eq(county_id))
        .filter(role_grant::Column::Role.eq(role.word()))
        .filter(account::Column::DisabledAt.is_null())
        .filter(account::Column::EmailSealed.is_not_null())
        // Who has not taken his invitation is nobody yet.
        .filter(account::Column::PasswordHash.ne(NO_PASSWORD))
}

fn opened(
    state: &State,
    rows: Vec<(role_grant::Model, Option<account::Model>)>,
) -> Result<Vec<(Uuid, Mailbox)>> {
    let mut found = Vec::new();
    for (grant, account) in rows {
        let Some((region, account)) = grant.region_id.zip(account) else {
            continue;
        };
        let Some(sealed) = &account.email_sealed else {
            continue;
        };
        let mailbox = Mailbox {
            email: state.seal.open_text(EMAIL_PURPOSE, sealed)?,
            account_id: account.id,
            name: account.name,
        };
        found.push((region, mailbox));
    }
    Ok(found)
}
