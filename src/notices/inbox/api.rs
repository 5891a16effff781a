//! A person's own notices on the wire.

use chrono::{DateTime, FixedOffset};
use poem::web::Data;
use poem_openapi::param::{Header, Query};
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};
use uuid::Uuid;

use super::Told;
use crate::page_of;
use crate::platform::caller::Signed;
use crate::platform::idempotency::Retry;
use crate::platform::page::Page;
use crate::platform::tag::Tag;
use crate::platform::{App, Result};

/// A notice.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct NoticeView {
    /// Id.
    pub id: Uuid,
    /// The kind of notice.
    pub template: String,
    /// What it is about, in the reader's language.
    pub subject: String,
    /// What it says.
    pub text: String,
    /// When it was written.
    pub created_at: DateTime<FixedOffset>,
    /// When its reader had seen it.
    pub read_at: Option<DateTime<FixedOffset>>,
}

page_of!(
    /// A page of notices.
    NoticePage,
    NoticeView
);

/// Up to which notice all are read.
#[derive(Debug, Clone, Object)]
#[oai(deny_unknown_fields)]
pub struct NoticeReadingInput {
    /// This one and those before it.
    pub through: Uuid,
}

/// How much is left to be read.
#[derive(Debug, Clone, Object)]
pub struct NoticesLeft {
    /// Notices that are not read.
    pub unread: i64,
}

/// Notices in the app.
pub struct InboxApi;

#[OpenApi(prefix_path = "/v1/notices", tag = "Tag::Notices")]
impl InboxApi {
    /// List my notices
    ///
    /// What the caller was told, the newest first, in his language.
    #[oai(path = "/mine", method = "get", operation_id = "listMyNotices")]
    async fn list_my_notices(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// Rows wanted, 1 to 200; 50 when absent.
        limit: Query<Option<i32>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Result<Json<NoticePage>> {
        let page = Page::read(limit.0, cursor.0.as_deref())?;
        let (told, next) = super::mine(&state, &caller.0, &page).await?;
        let views = told.into_iter().map(|one| view(&state, one)).collect();
        Ok(Json(NoticePage::new((views, next))))
    }

    /// Mark my notices as read
    ///
    /// Up to one of them; those that came later stay unread.
    #[oai(
        path = "/mine/reading",
        method = "post",
        operation_id = "readMyNotices"
    )]
    async fn read_my_notices(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// Any word of the client's; the same request again has no second effect.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
        body: Json<NoticeReadingInput>,
    ) -> Result<Json<NoticesLeft>> {
        let retry = Retry::of(key.0, "readMyNotices", &body.0.through)?;
        let left = super::read(&state, &caller.0, retry, body.0.through).await?;
        Ok(Json(NoticesLeft {
            unread: left.unread,
        }))
    }
}

fn view(state: &App, told: Told) -> NoticeView {
    NoticeView {
        id: told.id,
        template: told.template,
        subject: told.words.subject,
        text: told.words.text,
        created_at: state.clock.local(told.created_at),
        read_at: told.read_at.map(|at| state.clock.local(at)),
    }
}
