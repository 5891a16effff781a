//! Deterministic CBOR (RFC 8949, section 4.2.1), as little of it as the codes need, read strictly.
//!
//! Shortest form only, definite lengths only, map keys in ascending order and so never twice, text that is UTF-8, no
//! byte after the end. No floats, no tags but those asked for. Nothing is set aside by a length that is only told, and
//! nothing recurses: what is read is read by name.

/// Bytes that are not what they should be, with what is wrong in a few words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("malformed: {0}")]
pub struct Malformed(pub &'static str);

/// The outcome of reading.
pub type Read<T> = Result<T, Malformed>;

const UNSIGNED: u8 = 0;
const NEGATIVE: u8 = 1;
const BYTES: u8 = 2;
const TEXT: u8 = 3;
const ARRAY: u8 = 4;
const MAP: u8 = 5;
const TAG: u8 = 6;

const FALSE: u8 = 0xf4;
const TRUE: u8 = 0xf5;
const NULL: u8 = 0xf6;

/// Reads items one after the other.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Reads these bytes.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// When bytes are left.
    pub const fn end(self) -> Read<()> {
        if self.rest.is_empty() {
            Ok(())
        } else {
            Err(Malformed("bytes after the end"))
        }
    }

    fn take(&mut self, length: u64) -> Read<&'a [u8]> {
        let length = usize::try_from(length).map_err(|_| Malformed("cut short"))?;
        let (taken, rest) = self
            .rest
            .split_at_checked(length)
            .ok_or(Malformed("cut short"))?;
        self.rest = rest;
        Ok(taken)
    }

    /// An item's major type and argument, in the shortest form.
    fn head(&mut self) -> Read<(u8, u64)> {
        let (&first, rest) = self.rest.split_first().ok_or(Malformed("cut short"))?;
        self.rest = rest;
        let argument = match first & 0x1f {
            small @ 0..24 => u64::from(small),
            size @ 24..28 => {
                let width = 1_u64 << (size - 24);
                let argument = self
                    .take(width)?
                    .iter()
                    .fold(0, |sum, byte| sum << 8 | u64::from(*byte));
                // What a shorter form could hold must be in it: 24 in one byte, then whatever half the width holds.
                let least = if width == 1 { 24 } else { 1 << (width * 4) };
                if argument < least {
                    return Err(Malformed("not the shortest form"));
                }
                argument
            }
            28..31 => return Err(Malformed("a reserved length")),
            _ => return Err(Malformed("an indefinite length")),
        };
        Ok((first >> 5, argument))
    }

    fn of(&mut self, major: u8, else_wrong: &'static str) -> Read<u64> {
        match self.head()? {
            (found, argument) if found == major => Ok(argument),
            _ => Err(Malformed(else_wrong)),
        }
    }

    /// An unsigned integer.
    ///
    /// # Errors
    /// When it is not one.
    pub fn unsigned(&mut self) -> Read<u64> {
        self.of(UNSIGNED, "not an unsigned integer")
    }

    /// An integer.
    ///
    /// # Errors
    /// When it is not one, or beyond 64 bits with sign.
    pub fn integer(&mut self) -> Read<i64> {
        let (major, argument) = self.head()?;
        let value = i64::try_from(argument).map_err(|_| Malformed("an integer too large"))?;
        match major {
            UNSIGNED => Ok(value),
            NEGATIVE => Ok(-1 - value),
            _ => Err(Malformed("not an integer")),
        }
    }

    /// A byte string.
    ///
    /// # Errors
    /// When it is not one.
    pub fn bytes(&mut self) -> Read<&'a [u8]> {
        let length = self.of(BYTES, "not a byte string")?;
        self.take(length)
    }

    /// A byte string of a known length.
    ///
    /// # Errors
    /// When it is not one, or has another length.
    pub fn exactly<const N: usize>(&mut self) -> Read<&'a [u8; N]> {
        let bytes = self.bytes()?;
        bytes
            .try_into()
            .map_err(|_| Malformed("a byte string of the wrong length"))
    }

    /// A text.
    ///
    /// # Errors
    /// When it is not one, or not UTF-8.
    pub fn text(&mut self) -> Read<&'a str> {
        let length = self.of(TEXT, "not a text")?;
        let bytes = self.take(length)?;
        str::from_utf8(bytes).map_err(|_| Malformed("a text that is not UTF-8"))
    }

    /// The number of items of an array, which follow.
    ///
    /// # Errors
    /// When it is not one, or longer than the bytes left.
    pub fn array(&mut self) -> Read<usize> {
        let length = self.of(ARRAY, "not an array")?;
        self.possible(length)
    }

    /// The keys of a map, which follow, each with its value.
    ///
    /// # Errors
    /// When it is not one, or longer than the bytes left.
    pub fn map(&mut self) -> Read<Keys<'a>> {
        let length = self.of(MAP, "not a map")?;
        Ok(Keys {
            left: self.possible(length)?,
            last: &[],
        })
    }

    /// A number of items; each takes a byte at least.
    fn possible(&self, length: u64) -> Read<usize> {
        usize::try_from(length)
            .ok()
            .filter(|length| *length <= self.rest.len())
            .ok_or(Malformed("cut short"))
    }

    /// A tag of this number.
    ///
    /// # Errors
    /// When another item stands here.
    pub fn tag(&mut self, number: u64) -> Read<()> {
        match self.head()? {
            (TAG, found) if found == number => Ok(()),
            _ => Err(Malformed("another tag")),
        }
    }

    /// True or false.
    ///
    /// # Errors
    /// When it is neither.
    pub fn boolean(&mut self) -> Read<bool> {
        match self.take(1)? {
            [FALSE] => Ok(false),
            [TRUE] => Ok(true),
            _ => Err(Malformed("neither true nor false")),
        }
    }

    /// What `read` finds, or nothing where null stands.
    ///
    /// # Errors
    /// As `read`.
    pub fn nullable<T>(&mut self, read: impl FnOnce(&mut Self) -> Read<T>) -> Read<Option<T>> {
        if let Some((&NULL, rest)) = self.rest.split_first() {
            self.rest = rest;
            return Ok(None);
        }
        read(self).map(Some)
    }
}

/// The keys of a map in their order.
#[derive(Debug)]
pub struct Keys<'a> {
    left: usize,
    last: &'a [u8],
}

impl<'a> Keys<'a> {
    /// The next key, read by `read`; its value comes next. Nothing when the map is at its end.
    ///
    /// # Errors
    /// As `read`; when the key does not stand after the last one, so also when it is there twice.
    pub fn next<T>(
        &mut self,
        reader: &mut Reader<'a>,
        read: impl FnOnce(&mut Reader<'a>) -> Read<T>,
    ) -> Read<Option<T>> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        let before = reader.rest;
        let key = read(reader)?;
        let written = &before[..before.len() - reader.rest.len()];
        if written <= self.last {
            return Err(Malformed("keys out of order or twice"));
        }
        self.last = written;
        Ok(Some(key))
    }
}

/// Writes items one after the other, each in its shortest form. Maps are the caller's: keys in ascending order.
#[derive(Clone, Debug, Default)]
pub struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    /// A writer with room for so many bytes.
    #[must_use]
    pub fn with_room(bytes: usize) -> Self {
        Self {
            bytes: Vec::with_capacity(bytes),
        }
    }

    /// What was written.
    #[must_use]
    pub fn done(self) -> Vec<u8> {
        self.bytes
    }

    #[expect(
        clippy::cast_possible_truncation,
        reason = "each width is chosen to hold the argument"
    )]
    fn head(&mut self, major: u8, argument: u64) -> &mut Self {
        let major = major << 5;
        match argument {
            0..24 => self.bytes.push(major | argument as u8),
            24..0x100 => self.bytes.extend_from_slice(&[major | 24, argument as u8]),
            0x100..0x1_0000 => {
                self.bytes.push(major | 25);
                self.bytes
                    .extend_from_slice(&(argument as u16).to_be_bytes());
            }
            0x1_0000..0x1_0000_0000 => {
                self.bytes.push(major | 26);
                self.bytes
                    .extend_from_slice(&(argument as u32).to_be_bytes());
            }
            _ => {
                self.bytes.push(major | 27);
                self.bytes.extend_from_slice(&argument.to_be_bytes());
            }
        }
        self
    }

    /// An unsigned integer.
    pub fn unsigned(&mut self, value: u64) -> &mut Self {
        self.head(UNSIGNED, value)
    }

    /// An integer.
    pub fn integer(&mut self, value: i64) -> &mut Self {
        if value < 0 {
            self.head(NEGATIVE, (-1 - value).unsigned_abs())
        } else {
            self.head(UNSIGNED, value.unsigned_abs())
        }
    }

    /// A byte string.
    pub fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.head(BYTES, bytes.len() as u64);
        self.bytes.extend_from_slice(bytes);
        self
    }

    /// A text.
    pub fn text(&mut self, text: &str) -> &mut Self {
        self.head(TEXT, text.len() as u64);
        self.bytes.extend_from_slice(text.as_bytes());
        self
    }

    /// The head of an array of so many items.
    pub fn array(&mut self, items: usize) -> &mut Self {
        self.head(ARRAY, items as u64)
    }

    /// The head of a map of so many pairs.
    pub fn map(&mut self, pairs: usize) -> &mut Self {
        self.head(MAP, pairs as u64)
    }

    /// A tag.
    pub fn tag(&mut self, number: u64) -> &mut Self {
        self.head(TAG, number)
    }

    /// True or false.
    pub fn boolean(&mut self, value: bool) -> &mut Self {
        self.bytes.push(if value { TRUE } else { FALSE });
        self
    }

    /// An integer, or null.
    pub fn nullable(&mut self, value: Option<i64>) -> &mut Self {
        if let Some(value) = value {
            return self.integer(value);
        }
        self.bytes.push(NULL);
        self
    }
}
