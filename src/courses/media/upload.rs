//! Taking a piece of a file (续传): stored part by part as it comes, and with the last byte judged.
//!
//! A piece without a checksum is kept as far as it came, also when its sender is cut off; one with a checksum is kept
//! whole or not at all. Memory holds one part.

use aws_lc_rs::digest;
use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use serde_json::json;
use sha2::digest::common::hazmat::SerializableState;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::rules::{self, Algorithm, Checksum, MediaState, PART_BYTES, PICTURE, Purpose};
use super::store::{self, Judged, Part, Upload};
use super::{Arrived, Media, kept_until, reach, refusal_args, sweep};
use crate::platform::pictures::{self, NoPicture};
use crate::platform::{Caller, Code, Fault, Result, State, clock, seal};
use crate::{audit, sheets};

/// Bytes by which a file is told.
const HEAD: u64 = 64;
const PART: usize = 4 << 20;

/// What is told with a piece.
#[derive(Clone, Debug)]
pub struct Chunk {
    /// Where it begins.
    pub offset: i64,
    pub checksum: Option<Checksum>,
}

/// Takes a piece.
///
/// # Errors
/// `forbidden`, `not_found`, `upload_not_open`, `upload_offset`, `upload_overrun`, `checksum_mismatch`; with the last
/// byte what is wrong with the file; `bad_request` when the sender was cut off.
pub async fn append<E: std::fmt::Display>(
    state: &State,
    by: &Caller,
    id: Uuid,
    chunk: Chunk,
    body: impl Stream<Item = std::result::Result<Bytes, E>> + Send,
) -> Result<Arrived> {
    let mut taking = Taking::begin(state, by, id, &chunk).await?;
    let mut body = std::pin::pin!(body);
    while let Some(bytes) = body.next().await {
        match bytes {
            Ok(bytes) => {
                if let Err(fault) = taking.feed(&bytes).await {
                    taking.give_up().await;
                    return Err(fault);
                }
            }
            Err(error) => {
                taking.cut_off().await?;
                let reason = error.to_string();
                return Err(Fault::new(Code::BadRequest).with("reason", reason));
            }
        }
    }
    taking.end(chunk.checksum.as_ref()).await
}

/// A piece being taken.
struct Taking<'a> {
    state: &'a State,
    by: &'a Caller,
    media: Media,
    key: String,
    /// What the database holds of it.
    kept: i64,
    /// The bytes of the part being filled, those kept before among them.
    filling: Vec<u8>,
    /// Where that part begins.
    begins: u64,
    /// Bytes of it that an object holds already.
    stored: usize,
    hash: Sha256,
    /// The piece's own hash, where one was told; then nothing is kept before its end.
    own: Option<digest::Context>,
    /// Objects written and not yet named.
    parts: Vec<Part>,
    /// Objects that longer ones stand in for.
    replaced: Option<String>,
    expires_at: i64,
}

impl<'a> Taking<'a> {
    async fn begin(state: &'a State, by: &'a Caller, id: Uuid, chunk: &Chunk) -> Result<Self> {
        let media = store::media(state.db.read(), reach(by)?, id).await?;
        let media = media.ok_or_else(Fault::not_found)?;
        if media.state != MediaState::Uploading {
            return Err(Fault::new(Code::UploadNotOpen));
        }
        let upload = store::upload(state.db.read(), id, state.clock.now()).await?;
        let upload = upload.ok_or_else(Fault::not_found)?;
        if upload.offset != chunk.offset {
            return Err(Fault::new(Code::UploadOffset).with("offset", upload.offset));
        }
        let own = chunk.checksum.as_ref().map(|sum| match sum.algorithm {
            Algorithm::Sha1 => digest::Context::new(&digest::SHA1_FOR_LEGACY_USE_ONLY),
            Algorithm::Sha256 => digest::Context::new(&digest::SHA256),
        });
        let offset = unsigned(upload.offset)?;
        let begins = offset - offset % PART_BYTES;
        let mut taking = Self {
            state,
            by,
            media,
            key: upload.key,
            kept: upload.offset,
            filling: Vec::new(),
            begins,
            stored: 0,
            hash: hash_of(&upload.hash_state)?,
            own,
            parts: Vec::new(),
            replaced: None,
            expires_at: upload.expires_at,
        };
        taking.take_up(offset - begins).await?;
        Ok(taking)
    }

    /// Reads the last part back where it is not full: parts of one length need no list to be found by.
    async fn take_up(&mut self, bytes: u64) -> Result<()> {
        if bytes == 0 {
            return Ok(());
        }
        let number = rules::parts_of(&(self.begins..self.begins + 1)).0;
        let parts = store::parts(self.state.db.read(), self.media.id, (number, number)).await?;
        let part = parts.into_iter().next();
        let part = part.ok_or_else(|| Fault::internal("a part is missing"))?;
        let there = self.state.objects.read(&part.key, 0..bytes).await?;
        self.stored = there.len();
        self.filling = there.into();
        self.replaced = Some(part.key);
        Ok(())
    }

    /// How far the upload is with what is in memory.
    fn offset(&self) -> u64 {
        self.begins + self.filling.len() as u64
    }

    fn length(&self) -> Result<u64> {
        unsigned(self.media.length_bytes)
    }

    async fn feed(&mut self, bytes: &[u8]) -> Result<()> {
        let length = self.length()?;
        if self.offset() + bytes.len() as u64 > length {
            return Err(Fault::new(Code::UploadOverrun).with("length", length));
        }
        let mut rest = bytes;
        while !rest.is_empty() {
            let room = (PART - self.filling.len()).min(rest.len());
            let (now, later) = rest.split_at(room);
            self.filling.extend_from_slice(now);
            self.hash_in(now);
            rest = later;
            if self.filling.len() == PART {
                self.store_part().await?;
                if self.own.is_none() && self.offset() < length {
                    self.keep().await?;
                }
            }
        }
        Ok(())
    }

    fn hash_in(&mut self, bytes: &[u8]) {
        Digest::update(&mut self.hash, bytes);
        if let Some(own) = &mut self.own {
            own.update(bytes);
        }
    }

    /// Writes the part being filled as an object.
    async fn store_part(&mut self) -> Result<()> {
        if self.filling.len() == self.stored {
            return Ok(());
        }
        let full = self.filling.len() == PART;
        let bytes: Bytes = if full {
            std::mem::take(&mut self.filling).into()
        } else {
            Bytes::copy_from_slice(&self.filling)
        };
        let part = Part {
            number: rules::parts_of(&(self.begins..self.begins + 1)).0,
            key: format!("{}/{}", self.key, clock::new_id()),
            bytes: signed(bytes.len() as u64)?,
        };
        self.stored = bytes.len();
        if full {
            self.begins += PART_BYTES;
            self.stored = 0;
        }
        // Noted first: an object that was perhaps written is one to remove.
        let key = part.key.clone();
        self.parts.push(part);
        self.state.objects.put(&key, bytes).await
    }

    /// What the rows are to say of the upload now.
    fn standing(&self) -> Result<Upload> {
        Ok(Upload {
            key: self.key.clone(),
            offset: signed(self.offset())?,
            hash_state: self.hash.serialize().to_vec(),
            expires_at: kept_until(self.state.clock.now()),
        })
    }

    /// Notes what was stored so far.
    async fn keep(&mut self) -> Result<()> {
        let to = self.standing()?;
        let tx = self.state.db.begin_write().await?;
        store::advance(&tx, &self.media, self.kept, &to).await?;
        store::put_parts(&tx, &self.media, &self.parts).await?;
        tx.commit().await?;
        self.parts.clear();
        self.kept = to.offset;
        self.expires_at = to.expires_at;
        if let Some(key) = self.replaced.take() {
            self.drop_object(&key).await;
        }
        Ok(())
    }

    /// Keeps what came of a piece whose sender was cut off.
    async fn cut_off(&mut self) -> Result<()> {
        // A file whose last byte came, and not its end, is judged when that part is sent again.
        let goes_on = self.offset() < self.length()? && signed(self.offset())? > self.kept;
        if self.own.is_some() || !goes_on {
            self.give_up().await;
            return Ok(());
        }
        self.store_part().await?;
        self.keep().await
    }

    /// Removes what nothing names.
    async fn give_up(&mut self) {
        for part in std::mem::take(&mut self.parts) {
            self.drop_object(&part.key).await;
        }
    }

    async fn drop_object(&self, key: &str) {
        if let Err(fault) = self.state.objects.remove(key).await {
            tracing::warn!(%fault, "an object that nothing names is removed later");
        }
    }

    async fn end(mut self, told: Option<&Checksum>) -> Result<Arrived> {
        if let (Some(own), Some(told)) = (self.own.take(), told)
            && own.finish().as_ref() != told.value
        {
            self.give_up().await;
            return Err(Fault::new(Code::ChecksumMismatch));
        }
        let ended = self.noted().await;
        if ended.is_err() {
            self.give_up().await;
        }
        ended
    }

    async fn noted(&mut self) -> Result<Arrived> {
        self.store_part().await?;
        let offset = signed(self.offset())?;
        let whole = offset == self.media.length_bytes;
        if whole {
            self.settle().await?;
        } else if offset > self.kept {
            self.keep().await?;
        }
        Ok(Arrived {
            offset,
            length: self.media.length_bytes,
            expires_at: (!whole).then_some(self.expires_at),
        })
    }

    /// All bytes are there: judges the file, and notes the last piece and the verdict together.
    async fn settle(&mut self) -> Result<()> {
        let judged = self.judge().await?;
        let work = self.state.begin_plain(self.by).await?;
        let to = Upload {
            // Its objects are to be put in order now.
            expires_at: work.now,
            ..self.standing()?
        };
        store::advance(&work.tx, &self.media, self.kept, &to).await?;
        if judged.is_err() || self.media.purpose == Purpose::Picture {
            store::drop_parts(&work.tx, &self.media).await?;
        }
        if judged.is_ok() {
            store::put_parts(&work.tx, &self.media, &self.parts).await?;
        }
        store::settle(&work, &self.media, &judged).await?;
        let (did, fault) = match &judged {
            Ok(_) => ("courses.add_media", None),
            Err(code) => ("courses.refuse_media", Some(code.word())),
        };
        let of = ("media_file", self.media.id.to_string());
        let detail = json!({"purpose": self.media.purpose, "fault": fault});
        audit::record(&work, did, of, detail).await?;
        work.commit(&()).await?;
        self.parts.clear();
        sweep::soon(self.state, self.media.id).await;
        judged.map(|_| ()).map_err(said)
    }

    /// What the file is by its content.
    async fn judge(&mut self) -> Result<Result<Judged, Code>> {
        if self.media.purpose == Purpose::Picture {
            return self.redraw().await;
        }
        let first = self.all_parts().await?.into_iter().next();
        let first = first.ok_or_else(|| Fault::internal("a part is missing"))?;
        let end = HEAD.min(unsigned(first.bytes)?);
        let head = self.state.objects.read(&first.key, 0..end).await?;
        let sha256 = self.hash.clone().finalize().to_vec();
        Ok(
            rules::sniffed(self.media.purpose, &head).map(|content_type| Judged {
                content_type,
                bytes: self.media.length_bytes,
                sha256,
                size: None,
            }),
        )
    }

    /// The parts as they will be: those noted, and those of this piece over them.
    async fn all_parts(&self) -> Result<Vec<Part>> {
        let all = rules::parts_of(&(0..self.length()?));
        let noted = store::parts(self.state.db.read(), self.media.id, all).await?;
        let each = noted.into_iter().chain(self.parts.iter().cloned());
        let by_number: std::collections::BTreeMap<_, _> =
            each.map(|part| (part.number, part)).collect();
        Ok(by_number.into_values().collect())
    }

    /// Decodes a picture and writes it anew; what came in is kept nowhere.
    async fn redraw(&mut self) -> Result<Result<Judged, Code>> {
        let mut whole = Vec::with_capacity(usize::try_from(self.length()?).unwrap_or_default());
        for part in self.all_parts().await? {
            let range = 0..unsigned(part.bytes)?;
            whole.extend_from_slice(&self.state.objects.read(&part.key, range).await?);
        }
        let draw = move || Ok::<_, Fault>(redrawn(&whole));
        let (jpeg, size) = match sheets::off_thread(draw).await? {
            Ok(drawn) => drawn,
            Err(code) => return Ok(Err(code)),
        };
        self.give_up().await;
        for (number, bytes) in (0..).zip(jpeg.chunks(PART)) {
            let key = format!("{}/{}", self.key, clock::new_id());
            self.parts.push(Part {
                number,
                key: key.clone(),
                bytes: signed(bytes.len() as u64)?,
            });
            let bytes = Bytes::copy_from_slice(bytes);
            self.state.objects.put(&key, bytes).await?;
        }
        Ok(Ok(Judged {
            content_type: "image/jpeg",
            bytes: signed(jpeg.len() as u64)?,
            sha256: seal::sha256(&jpeg),
            size: Some(size),
        }))
    }
}

/// A picture as it is kept, with its width and height.
fn redrawn(bytes: &[u8]) -> Result<(Vec<u8>, (i32, i32)), Code> {
    let draw = || {
        let paper = pictures::on_white(&pictures::read(bytes, PICTURE)?);
        let side = |pixels: u32| i32::try_from(pixels).unwrap_or(i32::MAX);
        let size = (side(paper.width()), side(paper.height()));
        Ok((pictures::jpeg(&paper)?, size))
    };
    draw().map_err(|error| match error {
        NoPicture::Unreadable => Code::MediaNotPicture,
        NoPicture::TooLarge => Code::PictureTooLarge,
    })
}

fn said(code: Code) -> Fault {
    Fault {
        args: refusal_args().into(),
        ..Fault::new(code)
    }
}

fn hash_of(state: &[u8]) -> Result<Sha256> {
    if state.is_empty() {
        return Ok(Sha256::new());
    }
    let odd = || Fault::internal("a kept hash is odd");
    let state = state.try_into().map_err(|_| odd())?;
    Sha256::deserialize(&state).map_err(|_| odd())
}

fn signed(bytes: u64) -> Result<i64> {
    i64::try_from(bytes).map_err(|_| Fault::internal("too many bytes"))
}

fn unsigned(bytes: i64) -> Result<u64> {
    u64::try_from(bytes).map_err(|_| Fault::internal("fewer than no bytes"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_goes_on_where_it_was_kept() {
        let bytes: Vec<u8> = (0..1_000_u32).map(|n| (n % 256) as u8).collect();
        for place in [0, 1, 63, 64, 65, 128, 999, 1_000] {
            let mut first = hash_of(&[]).unwrap();
            Digest::update(&mut first, &bytes[..place]);
            let mut then = hash_of(&first.serialize()).unwrap();
            Digest::update(&mut then, &bytes[place..]);
            assert_eq!(then.finalize().to_vec(), seal::sha256(&bytes), "{place}");
        }
        assert!(hash_of(&[1, 2, 3]).is_err());
    }
}
