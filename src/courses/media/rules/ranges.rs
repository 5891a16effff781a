//! Which bytes of a file a reader asks for (RFC 9110, 14).

use std::ops::Range;

/// Which bytes of a file are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    Whole,
    Part(Range<u64>),
    /// Nothing of the file lies there.
    Outside,
}

/// Reads `Range` of a file of so many bytes. What is not one range of bytes is left out of account, as HTTP allows; so is
/// a range of a file that is another by now (`If-Range`).
#[must_use]
pub fn wanted(range: Option<&str>, if_range: Option<&str>, etag: &str, length: u64) -> Wanted {
    let Some(range) = range.filter(|_| if_range.is_none_or(|tag| tag.trim() == etag)) else {
        return Wanted::Whole;
    };
    let Some((first, last)) = range
        .trim()
        .strip_prefix("bytes=")
        .and_then(|spec| spec.trim().split_once('-'))
    else {
        return Wanted::Whole;
    };
    // No sign, no space: what parses loosely elsewhere is no number here.
    let number = |text: &str| {
        let plain = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        plain.then(|| text.parse().unwrap_or(u64::MAX))
    };
    let found = match (number(first), number(last)) {
        (Some(first), Some(last)) if first <= last => first..last.saturating_add(1).min(length),
        (Some(first), None) if last.is_empty() => first..length,
        (None, Some(count)) if first.is_empty() => length.saturating_sub(count)..length,
        _ => return Wanted::Whole,
    };
    if found.start < found.end {
        Wanted::Part(found)
    } else {
        Wanted::Outside
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_one_range_of_bytes_or_left_out_of_account() {
        use Wanted::{Outside, Part, Whole};
        let etag = "\"abc\"";
        for (range, if_range, expected) in [
            (None, None, Whole),
            (Some("bytes=0-"), None, Part(0..1_000)),
            (Some("bytes=0-0"), None, Part(0..1)),
            (Some("bytes=10-19"), None, Part(10..20)),
            (Some("bytes=990-5000"), None, Part(990..1_000)),
            (Some("bytes=-1"), None, Part(999..1_000)),
            (Some("bytes=-5000"), None, Part(0..1_000)),
            (
                Some("bytes=0-99999999999999999999999"),
                None,
                Part(0..1_000),
            ),
            (Some("bytes=1000-"), None, Outside),
            (Some("bytes=5000-6000"), None, Outside),
            (Some("bytes=-0"), None, Outside),
            (Some("bytes=20-10"), None, Whole),
            (Some("bytes=0-1,5-6"), None, Whole),
            (Some("bytes=+1-2"), None, Whole),
            (Some("bytes=-"), None, Whole),
            (Some("bytes=a-b"), None, Whole),
            (Some("pages=1-2"), None, Whole),
            (Some("bytes=10-19"), Some("\"abc\""), Part(10..20)),
            (Some("bytes=10-19"), Some("\"old\""), Whole),
            (Some("bytes=10-19"), Some("W/\"abc\""), Whole),
            (
                Some("bytes=10-19"),
                Some("Tue, 12 May 2020 08:00:00 GMT"),
                Whole,
            ),
        ] {
            let found = wanted(range, if_range, etag, 1_000);
            assert_eq!(found, expected, "{range:?} {if_range:?}");
        }
    }
}
