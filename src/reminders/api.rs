//! Reminders on the wire.

use poem::web::Data;
use poem_openapi::param::Header;
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use uuid::Uuid;

use super::{MOST, Report};
use crate::boards::missing::Of;
use crate::platform::caller::Signed;
use crate::platform::idempotency::Retry;
use crate::platform::tag::Tag;
use crate::platform::{App, Fault, Result};

/// Whom to remind: a township, an enterprise or some people, one of the three.
#[derive(Debug, Clone, Object, Serialize)]
#[oai(deny_unknown_fields)]
pub struct ReminderInput {
    /// The plan; the newest that is not a draft when absent.
    pub plan_id: Option<Uuid>,
    /// Everybody of a township, the nearest to done first, 500 at most.
    pub region_id: Option<Uuid>,
    /// Everybody of an enterprise, 500 at most.
    pub enterprise_id: Option<Uuid>,
    /// These people.
    #[oai(validator(min_items = 1, max_items = 500))]
    pub person_ids: Option<Vec<Uuid>>,
    /// Only tell what would happen; write nothing.
    #[oai(default)]
    pub preview: bool,
}

/// What a reminder comes to.
#[derive(Debug, Clone, Object)]
pub struct ReminderReport {
    /// The plan.
    pub plan_id: Uuid,
    /// Its title.
    pub plan_title: String,
    /// Whether nothing was written.
    pub preview: bool,
    /// People who still miss something, 500 at most.
    pub people: u64,
    /// Of these, who were reminded of this plan today before; they are not reminded again.
    pub already: u64,
    /// Of these, who left an e-mail address.
    pub by_mail: u64,
    /// Its subject, as it reads to the first of them; empty where nobody is missing.
    pub subject: String,
    /// Its words.
    pub text: String,
}

/// Reminders.
pub struct RemindersApi;

#[OpenApi(prefix_path = "/v1/notices/reminders", tag = "Tag::Notices")]
impl RemindersApi {
    /// Remind people of a plan
    ///
    /// Tells whoever still misses something of a plan what it is: in the app, and by mail where an address is known. A
    /// person is reminded of a plan once a day at most. With `preview` nothing is written.
    #[oai(path = "/", method = "post", operation_id = "remindPeople")]
    async fn remind_people(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// Any word of the client's; the same request again has no second effect.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
        body: Json<ReminderInput>,
    ) -> Result<Json<ReminderReport>> {
        let asked = body.0;
        let of = of(&asked)?;
        let told = if asked.preview {
            super::preview(&state, &caller.0, asked.plan_id, &of).await?
        } else {
            let retry = Retry::of(key.0, "remindPeople", &asked)?;
            super::send(&state, &caller.0, retry, asked.plan_id, &of).await?
        };
        Ok(Json(view(told, asked.preview)))
    }
}

fn of(asked: &ReminderInput) -> Result<Of> {
    let one = "region_id | enterprise_id | person_ids";
    match (asked.region_id, asked.enterprise_id, &asked.person_ids) {
        (Some(region), None, None) => Ok(Of::Region(region)),
        (None, Some(enterprise), None) => Ok(Of::Enterprise(enterprise)),
        (None, None, Some(people)) if people.len() as u64 <= MOST => Ok(Of::People(people.clone())),
        _ => Err(Fault::field("region_id", one)),
    }
}

fn view(told: Report, preview: bool) -> ReminderReport {
    ReminderReport {
        plan_id: told.plan_id,
        plan_title: told.plan_title,
        preview,
        people: told.people,
        already: told.already,
        by_mail: told.by_mail,
        subject: told.subject,
        text: told.text,
    }
}
