//! What is not to be sent, on the wire.

use poem::web::Data;
use poem_openapi::param::Header;
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};
use serde::Serialize;

use super::LetterKind;
use crate::platform::caller::Signed;
use crate::platform::idempotency::Retry;
use crate::platform::tag::Tag;
use crate::platform::{App, Result};

/// The kinds of letters that stay in the app.
#[derive(Debug, Clone, Object, Serialize)]
#[oai(deny_unknown_fields)]
pub struct NoticeChoices {
    /// Neither mailed nor sent as a message; everything else is.
    #[oai(validator(max_items = 4))]
    pub not_sent: Vec<LetterKind>,
}

/// What a person does not want sent.
pub struct ChoicesApi;

#[OpenApi(prefix_path = "/v1/notices/choices", tag = "Tag::Notices")]
impl ChoicesApi {
    /// Show my choices
    ///
    /// The kinds of letters the caller does not want by mail or message; in the app he is told of everything.
    #[oai(path = "/", method = "get", operation_id = "getMyNoticeChoices")]
    async fn get_my_notice_choices(
        &self,
        state: Data<&App>,
        caller: Signed,
    ) -> Result<Json<NoticeChoices>> {
        let not_sent = super::mine(&state, &caller.0).await?;
        Ok(Json(NoticeChoices { not_sent }))
    }

    /// Set my choices
    ///
    /// What is not named is sent. Changes of a code, decisions and answers are sent whatever is chosen.
    #[oai(path = "/", method = "put", operation_id = "setMyNoticeChoices")]
    async fn set_my_notice_choices(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// Any word of the client's; the same request again has no second effect.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
        body: Json<NoticeChoices>,
    ) -> Result<Json<NoticeChoices>> {
        let retry = Retry::of(key.0, "setMyNoticeChoices", &body.0)?;
        let not_sent = super::choose(&state, &caller.0, retry, body.0.not_sent).await?;
        Ok(Json(NoticeChoices { not_sent }))
    }
}
