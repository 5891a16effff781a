//! The API's own document and its page: the same bytes for everybody, made once, kept compressed.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use poem::http::header;
use poem::{Endpoint, Request, Response};
use tokio::sync::OnceCell;

use super::compress;
use super::headers::set;
use crate::platform::{etag, seal};

/// A page of our own.
pub(super) struct Page {
    kind: &'static str,
    plain: Bytes,
    tag: String,
    policy: Option<String>,
    gzip: OnceCell<Option<Bytes>>,
}

impl Page {
    pub(super) fn of(kind: &'static str, text: String) -> Arc<Self> {
        let policy = (kind.starts_with("text/html")).then(|| policy(&text));
        let plain = Bytes::from(text);
        Arc::new(Self {
            kind,
            tag: etag::of(&plain),
            plain,
            policy,
            gzip: OnceCell::new(),
        })
    }

    async fn answer(&self, request: &Request) -> Response {
        let accepts = request.header(header::ACCEPT_ENCODING);
        let gzip = accepts.is_some_and(|accepts| accepts.to_ascii_lowercase().contains("gzip"));
        let small = if gzip {
            let made = self.gzip.get_or_init(|| compress::once(&self.plain));
            made.await.clone()
        } else {
            None
        };
        let mut response = Response::builder().content_type(self.kind).finish();
        if let Some(policy) = &self.policy {
            set(&mut response, "content-security-policy", policy);
        }
        set(&mut response, "cache-control", "no-cache");
        let bytes = if let Some(small) = small {
            set(&mut response, "content-encoding", "gzip");
            let tag = format!("\"{}-gzip\"", self.tag.trim_matches('"'));
            set(&mut response, "etag", &tag);
            small
        } else {
            set(&mut response, "etag", &self.tag);
            self.plain.clone()
        };
        response.set_body(bytes);
        response
    }
}

/// Serves a page.
pub(super) fn serve(page: Arc<Page>) -> impl Endpoint<Output = Response> {
    poem::endpoint::make(move |request: Request| {
        let page = page.clone();
        async move { Ok::<_, poem::Error>(page.answer(&request).await) }
    })
}

/// The page runs its own scripts by their hashes, and nothing else; it reads nothing but this service.
fn policy(html: &str) -> String {
    let mut scripts = String::new();
    let mut rest = html;
    while let Some((_, after)) = rest.split_once("<script") {
        let Some((open, text)) = after.split_once('>') else {
            break;
        };
        let (text, after) = text.split_once("</script").unwrap_or((text, ""));
        rest = after;
        // A block of data is not run.
        if !open.contains("application/json") {
            let hash = STANDARD.encode(seal::sha256(text.as_bytes()));
            scripts.push_str(&format!(" 'sha256-{hash}'"));
        }
    }
    format!(
        "default-src 'none'; script-src{scripts}; style-src 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; \
         connect-src 'self'; worker-src blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
}
