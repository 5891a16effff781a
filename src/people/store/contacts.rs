//! Rows of how people are reached.

use entity::person;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use crate::people::contacts::Contact;
use crate::platform::db::IN_LIST;
use crate::platform::{Result, Scope};

/// Phone and e-mail, sealed.
pub(in crate::people) struct Sealed {
    pub(in crate::people) phone: Option<Vec<u8>>,
    pub(in crate::people) email: Option<Vec<u8>>,
}

pub(in crate::people) async fn contact(
    db: &impl ConnectionTrait,
    scope: &Scope,
    person_id: Uuid,
) -> Result<Option<Contact>> {
    let row = super::visible(scope)
        .filter(person::Column::Id.eq(person_id))
        .one(db)
        .await?;
    Ok(row.map(|row| Contact {
        person_id: row.id,
        phone_masked: row.phone_masked,
        email_masked: row.email_masked,
        changed_at: row.updated_at,
    }))
}

/// Who has this hash, in any county. Unscoped: somebody at the door has no scope yet, and the answer shows nobody.
pub(in crate::people) async fn of_hash(db: &impl ConnectionTrait, hash: &[u8]) -> Result<Vec<Row>> {
    Ok(person::Entity::find()
        .filter(person::Column::IdHash.eq(hash))
        .all(db)
        .await?)
}

/// A person with his sealed addresses.
pub(in crate::people) type Row = person::Model;

/// These people of a county. Unscoped: for sending only.
pub(in crate::people) async fn of_ids(
    db: &impl ConnectionTrait,
    county_id: Uuid,
    people: &[Uuid],
) -> Result<Vec<Row>> {
    let mut found = Vec::new();
    for chunk in people.chunks(IN_LIST) {
        let rows = person::Entity::find()
            .filter(person::Column::CountyId.eq(county_id))
            .filter(person::Column::Id.is_in(chunk.iter().copied()))
            .all(db)
            .await?;
        found.extend(rows);
    }
    Ok(found)
}

pub(in crate::people) async fn save(
    tx: &impl ConnectionTrait,
    now: &Contact,
    sealed: Sealed,
) -> Result<()> {
    use person::Column as C;
    person::Entity::update_many()
        .col_expr(C::PhoneSealed, sealed.phone.into())
        .col_expr(C::PhoneMasked, now.phone_masked.clone().into())
        .col_expr(C::EmailSealed, sealed.email.into())
        .col_expr(C::EmailMasked, now.email_masked.clone().into())
        .col_expr(C::UpdatedAt, now.changed_at.into())
        .filter(C::Id.eq(now.person_id))
        .exec(tx)
        .await?;
    Ok(())
}
