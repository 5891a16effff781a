//! Rows of how people are reached.

use entity::person;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use crate::platform::Result;

/// Phone and e-mail, sealed and masked.
pub(in crate::people) struct Contact {
    pub(in crate::people) phone_sealed: Option<Vec<u8>>,
    pub(in crate::people) phone_masked: Option<String>,
    pub(in crate::people) email_sealed: Option<Vec<u8>>,
    pub(in crate::people) email_masked: Option<String>,
}

/// Who has this hash, in any county. Unscoped: somebody at the door has no scope yet, and the answer shows nobody.
pub(in crate::people) async fn of_hash(
    db: &impl ConnectionTrait,
    hash: &[u8],
) -> Result<Vec<person::Model>> {
    Ok(person::Entity::find()
        .filter(person::Column::IdHash.eq(hash))
        .all(db)
        .await?)
}

pub(in crate::people) async fn save(
    tx: &impl ConnectionTrait,
    person_id: Uuid,
    contact: Contact,
    now: i64,
) -> Result<()> {
    use person::Column as C;
    person::Entity::update_many()
        .col_expr(C::PhoneSealed, contact.phone_sealed.into())
        .col_expr(C::PhoneMasked, contact.phone_masked.into())
        .col_expr(C::EmailSealed, contact.email_sealed.into())
        .col_expr(C::EmailMasked, contact.email_masked.into())
        .col_expr(C::UpdatedAt, now.into())
        .filter(C::Id.eq(person_id))
        .exec(tx)
        .await?;
    Ok(())
}
