//! The outbox on the wire.

use chrono::{DateTime, FixedOffset};
use poem::web::Data;
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::{Enum, Object, OpenApi};
use uuid::Uuid;

use super::{Channel, Posted};
use crate::page_of;
use crate::platform::caller::Signed;
use crate::platform::idempotency::Retry;
use crate::platform::page::Page;
use crate::platform::tag::Tag;
use crate::platform::{Action, App, Result};

/// Where a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub enum MessageState {
    /// 待发
    Queued,
    /// 发送中
    Sending,
    /// 已发
    Sent,
    /// 未送达，不再自动重试
    Failed,
}

impl MessageState {
    const fn word(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::Failed => "failed",
        }
    }

    fn of_word(word: &str) -> Self {
        match word {
            "sending" => Self::Sending,
            "sent" => Self::Sent,
            "failed" => Self::Failed,
            _ => Self::Queued,
        }
    }
}

/// A message of the outbox; its words are not shown.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct OutboxMessageView {
    /// Id.
    pub id: Uuid,
    /// How it travels.
    pub channel: Channel,
    /// To whom, masked.
    pub recipient: String,
    /// The kind of message.
    pub template: String,
    /// Where it is.
    pub state: MessageState,
    /// Tries so far.
    pub attempts: i32,
    /// What the other side said to the last failed try.
    pub fault: Option<String>,
    /// When it was written.
    pub created_at: DateTime<FixedOffset>,
    /// When the other side took it.
    pub sent_at: Option<DateTime<FixedOffset>>,
}

page_of!(
    /// A page of the outbox.
    OutboxPage,
    OutboxMessageView
);

/// Notices.
pub struct NoticesApi;

#[OpenApi(prefix_path = "/v1/notices", tag = "Tag::Notices")]
impl NoticesApi {
    /// List the outbox
    ///
    /// Messages of the county in the order they were written, recipients masked, words not shown.
    #[oai(path = "/outbox", method = "get", operation_id = "listOutbox")]
    async fn list_outbox(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// Only those in this state; `failed` are the dead letters.
        message_state: Query<Option<MessageState>>,
        /// Rows wanted, 1 to 200; 50 when absent.
        limit: Query<Option<i32>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Result<Json<OutboxPage>> {
        let scope = caller.0.may(Action::ManageOutbox)?;
        let page = Page::read(limit.0, cursor.0.as_deref())?;
        let wanted = message_state.0.map(MessageState::word);
        let rows = super::outbox(&state, &scope, wanted, &page).await?;
        let (rows, next) = page.cut(rows, |row| row.id);
        let views = rows.into_iter().map(|row| view(&state, row)).collect();
        Ok(Json(OutboxPage::new((views, next))))
    }

    /// Send a message again
    ///
    /// Queues a message that was given up.
    #[oai(
        path = "/outbox/:message_id/resend",
        method = "post",
        operation_id = "resendMessage"
    )]
    async fn resend_message(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The message.
        message_id: Path<Uuid>,
        /// Any word of the client's; the same request again has no second effect.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
    ) -> Result<Json<OutboxMessageView>> {
        let retry = Retry::of(key.0, "resendMessage", &message_id.0)?;
        let told = super::resend(&state, &caller.0, retry, message_id.0).await?;
        Ok(Json(view(&state, told)))
    }
}

fn view(state: &App, message: Posted) -> OutboxMessageView {
    OutboxMessageView {
        id: message.id,
        channel: message.channel,
        recipient: message.recipient_masked,
        template: message.template,
        state: MessageState::of_word(&message.state),
        attempts: message.attempts,
        fault: message.fault,
        created_at: state.clock.local(message.created_at),
        sent_at: message.sent_at.map(|at| state.clock.local(at)),
    }
}
