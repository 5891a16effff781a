//! Shapes of files on the wire.

use chrono::{DateTime, FixedOffset};
use poem_openapi::Object;
use uuid::Uuid;

use crate::courses::media::{LIFETIME_SECONDS, Media, MediaState as State, Purpose as Kind, link};
use crate::page_of;
use crate::platform::locale::Lang;
use crate::platform::{App, Caller, Code, error};

/// What a file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, poem_openapi::Enum)]
#[oai(rename_all = "snake_case")]
pub enum MediaPurpose {
    /// An MP4 of at most 2 GiB.
    Video,
    /// A PDF of at most 50 MiB.
    Document,
    /// A JPEG, PNG or WebP of at most 10 MiB.
    Picture,
}

impl From<MediaPurpose> for Kind {
    fn from(purpose: MediaPurpose) -> Self {
        match purpose {
            MediaPurpose::Video => Self::Video,
            MediaPurpose::Document => Self::Document,
            MediaPurpose::Picture => Self::Picture,
        }
    }
}

/// How a file stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, poem_openapi::Enum)]
#[oai(rename_all = "snake_case")]
pub enum MediaState {
    /// Not all of it is there.
    Uploading,
    /// It can be used.
    Ready,
    /// It was not what it should be, and is gone.
    Refused,
}

/// A file of a course.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct MediaView {
    /// The file's id.
    pub id: Uuid,
    /// What it is for.
    pub purpose: MediaPurpose,
    /// The name it was handed in under.
    pub file_name: String,
    /// How it stands.
    pub state: MediaState,
    /// What it is by its content, once it is ready.
    pub content_type: Option<String>,
    /// Bytes that were to come.
    pub length_bytes: i64,
    /// Bytes that are kept; of a picture, those of what was drawn anew.
    pub bytes: i64,
    /// SHA-256 of what is kept, in hex.
    pub sha256: Option<String>,
    /// Pixels across, of a picture.
    pub width: Option<i32>,
    /// Pixels down, of a picture.
    pub height: Option<i32>,
    /// Why it was refused.
    pub code: Option<String>,
    /// The same in words.
    pub detail: Option<String>,
    /// Where the caller himself may look at it, for six hours; below the service's own address.
    pub content_path: Option<String>,
    /// When the upload was begun.
    pub created_at: DateTime<FixedOffset>,
    /// When it was whole.
    pub ready_at: Option<DateTime<FixedOffset>>,
}

page_of!(
    /// A page of files.
    MediaPage,
    MediaView
);

/// A file as its authors see it; a link to its bytes only where one file was asked for.
pub(super) fn view(state: &App, media: Media, by: &Caller, linked: bool) -> MediaView {
    let code = media.fault.as_deref().and_then(Code::of_word);
    let ready = media.state == State::Ready;
    let path = || link(state, media.id, by.account_id, LIFETIME_SECONDS);
    MediaView {
        id: media.id,
        purpose: match media.purpose {
            Kind::Video => MediaPurpose::Video,
            Kind::Document => MediaPurpose::Document,
            Kind::Picture => MediaPurpose::Picture,
        },
        file_name: media.name.clone(),
        state: match media.state {
            State::Uploading => MediaState::Uploading,
            State::Ready => MediaState::Ready,
            State::Refused => MediaState::Refused,
        },
        content_type: media.content_type.clone(),
        length_bytes: media.length_bytes,
        bytes: media.bytes,
        sha256: media.sha256.as_ref().map(hex::encode),
        width: media.size.map(|size| size.0),
        height: media.size.map(|size| size.1),
        code: code.map(|code| code.word().to_owned()),
        detail: code.map(|code| refusal(code, by.lang)),
        content_path: (linked && ready).then(path),
        created_at: state.clock.local(media.created_at),
        ready_at: media.ready_at.map(|at| state.clock.local(at)),
    }
}

fn refusal(code: Code, lang: Lang) -> String {
    error::words(code, &crate::courses::media::refusal_args(), lang)
}
