//! The code on the wall: which class, in or out, and the 12 seconds it stood there, signed by the server.
//!
//! Its letters are those of a QR code's alphanumeric mode, so that it stays small enough for a bad camera.

use uuid::Uuid;

use super::rules::Direction;
use crate::platform::Result;
use crate::platform::seal::{SHORT_BYTES, Seal};

const HEAD: &str = "AC1:";
const PURPOSE: &str = "class check-in";
/// Key id, class, direction, step.
const BODY_BYTES: usize = 1 + 16 + 1 + 8;

/// What a code says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shown {
    pub(super) class_id: Uuid,
    pub(super) direction: Direction,
    pub(super) step: i64,
}

/// Signs a code.
pub(super) fn sign(seal: &Seal, shown: Shown) -> Result<String> {
    let content = content(shown);
    let (key, signature) = seal.sign_short(&purpose(shown.class_id), &content)?;
    let mut bytes = vec![key];
    bytes.extend_from_slice(&content);
    bytes.extend_from_slice(&signature);
    Ok(format!("{HEAD}{}", hex::encode_upper(bytes)))
}

/// Reads a code; none when it is not one of ours, whatever was changed in it.
pub(super) fn read(seal: &Seal, text: &str) -> Option<Shown> {
    let mut bytes = [0; BODY_BYTES + SHORT_BYTES];
    hex::decode_to_slice(text.trim().strip_prefix(HEAD)?, &mut bytes).ok()?;
    let (body, signature) = bytes.split_at(BODY_BYTES);
    let (key, content) = body.split_first()?;
    let class_id = Uuid::from_slice(content.get(..16)?).ok()?;
    let direction = match content.get(16)? {
        0 => Direction::In,
        1 => Direction::Out,
        _ => return None,
    };
    let step = i64::from_be_bytes(content.get(17..)?.try_into().ok()?);
    seal.signed_short(*key, &purpose(class_id), content, signature)
        .then_some(Shown {
            class_id,
            direction,
            step,
        })
}

/// A key for each class: what one class's screen shows says nothing of another's.
fn purpose(class_id: Uuid) -> String {
    format!("{PURPOSE} {class_id}")
}

fn content(shown: Shown) -> Vec<u8> {
    let mut bytes = shown.class_id.as_bytes().to_vec();
    bytes.push(u8::from(shown.direction == Direction::Out));
    bytes.extend_from_slice(&shown.step.to_be_bytes());
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_reads_back_and_any_change_makes_it_none() {
        let folder = tempfile::tempdir().unwrap();
        let seal = Seal::load_or_create(folder.path()).unwrap();
        let shown = Shown {
            class_id: Uuid::from_u128(7),
            direction: Direction::Out,
            step: 132_000_000,
        };
        let text = sign(&seal, shown).unwrap();
        assert_eq!(read(&seal, &text), Some(shown));
        assert_eq!(read(&seal, &format!(" {text}\n")), Some(shown));
        let letters: Vec<char> = text.chars().collect();
        for place in 0..letters.len() {
            let mut changed = letters.clone();
            changed[place] = if changed[place] == '0' { '1' } else { '0' };
            let changed: String = changed.into_iter().collect();
            assert_eq!(read(&seal, &changed), None, "letter {place}");
        }
        for text in [
            "",
            "AC1:",
            "AC1:00",
            "https://example.com",
            &text[..text.len() - 2],
        ] {
            assert_eq!(read(&seal, text), None);
        }
        let elsewhere = tempfile::tempdir().unwrap();
        let other = Seal::load_or_create(elsewhere.path()).unwrap();
        assert_eq!(read(&other, &text), None, "another server's");
    }
}
