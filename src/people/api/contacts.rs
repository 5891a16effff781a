//! How people are reached, on the wire.

use chrono::{DateTime, FixedOffset};
use poem::web::Data;
use poem_openapi::param::{Header, Path};
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use uuid::Uuid;

use crate::people::contacts::{self, Contact};
use crate::platform::caller::Signed;
use crate::platform::etag::Seen;
use crate::platform::idempotency::Retry;
use crate::platform::tag::Tag;
use crate::platform::{App, Result};

/// How a person is reached; what is absent goes.
#[derive(Debug, Clone, Object, Serialize)]
#[oai(deny_unknown_fields)]
pub struct ContactInput {
    /// Phone.
    #[oai(validator(max_length = 40))]
    pub phone: Option<String>,
    /// E-mail address.
    #[oai(validator(max_length = 254))]
    pub email: Option<String>,
}

/// How a person is reached, masked.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct ContactView {
    /// The person.
    pub person_id: Uuid,
    /// Phone, masked.
    pub phone: Option<String>,
    /// E-mail address, masked.
    pub email: Option<String>,
    /// When it was last changed.
    pub changed: DateTime<FixedOffset>,
}

/// Contacts.
pub struct ContactsApi;

#[OpenApi(prefix_path = "/v1/people", tag = "Tag::People")]
impl ContactsApi {
    /// Show how a person is reached
    ///
    /// Phone and e-mail, masked.
    #[oai(
        path = "/:person_id/contact",
        method = "get",
        operation_id = "getContact"
    )]
    async fn get_contact(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The person.
        person_id: Path<Uuid>,
    ) -> Result<Json<ContactView>> {
        let found = contacts::show(&state, &caller.0, person_id.0).await?;
        Ok(Json(view(&state, &found)))
    }

    /// Set how a person is reached
    ///
    /// Phone and e-mail, to which codes and notices go; kept sealed, answered masked.
    #[oai(
        path = "/:person_id/contact",
        method = "put",
        operation_id = "setContact"
    )]
    async fn set_contact(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The person.
        person_id: Path<Uuid>,
        /// Any word of the client's; the same request again has no second effect.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
        /// The ETag last seen of it; `stale` when it is another by now.
        #[oai(name = "If-Match")]
        if_match: Header<Option<String>>,
        body: Json<ContactInput>,
    ) -> Result<Json<ContactView>> {
        let retry = Retry::of(key.0, "setContact", &(person_id.0, &body.0))?;
        let ContactInput { phone, email } = body.0;
        let app = state.0.clone();
        let seen = Seen::of(if_match.0, move |contact: &Contact| view(&app, contact));
        let now =
            contacts::set(&state, &caller.0, retry, person_id.0, (phone, email), seen).await?;
        Ok(Json(view(&state, &now)))
    }
}

fn view(state: &App, contact: &Contact) -> ContactView {
    ContactView {
        person_id: contact.person_id,
        phone: contact.phone_masked.clone(),
        email: contact.email_masked.clone(),
        changed: state.clock.local(contact.changed_at),
    }
}
