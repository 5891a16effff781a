//! Who of a role can be written to.

use entity::{account, role_grant};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use crate::accounts::EMAIL_PURPOSE;
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
    let rows = role_grant::Entity::find()
        .find_also_related(account::Entity)
        .filter(role_grant::Column::CountyId.eq(county_id))
        .filter(role_grant::Column::Role.eq(role.word()))
        .filter(role_grant::Column::RegionId.eq(region_id))
        .filter(account::Column::DisabledAt.is_null())
        .filter(account::Column::EmailSealed.is_not_null())
        .order_by_asc(role_grant::Column::AccountId)
        .all(db)
        .await?;
    let mut found = Vec::new();
    for (_, account) in rows {
        let Some(account) = account else { continue };
        let Some(sealed) = &account.email_sealed else {
            continue;
        };
        found.push(Mailbox {
            email: state.seal.open_text(EMAIL_PURPOSE, sealed)?,
            account_id: account.id,
            name: account.name,
        });
    }
    found.dedup_by_key(|mailbox| mailbox.account_id);
    Ok(found)
}
