//! A file's bytes on the wire: by signed link, whole or a range of them.

use futures_util::TryStreamExt;
use poem::Body;
use poem::web::Data;
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::payload::{Binary, Response};
use poem_openapi::{ApiResponse, OpenApi};
use uuid::Uuid;

use crate::courses::media;
use crate::courses::media::rules::{
    self,
    ranges::{self, Wanted},
};
use crate::platform::tag::Tag;
use crate::platform::{App, Code, Fault, Result};

/// What a page may do with it: show it, and nothing else.
const POLICY: &str = "default-src 'none'; img-src 'self'; media-src 'self'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'self'";

/// A file's bytes.
#[derive(ApiResponse)]
enum Content {
    /// All of it.
    #[oai(status = 200)]
    Whole(
        Binary<Body>,
        /// SHA-256 of the whole file.
        #[oai(header = "ETag")]
        String,
        /// `bytes`.
        #[oai(header = "Accept-Ranges")]
        String,
        /// How to save it.
        #[oai(header = "Content-Disposition")]
        String,
    ),
    /// The range asked for.
    #[oai(status = 206)]
    Part(
        Binary<Body>,
        /// SHA-256 of the whole file.
        #[oai(header = "ETag")]
        String,
        /// `bytes`.
        #[oai(header = "Accept-Ranges")]
        String,
        /// How to save it.
        #[oai(header = "Content-Disposition")]
        String,
        /// Which bytes these are, and of how many.
        #[oai(header = "Content-Range")]
        String,
    ),
}

/// Bytes of course files.
pub struct MediaContentApi;

#[OpenApi(prefix_path = "/v1/courses/media", tag = "Tag::Courses")]
impl MediaContentApi {
    /// Read a file
    ///
    /// By a signed link, which whoever may see the file is given: a player sends no token. The link is good for some hours
    /// and for this file alone. One range of bytes may be asked for; several, or a range of a file that has changed
    /// (`If-Range`), are answered with the whole.
    #[oai(
        path = "/:media_id/content",
        method = "get",
        operation_id = "getMediaContent"
    )]
    async fn get_media_content(
        &self,
        state: Data<&App>,
        /// The file.
        media_id: Path<Uuid>,
        /// Until when the link is good, in seconds since 1970.
        expires: Query<i64>,
        /// The link's signature.
        signature: Query<String>,
        /// One range of bytes: `bytes=0-1023`.
        #[oai(name = "Range")]
        range: Header<Option<String>>,
        /// The range only if the file still has this `ETag`, otherwise the whole.
        #[oai(name = "If-Range")]
        if_range: Header<Option<String>>,
    ) -> Result<Response<Content>> {
        let media = media::linked(&state, media_id.0, expires.0, &signature.0).await?;
        let odd = || Fault::internal("a ready file lacks what it is");
        let length = u64::try_from(media.bytes).map_err(|_| odd())?;
        let kind = media.content_type.clone().ok_or_else(odd)?;
        let etag = format!(
            "\"{}\"",
            hex::encode(media.sha256.as_ref().ok_or_else(odd)?)
        );
        let asked = ranges::wanted(range.0.as_deref(), if_range.0.as_deref(), &etag, length);
        let (bytes, part) = match asked {
            Wanted::Whole => (0..length, false),
            Wanted::Part(part) => (part, true),
            Wanted::Outside => return Err(Fault::new(Code::RangeOutside).with("length", length)),
        };
        let told = format!("bytes {}-{}/{length}", bytes.start, bytes.end - 1);
        let count = bytes.end - bytes.start;
        let stream = media::content(&state, &media, bytes).await?;
        let body = Binary(Body::from_bytes_stream(
            stream.map_err(std::io::Error::other),
        ));
        let saved = rules::disposition(&media.name, &kind);
        let ranges = "bytes".to_owned();
        let content = if part {
            Content::Part(body, etag, ranges, saved, told)
        } else {
            Content::Whole(body, etag, ranges, saved)
        };
        let seconds = expires.0 - state.clock.now() / 1_000_000;
        Ok(Response::new(content)
            .header("Content-Type", kind)
            .header("Content-Length", count)
            .header("Content-Security-Policy", POLICY)
            .header("Cache-Control", format!("private, max-age={seconds}")))
    }
}
