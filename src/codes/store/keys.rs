//! Rows of roots, issuer keys, key sets and trust bundles.

use entity::{code_root, issuer_key, key_set, trust_bundle};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use crate::platform::idempotency::Work;
use crate::platform::{Result, clock};

/// A root as its county's verifiers pin it.
#[derive(Clone, Debug)]
pub(in crate::codes) struct Root {
    pub(in crate::codes) public_key: Vec<u8>,
    pub(in crate::codes) demo: bool,
}

/// A key that signs codes; times in seconds since 1970.
#[derive(Clone, Debug)]
pub(in crate::codes) struct IssuerRow {
    pub(in crate::codes) kid: String,
    pub(in crate::codes) public_key: Vec<u8>,
    pub(in crate::codes) private_sealed: Vec<u8>,
    pub(in crate::codes) not_before: i64,
    pub(in crate::codes) not_after: i64,
    pub(in crate::codes) cut_off: Option<i64>,
    pub(in crate::codes) revoked_from: Option<i64>,
    pub(in crate::codes) demo: bool,
}

/// The roots of a county, oldest first.
pub(in crate::codes) async fn roots(
    db: &impl ConnectionTrait,
    county_id: Uuid,
) -> Result<Vec<Root>> {
    let rows = code_root::Entity::find()
        .filter(code_root::Column::CountyId.eq(county_id))
        .order_by_asc(code_root::Column::Id)
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| Root {
            public_key: row.public_key,
            demo: row.demo,
        })
        .collect())
}

pub(in crate::codes) async fn insert_roots(work: &Work<'_>, roots: &[Root]) -> Result<()> {
    let rows = roots.iter().map(|root| code_root::ActiveModel {
        id: Set(clock::new_id()),
        county_id: Set(work.by.county_id),
        public_key: Set(root.public_key.clone()),
        demo: Set(root.demo),
        created_at: Set(work.now),
    });
    code_root::Entity::insert_many(rows)
        .exec_without_returning(&work.tx)
        .await?;
    Ok(())
}

/// Whether any county's codes stand on keys of the demo.
pub(in crate::codes) async fn any_demo(db: &impl ConnectionTrait) -> Result<bool> {
    let root = code_root::Entity::find()
        .filter(code_root::Column::Demo.eq(true))
        .one(db)
        .await?;
    let key = issuer_key::Entity::find()
        .filter(issuer_key::Column::Demo.eq(true))
        .one(db)
        .await?;
    Ok(root.is_some() || key.is_some())
}

/// The issuer keys of a county, oldest first.
pub(in crate::codes) async fn issuers(
    db: &impl ConnectionTrait,
    county_id: Uuid,
) -> Result<Vec<IssuerRow>> {
    let rows = issuer_key::Entity::find()
        .filter(issuer_key::Column::CountyId.eq(county_id))
        .order_by_asc(issuer_key::Column::Id)
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| IssuerRow {
            kid: row.kid,
            public_key: row.public_key,
            private_sealed: row.private_sealed,
            not_before: row.not_before,
            not_after: row.not_after,
            cut_off: row.cut_off,
            revoked_from: row.revoked_from,
            demo: row.demo,
        })
        .collect())
}

pub(in crate::codes) async fn insert_issuer(work: &Work<'_>, key: &IssuerRow) -> Result<()> {
    let row = issuer_key::ActiveModel {
        id: Set(clock::new_id()),
        county_id: Set(work.by.county_id),
        kid: Set(key.kid.clone()),
        public_key: Set(key.public_key.clone()),
        private_sealed: Set(key.private_sealed.clone()),
        not_before: Set(key.not_before),
        not_after: Set(key.not_after),
        cut_off: Set(key.cut_off),
        revoked_from: Set(key.revoked_from),
        demo: Set(key.demo),
        created_at: Set(work.now),
    };
    issuer_key::Entity::insert(row)
        .exec_without_returning(&work.tx)
        .await?;
    Ok(())
}

/// Ends a key: what it signed after `cut_off`, or from `revoked_from` on anything it signed, counts no more; seconds
/// since 1970.
pub(in crate::codes) async fn end(
    work: &Work<'_>,
    kid: &str,
    cut_off: Option<i64>,
    revoked_from: Option<i64>,
) -> Result<()> {
    issuer_key::Entity::update_many()
        .col_expr(issuer_key::Column::CutOff, cut_off.into())
        .col_expr(issuer_key::Column::RevokedFrom, revoked_from.into())
        .filter(issuer_key::Column::CountyId.eq(work.by.county_id))
        .filter(issuer_key::Column::Kid.eq(kid))
        .exec(&work.tx)
        .await?;
    Ok(())
}

/// The newest signed set of keys, with its version.
pub(in crate::codes) async fn newest_set(
    db: &impl ConnectionTrait,
    county_id: Uuid,
) -> Result<Option<(i64, Vec<u8>)>> {
    let row = key_set::Entity::find()
        .filter(key_set::Column::CountyId.eq(county_id))
        .order_by_desc(key_set::Column::Version)
        .one(db)
        .await?;
    Ok(row.map(|row| (row.version, row.signed)))
}

pub(in crate::codes) async fn insert_set(
    work: &Work<'_>,
    version: i64,
    signed: Vec<u8>,
) -> Result<()> {
    let row = key_set::ActiveModel {
        county_id: Set(work.by.county_id),
        version: Set(version),
        signed: Set(signed),
        made_at: Set(work.now),
    };
    key_set::Entity::insert(row)
        .exec_without_returning(&work.tx)
        .await?;
    Ok(())
}

/// A bundle as it was made.
#[derive(Clone, Debug)]
pub(in crate::codes) struct BundleRow {
    pub(in crate::codes) version: i64,
    pub(in crate::codes) signed: Vec<u8>,
    pub(in crate::codes) stale: bool,
    /// Microseconds since 1970.
    pub(in crate::codes) made_at: i64,
}

pub(in crate::codes) async fn bundle(
    db: &impl ConnectionTrait,
    county_id: Uuid,
) -> Result<Option<BundleRow>> {
    let row = trust_bundle::Entity::find_by_id(county_id).one(db).await?;
    Ok(row.map(|row| BundleRow {
        version: row.version,
        signed: row.signed,
        stale: row.stale,
        made_at: row.made_at,
    }))
}

pub(in crate::codes) async fn save_bundle(work: &Work<'_>, new: BundleRow) -> Result<()> {
    use trust_bundle::Column as C;
    let row = trust_bundle::ActiveModel {
        county_id: Set(work.by.county_id),
        version: Set(new.version),
        signed: Set(new.signed),
        stale: Set(new.stale),
        made_at: Set(new.made_at),
    };
    let update = OnConflict::column(C::CountyId)
        .update_columns([C::Version, C::Signed, C::Stale, C::MadeAt])
        .to_owned();
    trust_bundle::Entity::insert(row)
        .on_conflict(update)
        .exec_without_returning(&work.tx)
        .await?;
    Ok(())
}

/// Says that what the bundle tells is no longer so: the next to fetch it gets a new one.
pub(in crate::codes) async fn mark_stale(work: &Work<'_>) -> Result<()> {
    trust_bundle::Entity::update_many()
        .col_expr(trust_bundle::Column::Stale, true.into())
        .filter(trust_bundle::Column::CountyId.eq(work.by.county_id))
        .exec(&work.tx)
        .await?;
    Ok(())
}
