//! The status of every code in few bytes: the IETF Token Status List, as bits and as a signed CWT (状态列表).
//!
//! A status takes 1, 2, 4 or 8 bits, packed from the low end of each byte, the whole deflated with a zlib frame. Ours
//! take 2. A list is cut into shards of 2²⁰, so a verifier unpacks no more than a quarter of a megabyte at a time and
//! never more than it is told. Places are drawn at random, so a place tells nothing of when a code was issued.

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status as Stream};

use super::cbor::{Malformed, Read, Reader, Writer};
use super::cose::{self, BadKey, IssuerKey, Kind, Signed};
use super::tc1::LAST_SECOND;

/// Entries of a shard.
pub const SHARD: u32 = 1 << 20;
/// Bits of a status in the lists we sign.
pub const BITS: u8 = 2;

const SUB: i64 = 2;
const IAT: i64 = 6;
const STATUS_LIST: i64 = 65_533;

/// The status of a code.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Status {
    /// 有效
    #[default]
    Valid = 0,
    /// 已撤销
    Invalid = 1,
    /// 已暂停
    Suspended = 2,
    /// 已换新码: the value the draft leaves to applications.
    Superseded = 3,
}

impl Status {
    /// The status of a value in the list.
    #[must_use]
    pub const fn of(value: u8) -> Option<Self> {
        match value {
            0 => Some(Self::Valid),
            1 => Some(Self::Invalid),
            2 => Some(Self::Suspended),
            3 => Some(Self::Superseded),
            _ => None,
        }
    }
}

/// A list of statuses, unpacked to its bits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusList {
    bits: u8,
    packed: Vec<u8>,
}

impl StatusList {
    /// A list of so many entries, all 0. Nothing where a status has other than 1, 2, 4 or 8 bits.
    #[must_use]
    pub fn new(bits: u8, entries: u32) -> Option<Self> {
        let per_byte = per_byte(bits)?;
        let bytes = usize::try_from(entries.div_ceil(per_byte)).ok()?;
        Some(Self {
            bits,
            packed: vec![0; bytes],
        })
    }

    /// Bits of a status.
    #[must_use]
    pub const fn bits(&self) -> u8 {
        self.bits
    }

    /// How many entries it has room for.
    #[must_use]
    pub fn entries(&self) -> usize {
        self.packed.len() * 8 / usize::from(self.bits)
    }

    /// The byte of an entry, and how far up in it the entry stands.
    fn place(&self, index: u32) -> Option<(usize, u32)> {
        let per_byte = per_byte(self.bits)?;
        let byte = usize::try_from(index / per_byte).ok()?;
        Some((byte, index % per_byte * u32::from(self.bits)))
    }

    /// The entry's value; nothing beyond the end.
    #[must_use]
    pub fn get(&self, index: u32) -> Option<u8> {
        let (byte, shift) = self.place(index)?;
        let mask = u8::MAX >> (8 - self.bits);
        self.packed.get(byte).map(|byte| byte >> shift & mask)
    }

    /// Sets an entry; whether it is within the list and the value within its bits.
    #[must_use]
    pub fn set(&mut self, index: u32, value: u8) -> bool {
        let mask = u8::MAX >> (8 - self.bits);
        let place = self.place(index).filter(|_| value <= mask);
        let byte = place.and_then(|(byte, shift)| Some((self.packed.get_mut(byte)?, shift)));
        let Some((byte, shift)) = byte else {
            return false;
        };
        *byte = *byte & !(mask << shift) | value << shift;
        true
    }

    /// The list deflated, as `lst` holds it.
    #[must_use]
    pub fn deflate(&self) -> Vec<u8> {
        let mut deflate = Compress::new(Compression::best(), true);
        let mut out = Vec::with_capacity(self.packed.len() / 8 + 256);
        loop {
            let read = usize::try_from(deflate.total_in()).unwrap_or(usize::MAX);
            let rest = self.packed.get(read..).unwrap_or_default();
            match deflate.compress_vec(rest, &mut out, FlushCompress::Finish) {
                Ok(Stream::StreamEnd) | Err(_) => return out,
                Ok(_) => out.reserve(out.capacity().max(256)),
            }
        }
    }

    /// Unpacks a list of at most so many entries; what would unpack to more is refused before it takes their room.
    ///
    /// # Errors
    /// When it is no zlib stream, is cut short, has bytes after its end, or is longer.
    pub fn inflate(bits: u8, lst: &[u8], most: u32) -> Read<Self> {
        let mut list =
            Self::new(bits, most).ok_or(Malformed("statuses of a width that is none"))?;
        let mut inflate = Decompress::new(true);
        let ended = inflate
            .decompress(lst, &mut list.packed, FlushDecompress::Finish)
            .map_err(|_| Malformed("a status list that does not unpack"))?;
        let length = usize::try_from(inflate.total_out()).ok();
        if ended != Stream::StreamEnd {
            return Err(Malformed("a status list cut short or too long"));
        }
        if inflate.total_in() != lst.len() as u64 {
            return Err(Malformed("bytes after the end"));
        }
        list.packed.truncate(length.unwrap_or(0));
        Ok(list)
    }
}

fn per_byte(bits: u8) -> Option<u32> {
    matches!(bits, 1 | 2 | 4 | 8).then(|| 8 / u32::from(bits))
}

/// The lists of so many shards, from the places that are not plainly valid. A place beyond them is left out.
#[must_use]
pub fn shards(entries: impl IntoIterator<Item = (u32, Status)>, count: u32) -> Vec<StatusList> {
    let empty = (0..count).filter_map(|_| StatusList::new(BITS, SHARD));
    let mut lists: Vec<StatusList> = empty.collect();
    for (index, status) in entries {
        let shard = usize::try_from(index / SHARD).ok();
        if let Some(list) = shard.and_then(|shard| lists.get_mut(shard)) {
            // Within the shard and within two bits: it is always set.
            let _ = list.set(index % SHARD, status as u8);
        }
    }
    lists
}

/// What a shard is called in the token that signs it.
#[must_use]
pub fn subject(county: &str, shard: usize) -> String {
    format!("urn:anpei:status:{county}:{shard}")
}

/// A signed list, its signature not verified and its list not unpacked.
#[derive(Clone, Debug)]
pub struct Token<'a> {
    /// Signature and key.
    pub signed: Signed<'a>,
    /// What it is called: [`subject`].
    pub subject: &'a str,
    /// When it was signed, in seconds since 1970.
    pub issued: i64,
    /// Bits of a status.
    pub bits: u8,
    /// The deflated list.
    pub lst: &'a [u8],
}

/// Signs a list: a `statuslist+cwt` with the claims 2 (what it is called), 6 (issued) and 65533 (bits and list).
///
/// # Errors
/// When the provider cannot sign.
pub fn sign(
    subject: &str,
    issued: i64,
    list: &StatusList,
    key: &IssuerKey,
) -> Result<Vec<u8>, BadKey> {
    let lst = list.deflate();
    let mut writer = Writer::with_room(lst.len() + 80);
    writer.map(3).integer(SUB).text(subject);
    writer.integer(IAT).integer(issued);
    writer.integer(STATUS_LIST).map(2).text("lst").bytes(&lst);
    writer.text("bits").unsigned(list.bits.into());
    cose::sign(Kind::StatusList, &writer.done(), key)
}

/// Reads what [`sign`] writes.
///
/// # Errors
/// When it is not exactly that.
pub fn read(bytes: &[u8]) -> Read<Token<'_>> {
    let signed = cose::read(Kind::StatusList, bytes)?;
    let mut reader = Reader::new(signed.payload);
    let mut keys = reader.map()?;
    let (mut subject, mut issued, mut list) = (None, None, None);
    while let Some(label) = keys.next(&mut reader, Reader::integer)? {
        match label {
            SUB => subject = Some(reader.text()?),
            IAT => issued = Some(reader.integer()?),
            STATUS_LIST => list = Some(read_list(&mut reader)?),
            _ => return Err(Malformed("an unknown claim")),
        }
    }
    reader.end()?;
    let (bits, lst) = list.ok_or(Malformed("without a list"))?;
    let issued = issued.filter(|issued| (0..=LAST_SECOND).contains(issued));
    Ok(Token {
        signed,
        subject: subject.ok_or(Malformed("without a subject"))?,
        issued: issued.ok_or(Malformed("without an instant of issue"))?,
        bits,
        lst,
    })
}

fn read_list<'a>(reader: &mut Reader<'a>) -> Read<(u8, &'a [u8])> {
    let mut keys = reader.map()?;
    let (mut bits, mut lst) = (None, None);
    while let Some(name) = keys.next(reader, Reader::text)? {
        match name {
            "lst" => lst = Some(reader.bytes()?),
            "bits" => bits = u8::try_from(reader.unsigned()?).ok(),
            _ => return Err(Malformed("an unknown member of a list")),
        }
    }
    bits.zip(lst)
        .ok_or(Malformed("a list without bits or bytes"))
}
