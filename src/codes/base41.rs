//! Base41: bytes as characters that a QR code holds in its alphanumeric mode and a URL's fragment takes unchanged.
//!
//! Two bytes become three characters, least significant first as in base45 (RFC 9285); an odd last byte becomes two.

/// The characters in the order of their values. Base45 has four more (space, `%`, `.`, `/`), unsafe in a URL.
pub const ALPHABET: &[u8; 41] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ$*+-:";

/// No character of the alphabet.
const NONE: u8 = u8::MAX;

/// The value of each byte that is a character of the alphabet.
const VALUES: [u8; 256] = {
    let mut values = [NONE; 256];
    let mut value = 0;
    while value < ALPHABET.len() {
        values[ALPHABET[value] as usize] = value as u8;
        value += 1;
    }
    values
};

/// Bytes as text.
#[must_use]
pub fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(2) * 3);
    let mut push = |value: u16| text.push(char::from(ALPHABET[usize::from(value % 41)]));
    for pair in bytes.chunks(2) {
        match *pair {
            [high, low] => {
                let value = u16::from_be_bytes([high, low]);
                push(value);
                push(value / 41);
                push(value / 1681);
            }
            [last] => {
                push(u16::from(last));
                push(u16::from(last) / 41);
            }
            _ => {}
        }
    }
    text
}

/// Text as bytes; nothing but what [`encode`] writes is taken: no other character, no value too large, no odd length.
#[must_use]
pub fn decode(text: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 3 * 2 + 1);
    let value = |c: u8| {
        Some(VALUES[usize::from(c)])
            .filter(|v| *v != NONE)
            .map(u32::from)
    };
    for group in text.chunks(3) {
        match *group {
            [first, second, third] => {
                let whole = value(first)? + 41 * value(second)? + 1681 * value(third)?;
                bytes.extend_from_slice(&u16::try_from(whole).ok()?.to_be_bytes());
            }
            [first, second] => bytes.push(u8::try_from(value(first)? + 41 * value(second)?).ok()?),
            _ => return None,
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pair_and_every_odd_byte_comes_back() {
        for pair in 0..=u16::MAX {
            let bytes = pair.to_be_bytes();
            let text = encode(&bytes);
            assert_eq!(text.len(), 3);
            assert_eq!(decode(text.as_bytes()).unwrap(), bytes);
        }
        for byte in 0..=u8::MAX {
            let text = encode(&[byte]);
            assert_eq!(text.len(), 2);
            assert_eq!(decode(text.as_bytes()).unwrap(), [byte]);
        }
        assert_eq!(encode(b""), "");
        assert_eq!(encode(b"TC1"), "5YC81");
    }

    #[test]
    fn what_encode_never_writes_is_refused() {
        let largest = encode(&[0xff, 0xff]);
        assert_eq!(largest, "H:+");
        for text in [
            "0", "0000", "I:+", "H:-", ":::", "::", "A6", "00a", "0 0", "00%", "00.", "00/", "0é",
        ] {
            assert_eq!(decode(text.as_bytes()), None, "{text}");
        }
        assert_eq!(decode(b"96").unwrap(), [255]);
    }

    #[test]
    fn a_text_has_one_reading_and_bytes_one_writing() {
        // Every text of three characters is refused or is what its bytes are written as.
        for a in ALPHABET {
            for b in ALPHABET {
                for c in ALPHABET {
                    let text = [*a, *b, *c];
                    if let Some(bytes) = decode(&text) {
                        assert_eq!(encode(&bytes).as_bytes(), text);
                    }
                }
            }
        }
    }
}
