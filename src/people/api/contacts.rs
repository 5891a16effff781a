//! How people are reached, on the wire.

use poem::web::Data;
use poem_openapi::param::{Header, Path};
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use uuid::Uuid;

use crate::people::contacts;
use crate::platform::caller::Signed;
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
}

/// Contacts.
pub struct ContactsApi;

#[OpenApi(prefix_path = "/v1/people", tag = "Tag::People")]
impl ContactsApi {
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
        body: Json<ContactInput>,
    ) -> Result<Json<ContactView>> {
        let retry = Retry::of(key.0, "setContact", &(person_id.0, &body.0))?;
        let ContactInput { phone, email } = body.0;
        let (phone, email) =
            contacts::set(&state, &caller.0, retry, person_id.0, (phone, email)).await?;
        Ok(Json(ContactView {
            person_id: person_id.0,
            phone,
            email,
        }))
    }
}
