//! What the phone shows: the credential, an instant, and the holder's signature over both (出示).
//!
//! A CBOR array `[credential, t, proof]`, with a fourth element where the verifier's challenge is answered. The proof is
//! ES256 (r and s, 32 bytes each) over `"TC1-pres" ‖ SHA-256(credential) ‖ t, 8 bytes big-endian ‖ the challenge's four
//! ASCII digits, if any`. As text it is a URL whose fragment holds the bytes in base41: a fragment is never sent to a
//! server, and whoever reads it takes any host and opens none.

mod holder;

use aws_lc_rs::digest::{SHA256, digest};

use super::base41;
use super::cbor::{Malformed, Read as Outcome, Reader, Writer};
use super::cose::SIGNATURE_BYTES;
use super::tc1::{self, HOLDER_BYTES, LAST_SECOND};

pub use holder::{claim_message, holder_key, signed, verify_claim};

/// The longest text that is read: a credential of the most bytes, its proof, and a host of the most characters.
pub const MOST_TEXT: usize = 2048;
/// The longest host name.
const MOST_HOST: usize = 253;
/// The first byte of a credential alone: CBOR tag 18.
const PAPER: u8 = 0xd2;
/// The greatest challenge.
const MOST_CHALLENGE: u64 = 9999;

/// Four digits as the verifier shows them, in ASCII.
pub type Challenge = [u8; 4];

/// What a phone shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Presentation {
    /// The credential's bytes.
    pub credential: Vec<u8>,
    /// The phone's clock when it signed, in seconds since 1970.
    pub t: i64,
    /// The holder's signature.
    pub proof: [u8; SIGNATURE_BYTES],
    /// The challenge it answers.
    pub challenge: Option<Challenge>,
}

/// What the proof signs.
#[must_use]
pub fn message(credential: &[u8], t: i64, challenge: Option<Challenge>) -> Vec<u8> {
    let mut message = Vec::with_capacity(52);
    message.extend_from_slice(b"TC1-pres");
    message.extend_from_slice(digest(&SHA256, credential).as_ref());
    message.extend_from_slice(&t.to_be_bytes());
    message.extend(challenge.into_iter().flatten());
    message
}

/// The digits of a challenge.
#[must_use]
pub fn digits(challenge: u16) -> Option<Challenge> {
    let digit = |place: u16| u8::try_from(challenge / place % 10).map(|digit| b'0' + digit);
    let all = [digit(1000), digit(100), digit(10), digit(1)].map(Result::ok);
    let [Some(a), Some(b), Some(c), Some(d)] = all else {
        return None;
    };
    (u64::from(challenge) <= MOST_CHALLENGE).then_some([a, b, c, d])
}

impl Presentation {
    /// Its bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::with_room(self.credential.len() + 80);
        writer.array(3 + usize::from(self.challenge.is_some()));
        writer
            .bytes(&self.credential)
            .integer(self.t)
            .bytes(&self.proof);
        if let Some(challenge) = self.challenge {
            let value = challenge
                .iter()
                .fold(0, |sum, digit| sum * 10 + u64::from(digit & 15));
            writer.unsigned(value);
        }
        writer.done()
    }

    /// Reads what [`Presentation::encode`] writes. Whether the credential is one is not looked at.
    ///
    /// # Errors
    /// When it is not exactly that.
    pub fn decode(bytes: &[u8]) -> Outcome<Self> {
        let mut reader = Reader::new(bytes);
        let length = reader.array()?;
        if !matches!(length, 3 | 4) {
            return Err(Malformed("a presentation of another length"));
        }
        let credential = reader.bytes()?;
        if credential.len() > tc1::MOST_BYTES {
            return Err(Malformed("longer than a code may be"));
        }
        let t = reader.integer()?;
        if !(0..=LAST_SECOND).contains(&t) {
            return Err(Malformed("an instant out of range"));
        }
        let proof = *reader.exactly()?;
        let challenge = match length {
            4 => Some(read_challenge(&mut reader)?),
            _ => None,
        };
        reader.end()?;
        Ok(Self {
            credential: credential.to_vec(),
            t,
            proof,
            challenge,
        })
    }

    /// Whether the holder's key signed it.
    #[must_use]
    pub fn is_by(&self, holder: &[u8; HOLDER_BYTES]) -> bool {
        let message = message(&self.credential, self.t, self.challenge);
        holder::signed(holder, &message, &self.proof)
    }

    /// By which a verifier knows it again: SHA-256 of the code's id, the instant, and the challenge's digits if any.
    #[must_use]
    pub fn memory(&self, id: &[u8; 16]) -> [u8; 32] {
        let mut bytes = Vec::with_capacity(28);
        bytes.extend_from_slice(id);
        bytes.extend_from_slice(&self.t.to_be_bytes());
        bytes.extend(self.challenge.into_iter().flatten());
        let mut key = [0; 32];
        let hash = digest(&SHA256, &bytes);
        key.iter_mut()
            .zip(hash.as_ref())
            .for_each(|(to, from)| *to = *from);
        key
    }
}

fn read_challenge(reader: &mut Reader<'_>) -> Outcome<Challenge> {
    let value = u16::try_from(reader.unsigned()?).ok();
    value
        .and_then(digits)
        .ok_or(Malformed("a challenge of more than four digits"))
}

/// The text of a presentation or of a credential alone, for a QR code.
#[must_use]
pub fn text(host: &str, bytes: &[u8]) -> String {
    let (start, fragment) = parts(host, bytes);
    format!("{start}#{fragment}")
}

/// What stands before the fragment, and the fragment: the QR code writes each in the mode that fits it.
#[must_use]
pub fn parts(host: &str, bytes: &[u8]) -> (String, String) {
    let start = format!("HTTPS://{}/V", host.to_ascii_uppercase());
    (start, base41::encode(bytes))
}

/// What a scanned text is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Read {
    /// A phone's screen.
    Presentation(Presentation),
    /// A credential alone, as it is printed.
    Paper(Vec<u8>),
    /// No code of ours.
    NotOurs,
    /// Written like a code of ours, but not whole.
    Damaged,
}

/// Takes a scanned text apart. Any host is taken, and none is opened; a text without one must be a whole code of ours.
#[must_use]
pub fn read_text(text: &str) -> Read {
    if text.len() > MOST_TEXT {
        return Read::NotOurs;
    }
    if let Some(fragment) = fragment(text) {
        return read_fragment(fragment).unwrap_or(Read::Damaged);
    }
    let whole = read_fragment(text).filter(|read| match read {
        Read::Presentation(shown) => tc1::decode(&shown.credential).is_ok(),
        Read::Paper(bytes) => tc1::decode(bytes).is_ok(),
        Read::NotOurs | Read::Damaged => false,
    });
    whole.unwrap_or(Read::NotOurs)
}

/// What follows `HTTPS://HOST/V#`, in any case.
fn fragment(text: &str) -> Option<&str> {
    let after = |start: &str| {
        let (head, rest) = text.split_at_checked(start.len())?;
        head.eq_ignore_ascii_case(start).then_some(rest)
    };
    let rest = after("https://").or_else(|| after("http://"))?;
    let (host, path) = rest.split_once('/')?;
    // A name, an address in brackets, a port: nothing that ends a host in a URL, or that hides another behind an `@`.
    let of_a_host = |c: u8| c.is_ascii_alphanumeric() || b"-._:[]".contains(&c);
    let good = !host.is_empty() && host.len() <= MOST_HOST && host.bytes().all(of_a_host);
    let (page, fragment) = path.split_once('#')?;
    (good && page.eq_ignore_ascii_case("v")).then_some(fragment)
}

fn read_fragment(fragment: &str) -> Option<Read> {
    let bytes = base41::decode(fragment.as_bytes())?;
    if bytes.first() == Some(&PAPER) {
        return Some(Read::Paper(bytes));
    }
    Presentation::decode(&bytes).ok().map(Read::Presentation)
}
