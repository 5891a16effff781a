//! The credential: what the issuer signs about a person's certificates, 178 bytes with one certificate and a holder key.
//!
//! A `COSE_Sign1` whose payload is a CWT claims map (RFC 8392): 6 issued, 4 expires (only where it differs from the
//! latest valid-until), 7 the code's id, and one private claim, an array: format version, name, last four of the ID
//! number, certificates, place in the status list, and the holder's key if it is bound to one. The certificate's
//! number is not in it, nor a hash of it: the number is "T" and the ID number, and a bare hash of that is soon reversed.
//!
//! A certificate is `[item, valid until, training due]`, days since 1970 or null, and a fourth element `false` where
//! the issuer of the certificate has not been asked yet; they stand in the order of their items, each once.

use super::cbor::{Malformed, Read, Reader, Writer};
use super::cose::{self, BadKey, IssuerKey, Kid, Kind, PublicKey, SIGNATURE_BYTES};

/// The longest credential that is read.
pub const MOST_BYTES: usize = 1024;
/// The most certificates in one: more would not fit a code that can be scanned.
pub const MOST_ITEMS: usize = 32;
/// The longest name, in bytes of UTF-8.
pub const MOST_NAME_BYTES: usize = 120;
/// A compressed point on P-256.
pub const HOLDER_BYTES: usize = 33;
/// The end of the year 9999, in seconds and in days.
pub const LAST_SECOND: i64 = 253_402_300_799;
/// The last day of the year 9999.
pub const LAST_DAY: i32 = 2_932_896;

const EXP: i64 = 4;
const IAT: i64 = 6;
const CTI: i64 = 7;
/// The first label below those that are registered privately by range (RFC 8392, section 9.1: less than −65536).
const OURS: i64 = -65_537;
const FORMAT: u64 = 1;

/// What the issuer says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    /// The code's id, random.
    pub id: [u8; 16],
    /// When it was issued, in seconds since 1970.
    pub issued: i64,
    /// From when on it is not good any more whatever its certificates say, in seconds since 1970.
    pub expires: Option<i64>,
    /// The holder's name.
    pub name: String,
    /// The last four characters of his ID number.
    pub id_tail: String,
    /// His certificates, in ascending order of their items.
    pub items: Vec<Item>,
    /// Where its status stands in the list.
    pub status_index: u32,
    /// The holder's public key (P-256, compressed), if a phone is bound.
    pub holder: Option<[u8; HOLDER_BYTES]>,
}

/// A certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Item {
    /// The catalogue item: [`item_number`].
    pub number: u16,
    /// The last day on which it is good, in days since 1970; not known where there is none.
    pub valid_until: Option<i32>,
    /// The last day on which its training may still be done, in days since 1970; none is due where there is none.
    pub review_due: Option<i32>,
    /// Whether its issuer was asked and said yes.
    pub checked: bool,
}

/// The number of a catalogue item: catalogue × 256 + category × 16 + (item − 1).
///
/// `1.1` of catalogue 0 is 16, `9.16` is 159. Nothing where category or item is beyond 1–15 and 1–16.
#[must_use]
pub fn item_number(catalogue: u8, code: &str) -> Option<u16> {
    let (category, item) = code.split_once('.')?;
    let part = |text: &str, most: u16| {
        let plain = text.bytes().all(|c| c.is_ascii_digit()) && !text.starts_with('0');
        let value = text.parse().ok().filter(|_| plain)?;
        (1..=most).contains(&value).then_some(value)
    };
    let (category, item) = (part(category, 15)?, part(item, 16)?);
    Some(u16::from(catalogue) * 256 + category * 16 + (item - 1))
}

/// The catalogue and the code of an item's number.
#[must_use]
pub fn item_code(number: u16) -> (u8, String) {
    let [catalogue, item] = number.to_be_bytes();
    (catalogue, format!("{}.{}", item >> 4, (item & 15) + 1))
}

/// A credential that cannot be signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unsigned {
    /// Something in it is beyond what the format holds.
    #[error("the credential cannot be written: {0}")]
    Unfit(&'static str),
    /// The provider cannot sign.
    #[error(transparent)]
    Key(#[from] BadKey),
}

/// Signs a credential.
///
/// # Errors
/// When it breaks a bound of the format or the provider cannot sign.
pub fn sign(credential: &Credential, key: &IssuerKey) -> Result<Vec<u8>, Unsigned> {
    credential
        .fits()
        .map_err(|Malformed(why)| Unsigned::Unfit(why))?;
    let signed = cose::sign(Kind::Credential, &credential.payload(), key)?;
    if signed.len() > MOST_BYTES {
        return Err(Unsigned::Unfit("longer than a code may be"));
    }
    Ok(signed)
}

impl Credential {
    /// Whether a phone is bound to it, and it can be shown with a proof.
    #[must_use]
    pub const fn is_bound(&self) -> bool {
        self.holder.is_some()
    }

    /// The certificate for an item.
    #[must_use]
    pub fn item(&self, number: u16) -> Option<&Item> {
        self.items.iter().find(|item| item.number == number)
    }

    /// The bounds of the format, the same for writing and for reading.
    fn fits(&self) -> Read<()> {
        let second = |second: i64| (0..=LAST_SECOND).contains(&second);
        let day = |day: Option<i32>| day.is_none_or(|day| (0..=LAST_DAY).contains(&day));
        let tail = |c: u8| c.is_ascii_digit() || c.is_ascii_uppercase();
        if !second(self.issued) || !self.expires.is_none_or(second) {
            return Err(Malformed("an instant out of range"));
        }
        if self.expires.is_some_and(|expires| expires <= self.issued) {
            return Err(Malformed("expires before it is issued"));
        }
        if self.name.is_empty() || self.name.len() > MOST_NAME_BYTES {
            return Err(Malformed("no name, or one too long"));
        }
        if self.name.chars().any(char::is_control) {
            return Err(Malformed("a control character in the name"));
        }
        if self.id_tail.len() != 4 || !self.id_tail.bytes().all(tail) {
            return Err(Malformed("not four characters of an ID number"));
        }
        if self.items.is_empty() || self.items.len() > MOST_ITEMS {
            return Err(Malformed("no certificates, or too many"));
        }
        if !self
            .items
            .is_sorted_by(|one, next| one.number < next.number)
        {
            return Err(Malformed("certificates out of order or twice"));
        }
        if self.items.iter().any(|item| item.number % 256 < 16) {
            return Err(Malformed("an item of no category"));
        }
        if self
            .items
            .iter()
            .any(|item| !day(item.valid_until) || !day(item.review_due))
        {
            return Err(Malformed("a day out of range"));
        }
        if self.holder.is_some_and(|key| !matches!(key[0], 2 | 3)) {
            return Err(Malformed("a holder key that is not compressed"));
        }
        Ok(())
    }

    fn payload(&self) -> Vec<u8> {
        let mut writer = Writer::with_room(160);
        writer.map(3 + usize::from(self.expires.is_some()));
        if let Some(expires) = self.expires {
            writer.integer(EXP).integer(expires);
        }
        writer.integer(IAT).integer(self.issued);
        writer.integer(CTI).bytes(&self.id).integer(OURS);
        writer.array(5 + usize::from(self.is_bound()));
        writer.unsigned(FORMAT).text(&self.name).text(&self.id_tail);
        writer.array(self.items.len());
        for item in &self.items {
            writer.array(3 + usize::from(!item.checked));
            writer.unsigned(item.number.into());
            writer.nullable(item.valid_until.map(i64::from));
            writer.nullable(item.review_due.map(i64::from));
            if !item.checked {
                writer.boolean(false);
            }
        }
        writer.unsigned(self.status_index.into());
        if let Some(holder) = &self.holder {
            writer.bytes(holder);
        }
        writer.done()
    }
}

/// A credential read from bytes, its signature not verified yet.
#[derive(Clone, Debug)]
pub struct Parsed {
    /// Which key is said to have signed it.
    pub kid: Kid,
    /// What it says.
    pub credential: Credential,
    /// The bytes that are signed.
    pub message: Vec<u8>,
    /// Their signature.
    pub signature: [u8; SIGNATURE_BYTES],
}

impl Parsed {
    /// Whether this key signed it.
    #[must_use]
    pub fn verify(&self, key: &PublicKey) -> bool {
        key.verifies(&self.message, &self.signature)
    }
}

/// Reads a credential; nothing but what [`sign`] writes is taken.
///
/// # Errors
/// When it is not exactly that.
pub fn decode(bytes: &[u8]) -> Read<Parsed> {
    if bytes.len() > MOST_BYTES {
        return Err(Malformed("longer than a code may be"));
    }
    let signed = cose::read(Kind::Credential, bytes)?;
    let credential = read_claims(signed.payload)?;
    credential.fits()?;
    Ok(Parsed {
        kid: signed.kid,
        credential,
        message: signed.message(),
        signature: *signed.signature,
    })
}

fn read_claims(payload: &[u8]) -> Read<Credential> {
    let mut reader = Reader::new(payload);
    let mut keys = reader.map()?;
    let (mut expires, mut issued, mut id, mut ours) = (None, None, None, None);
    while let Some(label) = keys.next(&mut reader, Reader::integer)? {
        match label {
            EXP => expires = Some(reader.integer()?),
            IAT => issued = Some(reader.integer()?),
            CTI => id = Some(*reader.exactly()?),
            OURS => ours = Some(read_ours(&mut reader)?),
            _ => return Err(Malformed("an unknown claim")),
        }
    }
    reader.end()?;
    let credential = ours.ok_or(Malformed("without the claim of ours"))?;
    Ok(Credential {
        id: id.ok_or(Malformed("without an id"))?,
        issued: issued.ok_or(Malformed("without an instant of issue"))?,
        expires,
        ..credential
    })
}

/// The private claim, as a credential whose id and instants are still to come.
fn read_ours(reader: &mut Reader<'_>) -> Read<Credential> {
    let length = reader.array()?;
    if !matches!(length, 5 | 6) {
        return Err(Malformed("a claim of ours of another length"));
    }
    if reader.unsigned()? != FORMAT {
        return Err(Malformed("another version of the format"));
    }
    let (name, id_tail) = (reader.text()?, reader.text()?);
    let count = reader.array()?;
    let items = (0..count).map(|_| read_item(reader));
    Ok(Credential {
        id: [0; 16],
        issued: 0,
        expires: None,
        name: name.to_owned(),
        id_tail: id_tail.to_owned(),
        items: items.collect::<Read<_>>()?,
        status_index: u32::try_from(reader.unsigned()?)
            .map_err(|_| Malformed("a place beyond any list"))?,
        holder: (length == 6)
            .then(|| reader.exactly().copied())
            .transpose()?,
    })
}

fn read_item(reader: &mut Reader<'_>) -> Read<Item> {
    let length = reader.array()?;
    if !matches!(length, 3 | 4) {
        return Err(Malformed("a certificate of another length"));
    }
    let day = |reader: &mut Reader<'_>| {
        i32::try_from(reader.integer()?).map_err(|_| Malformed("a day out of range"))
    };
    let item = Item {
        number: u16::try_from(reader.unsigned()?).map_err(|_| Malformed("an item beyond any"))?,
        valid_until: reader.nullable(day)?,
        review_due: reader.nullable(day)?,
        checked: length == 3,
    };
    // True is said by leaving it out: one meaning, one writing.
    if length == 4 && reader.boolean()? {
        return Err(Malformed("true is left out"));
    }
    Ok(item)
}
