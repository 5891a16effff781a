//! What operations on large files answer beside what their shape tells: tus, ranges, signed links.

use serde_json::{Map, Value, json};

use crate::platform::Code;

/// The errors of one operation that nothing in its shape tells of.
pub(super) fn codes(id: &str) -> &'static [(u16, Code)] {
    match id {
        "startMediaUpload" => &[(412, Code::TusVersion), (413, Code::PayloadTooLarge)],
        "getUploadOffset" => &[(412, Code::TusVersion)],
        "appendToUpload" => &[(412, Code::TusVersion), (460, Code::ChecksumMismatch)],
        "removeMedia" => &[(409, Code::Conflict)],
        "getMediaContent" => &[(403, Code::MediaLinkRefused), (416, Code::RangeOutside)],
        _ => &[],
    }
}

/// A file goes out as what it is, not as bytes of no kind.
pub(super) fn tell_kinds(id: &str, operation: &mut Value) {
    if id != "getMediaContent" {
        return;
    }
    for status in ["200", "206"] {
        let content = &mut operation["responses"][status]["content"];
        let Some(bytes) = content.get("application/octet-stream").cloned() else {
            continue;
        };
        let kinds = ["video/mp4", "application/pdf", "image/jpeg"];
        let each = kinds.map(|kind| (kind.to_owned(), bytes.clone()));
        *content = Value::Object(each.into_iter().collect::<Map<_, _>>());
    }
    operation["responses"]["304"] =
        json!({"description": "Still as `If-None-Match` says; no content."});
}
