//! What a file may be, what it is by its content, and which bytes of it are asked for.

pub mod ranges;

use std::ops::Range;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use crate::platform::{Code, Fault, Result};

/// Bytes of a part, which is an object of its own; the last part may be shorter.
pub const PART_BYTES: u64 = 4 << 20;
/// Most bytes of one piece.
pub const MOST_CHUNK: usize = 64 << 20;
/// The widest and the highest a picture is kept, in pixels.
pub const PICTURE: (u32, u32) = (1_280, 4_096);
/// Most characters of a name.
const MOST_NAME: usize = 200;

/// What a file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// 视频
    Video,
    /// 文档
    Document,
    /// 图片
    Picture,
}

impl Purpose {
    pub const ALL: [Self; 3] = [Self::Video, Self::Document, Self::Picture];

    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Video => "video",
            Self::Document => "document",
            Self::Picture => "picture",
        }
    }

    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|purpose| purpose.word() == word)
    }

    /// Most megabytes of such a file.
    #[must_use]
    pub const fn most_mb(self) -> i64 {
        match self {
            Self::Video => 2_048,
            Self::Document => 50,
            Self::Picture => 10,
        }
    }
}

/// How a file stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MediaState {
    /// 上传中
    Uploading,
    /// 可用
    Ready,
    /// 已退回
    Refused,
}

impl MediaState {
    pub const ALL: [Self; 3] = [Self::Uploading, Self::Ready, Self::Refused];

    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Uploading => "uploading",
            Self::Ready => "ready",
            Self::Refused => "refused",
        }
    }

    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }
}

/// What is told of a file before it comes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Told {
    pub purpose: Purpose,
    pub name: String,
}

impl Told {
    /// Reads tus's `Upload-Metadata`: pairs of a word and base64, parted by commas.
    ///
    /// # Errors
    /// `invalid_field` without a purpose we know, or when it cannot be read.
    pub fn read(metadata: &str) -> Result<Self> {
        let wrong = |reason: &str| Fault::field("Upload-Metadata", reason);
        let (mut purpose, mut name) = (None, String::new());
        for pair in metadata.split(',').map(str::trim) {
            let (word, value) = pair.split_once(' ').unwrap_or((pair, ""));
            let value = STANDARD.decode(value.trim()).ok();
            let value = value.and_then(|bytes| String::from_utf8(bytes).ok());
            let value = value.ok_or_else(|| wrong("word base64, …"))?;
            match word {
                "purpose" => purpose = Purpose::of_word(&value),
                "filename" => name = shown(&value),
                _ => {}
            }
        }
        let purpose = purpose.ok_or_else(|| wrong("purpose: video | document | picture"))?;
        Ok(Self { purpose, name })
    }
}

/// A name as it may be shown: the last part of a path, without what cannot be printed.
fn shown(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let plain = last.chars().filter(|c| !c.is_control());
    plain.take(MOST_NAME).collect::<String>().trim().to_owned()
}

/// That a file of this purpose may have so many bytes.
///
/// # Errors
/// `file_too_large`, `invalid_field` for none at all.
pub fn check_length(purpose: Purpose, length: i64) -> Result<()> {
    if length < 1 {
        return Err(Fault::field("Upload-Length", "≥ 1"));
    }
    if length > purpose.most_mb() << 20 {
        return Err(Fault::new(Code::FileTooLarge).with("limit", purpose.most_mb()));
    }
    Ok(())
}

/// How a piece's checksum is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    Sha1,
    Sha256,
}

/// The checksum told with a piece.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checksum {
    pub algorithm: Algorithm,
    pub value: Vec<u8>,
}

impl Checksum {
    /// Reads tus's `Upload-Checksum`: an algorithm and base64.
    ///
    /// # Errors
    /// `bad_parameter`.
    pub fn read(text: &str) -> Result<Self> {
        let read = || {
            let (word, value) = text.split_once(' ')?;
            let (algorithm, length) = match word {
                "sha1" => (Algorithm::Sha1, 20),
                "sha256" => (Algorithm::Sha256, 32),
                _ => return None,
            };
            let value = STANDARD.decode(value).ok()?;
            (value.len() == length).then_some(Self { algorithm, value })
        };
        let wrong = || {
            Fault::new(Code::BadParameter)
                .with("field", "Upload-Checksum")
                .with("reason", "sha256 base64")
                .at("Upload-Checksum")
        };
        read().ok_or_else(wrong)
    }
}

/// What a video or a document is by its first bytes; a picture is told by decoding it.
///
/// # Errors
/// `media_not_video`, `media_not_document`.
pub fn sniffed(purpose: Purpose, head: &[u8]) -> Result<&'static str, Code> {
    match purpose {
        Purpose::Video if is_mp4(head) => Ok("video/mp4"),
        Purpose::Video => Err(Code::MediaNotVideo),
        Purpose::Document if head.starts_with(b"%PDF-") => Ok("application/pdf"),
        Purpose::Document => Err(Code::MediaNotDocument),
        Purpose::Picture => Ok("image/jpeg"),
    }
}

/// Whether a file begins with a `ftyp` box of an MP4 brand (ISO 14496-12): still pictures (HEIC, AVIF) and `QuickTime`
/// begin so too, with brands of their own.
fn is_mp4(head: &[u8]) -> bool {
    let Some((size, rest)) = head.split_first_chunk::<4>() else {
        return false;
    };
    let size = u32::from_be_bytes(*size);
    let brand = rest.strip_prefix(b"ftyp").and_then(|rest| rest.get(..4));
    let known = |brand: &[u8]| {
        matches!(
            brand,
            b"isom" | b"avc1" | b"mp41" | b"mp42" | b"M4V " | b"MSNV" | b"dash" | b"f4v "
        ) || brand.starts_with(b"iso")
            || brand.starts_with(b"3gp")
    };
    (16..=1_024).contains(&size) && brand.is_some_and(known)
}

/// The first and the last part that hold bytes of a range.
#[must_use]
pub fn parts_of(range: &Range<u64>) -> (i32, i32) {
    let number = |byte: u64| i32::try_from(byte / PART_BYTES).unwrap_or(i32::MAX);
    (number(range.start), number(range.end.saturating_sub(1)))
}

/// How a reader is told to save a file: shown where it can be, its name without what a header may not hold.
#[must_use]
pub fn disposition(name: &str, content_type: &str) -> String {
    let kind = match content_type {
        "video/mp4" => "mp4",
        "application/pdf" => "pdf",
        _ => "jpg",
    };
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let stem = if stem.is_empty() { "file" } else { stem };
    let encoded: String = format!("{stem}.{kind}")
        .bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect();
    format!("inline; filename=\"file.{kind}\"; filename*=UTF-8''{encoded}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_before_it_comes() {
        let told = |purpose, name: &str| {
            Some(Told {
                purpose,
                name: name.to_owned(),
            })
        };
        let pair = |word: &str, value: &str| format!("{word} {}", STANDARD.encode(value));
        let both =
            |purpose, name| format!("{},{}", pair("purpose", purpose), pair("filename", name));
        for (text, expected) in [
            (
                both("video", "第一课.mp4"),
                told(Purpose::Video, "第一课.mp4"),
            ),
            (
                both("document", "C:\\a\\b.pdf"),
                told(Purpose::Document, "b.pdf"),
            ),
            (
                both("picture", "../../etc/x\r\ny"),
                told(Purpose::Picture, "xy"),
            ),
            (pair("purpose", "video"), told(Purpose::Video, "")),
            (
                format!("{}, empty", pair("purpose", "video")),
                told(Purpose::Video, ""),
            ),
            (pair("purpose", "program"), None),
            (pair("filename", "a.mp4"), None),
            (String::new(), None),
            ("purpose video".to_owned(), None),
        ] {
            assert_eq!(Told::read(&text).ok(), expected, "{text}");
        }
        let long = both("video", &"长".repeat(500));
        assert_eq!(Told::read(&long).unwrap().name.chars().count(), MOST_NAME);
    }

    #[test]
    fn each_purpose_has_its_bounds() {
        for (purpose, length, code) in [
            (Purpose::Video, 1, None),
            (Purpose::Video, 2 << 30, None),
            (Purpose::Video, (2 << 30) + 1, Some(Code::FileTooLarge)),
            (Purpose::Document, 50 << 20, None),
            (Purpose::Document, (50 << 20) + 1, Some(Code::FileTooLarge)),
            (Purpose::Picture, (10 << 20) + 1, Some(Code::FileTooLarge)),
            (Purpose::Picture, 0, Some(Code::InvalidField)),
            (Purpose::Picture, -1, Some(Code::InvalidField)),
            (Purpose::Video, i64::MAX, Some(Code::FileTooLarge)),
        ] {
            let found = check_length(purpose, length).err().map(|fault| fault.code);
            assert_eq!(found, code, "{purpose:?} {length}");
        }
    }

    #[test]
    fn a_checksum_is_told_by_algorithm_and_base64() {
        for (text, right) in [
            (format!("sha256 {}", STANDARD.encode([1; 32])), true),
            (format!("sha1 {}", STANDARD.encode([1; 20])), true),
            (format!("sha256 {}", STANDARD.encode([1; 20])), false),
            (format!("md5 {}", STANDARD.encode([1; 16])), false),
            ("sha256 !".to_owned(), false),
            ("sha256".to_owned(), false),
        ] {
            assert_eq!(Checksum::read(&text).is_ok(), right, "{text}");
        }
    }

    #[test]
    fn content_tells_what_a_file_is() {
        let boxed = |size: u32, kind: &[u8], brand: &[u8]| {
            [&size.to_be_bytes()[..], kind, brand, &[0, 0, 2, 0]].concat()
        };
        for (head, video) in [
            (boxed(32, b"ftyp", b"isom"), true),
            (boxed(20, b"ftyp", b"mp42"), true),
            (boxed(24, b"ftyp", b"iso6"), true),
            (boxed(24, b"ftyp", b"3gp5"), true),
            (boxed(24, b"ftyp", b"qt  "), false),
            (boxed(24, b"ftyp", b"heic"), false),
            (boxed(24, b"ftyp", b"avif"), false),
            (boxed(24, b"moov", b"isom"), false),
            (boxed(8, b"ftyp", b"isom"), false),
            (boxed(4_000_000, b"ftyp", b"isom"), false),
            (b"<html><body>ftypisom".to_vec(), false),
            (b"\0\0\0\x20ftyp".to_vec(), false),
            (Vec::new(), false),
        ] {
            let found = sniffed(Purpose::Video, &head);
            assert_eq!(found.is_ok(), video, "{head:?}");
            assert_eq!(
                sniffed(Purpose::Document, &head),
                Err(Code::MediaNotDocument)
            );
        }
        assert_eq!(
            sniffed(Purpose::Document, b"%PDF-1.7\n"),
            Ok("application/pdf")
        );
        assert_eq!(
            sniffed(Purpose::Video, b"%PDF-1.7\n"),
            Err(Code::MediaNotVideo)
        );
    }

    #[test]
    fn a_range_names_the_parts_that_hold_it() {
        let part = PART_BYTES;
        for (range, parts) in [
            (0..1, (0, 0)),
            (0..part, (0, 0)),
            (0..part + 1, (0, 1)),
            (part..part + 1, (1, 1)),
            (part - 1..3 * part, (0, 2)),
        ] {
            assert_eq!(parts_of(&range), parts, "{range:?}");
        }
    }

    #[test]
    fn a_name_in_a_header_holds_nothing_but_plain_signs() {
        let told = disposition("第一课\";x.mp4", "video/mp4");
        assert!(told.starts_with("inline; filename=\"file.mp4\"; filename*=UTF-8''%E7%AC%AC"));
        assert!(told.ends_with("%22%3Bx.mp4"), "{told}");
        assert!(disposition("", "image/jpeg").ends_with("''file.jpg"));
        assert!(disposition("a.html", "application/pdf").ends_with("''a.pdf"));
    }
}
