//! Rows of files, of their parts, and of uploads under way.

use entity::{media_file as file, media_part as part, media_upload as upload};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect, Select,
};
use uuid::Uuid;

use super::rules::{MediaState, Purpose};
use super::{Media, Reach};
use crate::platform::db::rows_per_statement;
use crate::platform::idempotency::Work;
use crate::platform::page::Page;
use crate::platform::{Code, Fault, Result};

/// An upload as it stands between two pieces.
#[derive(Clone, Debug)]
pub(super) struct Upload {
    pub(super) key: String,
    pub(super) offset: i64,
    /// The running hash of all bytes so far.
    pub(super) hash_state: Vec<u8>,
    pub(super) expires_at: i64,
}

/// A part of a file: an object of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) number: i32,
    pub(super) key: String,
    pub(super) bytes: i64,
}

/// What a file turned out to be.
pub(super) struct Judged {
    pub(super) content_type: &'static str,
    pub(super) bytes: i64,
    pub(super) sha256: Vec<u8>,
    pub(super) size: Option<(i32, i32)>,
}

/// A file whose objects are to be put in order.
pub(super) struct Due {
    pub(super) id: Uuid,
    pub(super) county_id: Uuid,
    pub(super) key: String,
}

fn visible(reach: Reach) -> Select<file::Entity> {
    let found = file::Entity::find().filter(file::Column::CountyId.eq(reach.county_id));
    match reach.account_id {
        Some(account) => found.filter(file::Column::AccountId.eq(account)),
        None => found,
    }
}

fn folder(media: &Media) -> String {
    format!("courses/{}/{}", media.county_id, media.id)
}

fn media_of(row: file::Model) -> Result<Media> {
    let odd = || Fault::internal("media_file holds an odd word");
    Ok(Media {
        id: row.id,
        county_id: row.county_id,
        account_id: row.account_id,
        purpose: Purpose::of_word(&row.purpose).ok_or_else(odd)?,
        name: row.name,
        content_type: row.content_type,
        length_bytes: row.length_bytes,
        bytes: row.bytes,
        sha256: row.sha256,
        state: MediaState::of_word(&row.state).ok_or_else(odd)?,
        fault: row.fault,
        size: row.width.zip(row.height),
        created_at: row.created_at,
        ready_at: row.ready_at,
    })
}

pub(super) async fn begin(work: &Work<'_>, media: &Media, expires_at: i64) -> Result<()> {
    let row = file::ActiveModel {
        id: Set(media.id),
        county_id: Set(media.county_id),
        account_id: Set(media.account_id),
        purpose: Set(media.purpose.word().to_owned()),
        name: Set(media.name.clone()),
        content_type: Set(None),
        length_bytes: Set(media.length_bytes),
        bytes: Set(0),
        sha256: Set(None),
        object_key: Set(folder(media)),
        state: Set(media.state.word().to_owned()),
        fault: Set(None),
        width: Set(None),
        height: Set(None),
        created_at: Set(media.created_at),
        ready_at: Set(None),
    };
    file::Entity::insert(row)
        .exec_without_returning(&work.tx)
        .await?;
    let row = upload::ActiveModel {
        id: Set(media.id),
        county_id: Set(media.county_id),
        object_key: Set(folder(media)),
        offset_bytes: Set(0),
        length_bytes: Set(media.length_bytes),
        hash_state: Set(Vec::new()),
        expires_at: Set(expires_at),
    };
    upload::Entity::insert(row)
        .exec_without_returning(&work.tx)
        .await?;
    Ok(())
}

pub(super) async fn media(
    db: &impl ConnectionTrait,
    reach: Reach,
    id: Uuid,
) -> Result<Option<Media>> {
    let row = visible(reach)
        .filter(file::Column::Id.eq(id))
        .one(db)
        .await?;
    row.map(media_of).transpose()
}

/// A ready file whose signed link was shown: the signature is what lets its bearer see it.
pub(super) async fn linked(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<Media>> {
    let row = file::Entity::find_by_id(id)
        .filter(file::Column::State.eq(MediaState::Ready.word()))
        .one(db)
        .await?;
    row.map(media_of).transpose()
}

pub(super) async fn list(
    db: &impl ConnectionTrait,
    reach: Reach,
    purpose: Option<Purpose>,
    page: &Page,
) -> Result<Vec<Media>> {
    let mut wanted = visible(reach)
        .order_by_asc(file::Column::Id)
        .limit(page.limit + 1);
    if let Some(purpose) = purpose {
        wanted = wanted.filter(file::Column::Purpose.eq(purpose.word()));
    }
    if let Some(after) = page.after {
        wanted = wanted.filter(file::Column::Id.gt(after));
    }
    let rows = wanted.all(db).await?;
    rows.into_iter().map(media_of).collect()
}

/// The upload of a file that its caller reaches; none once it is too old.
pub(super) async fn upload(
    db: &impl ConnectionTrait,
    id: Uuid,
    now: i64,
) -> Result<Option<Upload>> {
    let row = upload::Entity::find_by_id(id)
        .filter(upload::Column::ExpiresAt.gt(now))
        .one(db)
        .await?;
    Ok(row.map(|row| Upload {
        key: row.object_key,
        offset: row.offset_bytes,
        hash_state: row.hash_state,
        expires_at: row.expires_at,
    }))
}

/// A file's parts between two numbers, in order.
pub(super) async fn parts(
    db: &impl ConnectionTrait,
    id: Uuid,
    (first, last): (i32, i32),
) -> Result<Vec<Part>> {
    let rows = part::Entity::find()
        .filter(part::Column::MediaId.eq(id))
        .filter(part::Column::Number.between(first, last))
        .order_by_asc(part::Column::Number)
        .all(db)
        .await?;
    let each = rows.into_iter().map(|row| Part {
        number: row.number,
        key: row.object_key,
        bytes: row.bytes,
    });
    Ok(each.collect())
}

/// Moves an upload on, unless somebody else has: of two senders of the same piece one gets through.
pub(super) async fn advance(
    tx: &DatabaseTransaction,
    media: &Media,
    from: i64,
    to: &Upload,
) -> Result<()> {
    let moved = upload::Entity::update_many()
        .col_expr(upload::Column::OffsetBytes, to.offset.into())
        .col_expr(upload::Column::HashState, to.hash_state.clone().into())
        .col_expr(upload::Column::ExpiresAt, to.expires_at.into())
        .filter(upload::Column::Id.eq(media.id))
        .filter(upload::Column::CountyId.eq(media.county_id))
        .filter(upload::Column::OffsetBytes.eq(from))
        .filter(upload::Column::OffsetBytes.lt(media.length_bytes))
        .exec(tx)
        .await?;
    if moved.rows_affected == 1 {
        return Ok(());
    }
    let now = upload::Entity::find_by_id(media.id).one(tx).await?;
    let now = now.ok_or_else(Fault::not_found)?;
    Err(Fault::new(Code::UploadOffset).with("offset", now.offset_bytes))
}

/// Names the objects of these parts, in the place of shorter ones.
pub(super) async fn put_parts(
    tx: &DatabaseTransaction,
    media: &Media,
    parts: &[Part],
) -> Result<()> {
    let row = |kept: &Part| part::ActiveModel {
        media_id: Set(media.id),
        number: Set(kept.number),
        county_id: Set(media.county_id),
        object_key: Set(kept.key.clone()),
        bytes: Set(kept.bytes),
    };
    let same = [part::Column::MediaId, part::Column::Number];
    for some in parts.chunks(rows_per_statement(5)) {
        let longer = OnConflict::columns(same)
            .update_columns([part::Column::ObjectKey, part::Column::Bytes])
            .to_owned();
        part::Entity::insert_many(some.iter().map(row))
            .on_conflict(longer)
            .exec_without_returning(tx)
            .await?;
    }
    Ok(())
}

pub(super) async fn drop_parts(tx: &DatabaseTransaction, media: &Media) -> Result<()> {
    part::Entity::delete_many()
        .filter(part::Column::MediaId.eq(media.id))
        .filter(part::Column::CountyId.eq(media.county_id))
        .exec(tx)
        .await?;
    Ok(())
}

/// The file is whole and what it should be, or is not.
pub(super) async fn settle(
    work: &Work<'_>,
    media: &Media,
    judged: &Result<Judged, Code>,
) -> Result<()> {
    use file::Column as C;
    let update = match judged {
        Ok(judged) => file::Entity::update_many()
            .col_expr(C::State, MediaState::Ready.word().into())
            .col_expr(C::ContentType, judged.content_type.into())
            .col_expr(C::Bytes, judged.bytes.into())
            .col_expr(C::Sha256, judged.sha256.clone().into())
            .col_expr(C::Width, judged.size.map(|size| size.0).into())
            .col_expr(C::Height, judged.size.map(|size| size.1).into())
            .col_expr(C::ReadyAt, work.now.into()),
        Err(code) => file::Entity::update_many()
            .col_expr(C::State, MediaState::Refused.word().into())
            .col_expr(C::Fault, code.word().into()),
    };
    update
        .filter(C::Id.eq(media.id))
        .filter(C::CountyId.eq(media.county_id))
        .exec(&work.tx)
        .await?;
    Ok(())
}

/// Removes a file's rows; its objects are swept away after.
pub(super) async fn remove(work: &Work<'_>, media: &Media) -> Result<()> {
    drop_parts(&work.tx, media).await?;
    file::Entity::delete_many()
        .filter(file::Column::Id.eq(media.id))
        .filter(file::Column::CountyId.eq(media.county_id))
        .exec(&work.tx)
        .await?;
    let left = upload::ActiveModel {
        id: Set(media.id),
        county_id: Set(media.county_id),
        object_key: Set(folder(media)),
        offset_bytes: Set(media.length_bytes),
        length_bytes: Set(media.length_bytes),
        hash_state: Set(Vec::new()),
        expires_at: Set(work.now),
    };
    let over = OnConflict::column(upload::Column::Id)
        .update_columns([upload::Column::OffsetBytes, upload::Column::ExpiresAt])
        .to_owned();
    upload::Entity::insert(left)
        .on_conflict(over)
        .exec_without_returning(&work.tx)
        .await?;
    Ok(())
}

/// Some files whose objects are to be put in order by now.
pub(super) async fn due(db: &impl ConnectionTrait, now: i64, most: u64) -> Result<Vec<Due>> {
    let rows = upload::Entity::find()
        .filter(upload::Column::ExpiresAt.lte(now))
        .order_by_asc(upload::Column::ExpiresAt)
        .limit(most)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(due_of).collect())
}

/// One of them, however long it has.
pub(super) async fn due_one(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<Due>> {
    let row = upload::Entity::find_by_id(id).one(db).await?;
    Ok(row.map(due_of))
}

fn due_of(row: upload::Model) -> Due {
    Due {
        id: row.id,
        county_id: row.county_id,
        key: row.object_key,
    }
}

/// Forgets a file that never became whole; `false` when a piece came meanwhile and it goes on.
pub(super) async fn forget(tx: &DatabaseTransaction, due: &Due, now: i64) -> Result<bool> {
    // Takes the row first: no piece in flight moves on from here.
    let over = upload::Entity::update_many()
        .col_expr(
            upload::Column::OffsetBytes,
            Expr::col(upload::Column::LengthBytes),
        )
        .filter(upload::Column::Id.eq(due.id))
        .filter(upload::Column::ExpiresAt.lte(now))
        .exec(tx)
        .await?;
    if over.rows_affected == 0 {
        return Ok(false);
    }
    let gone = file::Entity::delete_many()
        .filter(file::Column::Id.eq(due.id))
        .filter(file::Column::CountyId.eq(due.county_id))
        .filter(file::Column::State.eq(MediaState::Uploading.word()))
        .exec(tx)
        .await?;
    if gone.rows_affected == 1 {
        part::Entity::delete_many()
            .filter(part::Column::MediaId.eq(due.id))
            .exec(tx)
            .await?;
    }
    Ok(true)
}

/// Files refused before a time: whoever handed one in has read why.
pub(super) async fn forget_refused(tx: &DatabaseTransaction, before: i64) -> Result<u64> {
    let gone = file::Entity::delete_many()
        .filter(file::Column::State.eq(MediaState::Refused.word()))
        .filter(file::Column::CreatedAt.lt(before))
        .exec(tx)
        .await?;
    Ok(gone.rows_affected)
}

/// The file's objects are in order.
pub(super) async fn swept(tx: &DatabaseTransaction, due: &Due, now: i64) -> Result<()> {
    upload::Entity::delete_many()
        .filter(upload::Column::Id.eq(due.id))
        .filter(upload::Column::ExpiresAt.lte(now))
        .exec(tx)
        .await?;
    Ok(())
}
