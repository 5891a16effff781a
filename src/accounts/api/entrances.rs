//! Invitations, resets and activation on the wire.

use chrono::{DateTime, FixedOffset};
use poem::Request;
use poem::web::Data;
use poem_openapi::param::{Header, Path};
use poem_openapi::payload::Json;
use poem_openapi::{ApiResponse, Object, OpenApi};
use uuid::Uuid;

use super::{SessionView, session};
use crate::accounts::activation::{self, Claimed};
use crate::accounts::invitations::{self, Invite, Seat};
use crate::accounts::resets;
use crate::notices::Channel;
use crate::platform::caller::Signed;
use crate::platform::idempotency::Retry;
use crate::platform::locale::Lang;
use crate::platform::scope::Role;
use crate::platform::tag::Tag;
use crate::platform::{App, Code, Fault, Result, address};
use crate::sheets::{Cell, ids};

/// Whom to invite, to what.
#[derive(Debug, Object)]
#[oai(deny_unknown_fields)]
pub struct InvitationInput {
    /// Login.
    #[oai(validator(min_length = 3, max_length = 64))]
    pub login: String,
    /// Name.
    #[oai(validator(min_length = 1, max_length = 100))]
    pub name: String,
    /// Where the invitation goes.
    #[oai(validator(min_length = 3, max_length = 254))]
    pub email: String,
    /// The role; a worker activates his own account instead.
    pub role: Role,
    /// Where it is held, for roles of a township; roles of the county need none.
    pub region_id: Option<Uuid>,
    /// Where it is held, for an enterprise manager.
    pub enterprise_id: Option<Uuid>,
}

/// An invitation on its way.
#[derive(Debug, Object)]
pub struct InvitationView {
    /// The account; it opens once the invitation is taken.
    pub account_id: Uuid,
    /// Where it goes, masked.
    pub email: String,
    /// Until when it can be taken.
    pub expires: DateTime<FixedOffset>,
}

/// A mailed link taken.
#[derive(Debug, Object)]
#[oai(deny_unknown_fields)]
pub struct AcceptanceInput {
    /// The last part of the link.
    #[oai(validator(min_length = 1, max_length = 200))]
    pub token: String,
    /// The password chosen: at least 10 characters, not a common one, not the login.
    #[oai(validator(min_length = 1, max_length = 200))]
    pub password: String,
    /// A name by which the owner knows this device again.
    #[oai(default, validator(max_length = 200))]
    pub device: String,
}

/// Who forgot his password.
#[derive(Debug, Object)]
#[oai(deny_unknown_fields)]
pub struct ResetInput {
    /// Login, or the e-mail address of the account.
    #[oai(validator(min_length = 1, max_length = 254))]
    pub login: String,
}

/// A mailed link and the new password.
#[derive(Debug, Object)]
#[oai(deny_unknown_fields)]
pub struct ResetCompletionInput {
    /// The last part of the link.
    #[oai(validator(min_length = 1, max_length = 200))]
    pub token: String,
    /// The new password.
    #[oai(validator(min_length = 1, max_length = 200))]
    pub password: String,
}

/// The password as it is and as it shall be.
#[derive(Debug, Object)]
#[oai(deny_unknown_fields)]
pub struct PasswordInput {
    /// The password now.
    #[oai(validator(min_length = 1, max_length = 200))]
    pub current_password: String,
    /// The new password.
    #[oai(validator(min_length = 1, max_length = 200))]
    pub password: String,
}

/// A worker who asks for his code.
#[derive(Debug, Object)]
#[oai(deny_unknown_fields)]
pub struct ActivationInput {
    /// Name, as on file.
    #[oai(validator(min_length = 1, max_length = 50))]
    pub name: String,
    /// ID number.
    #[oai(validator(min_length = 1, max_length = 40))]
    pub id_number: String,
    /// How the code shall reach him; it goes to the address on file.
    pub channel: Channel,
}

/// A worker with his code.
#[derive(Debug, Object)]
#[oai(deny_unknown_fields)]
pub struct ActivationCompletionInput {
    /// Name, as on file.
    #[oai(validator(min_length = 1, max_length = 50))]
    pub name: String,
    /// ID number.
    #[oai(validator(min_length = 1, max_length = 40))]
    pub id_number: String,
    /// The code, as it came; capitals, spaces and dashes make no difference.
    #[oai(validator(min_length = 1, max_length = 40))]
    pub activation_code: String,
    /// The login he chooses; one he has already stays.
    #[oai(validator(min_length = 3, max_length = 64))]
    pub login: String,
    /// The password he chooses.
    #[oai(validator(min_length = 1, max_length = 200))]
    pub password: String,
    /// A name by which the owner knows this device again.
    #[oai(default, validator(max_length = 200))]
    pub device: String,
}

/// A code to be handed over on paper.
#[derive(Debug, Object)]
pub struct ActivationCodeView {
    /// Whose.
    pub name: String,
    /// His ID number, masked.
    pub id_number: String,
    /// The code.
    pub activation_code: String,
    /// Until when it works.
    pub expires: DateTime<FixedOffset>,
}

#[derive(ApiResponse)]
enum Heard {
    /// Heard. Whoever is on file gets a message; nobody learns here who is.
    #[oai(status = 202)]
    Done,
}

#[derive(ApiResponse)]
enum Changed {
    /// Changed.
    #[oai(status = 204)]
    Done,
}

/// Ways in.
pub struct EntrancesApi;

#[OpenApi(prefix_path = "/v1/accounts", tag = "Tag::Accounts")]
impl EntrancesApi {
    /// Invite somebody
    ///
    /// To a role within the caller's own reach; a mail brings a link that works once, for 7 days. An invitation that
    /// was not taken is renewed.
    #[oai(path = "/invitations", method = "post", operation_id = "inviteAccount")]
    async fn invite_account(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// Any word of the client's; the same request again has no second effect.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
        body: Json<InvitationInput>,
    ) -> Result<Json<InvitationView>> {
        let InvitationInput {
            login,
            name,
            email,
            role,
            region_id,
            enterprise_id,
        } = body.0;
        let new = Invite {
            login,
            name,
            email,
            seat: Seat {
                role,
                region_id,
                enterprise_id,
            },
        };
        let retry = Retry::of(key.0, "inviteAccount", &new)?;
        let told = invitations::invite(&state, &caller.0, retry, new).await?;
        Ok(Json(InvitationView {
            account_id: told.account_id,
            email: told.email_masked,
            expires: state.clock.local(told.expires_at),
        }))
    }

    /// Take an invitation
    ///
    /// Sets the password and signs in.
    #[oai(
        path = "/invitations/acceptance",
        method = "post",
        operation_id = "acceptInvitation"
    )]
    async fn accept_invitation(
        &self,
        state: Data<&App>,
        request: &Request,
        body: Json<AcceptanceInput>,
    ) -> Result<Json<SessionView>> {
        let from = address::of(request, &state.settings.trusted_proxies);
        let AcceptanceInput {
            token,
            password,
            device,
        } = body.0;
        let tokens = invitations::accept(&state, &token, password, (&device, &from)).await?;
        Ok(Json(session(tokens)))
    }

    /// Ask for a password reset
    ///
    /// By login or e-mail. The answer is the same, in the same time, whether there is such an account or not; a mail
    /// brings a link that works once, for an hour.
    #[oai(
        path = "/password-resets",
        method = "post",
        operation_id = "askPasswordReset"
    )]
    async fn ask_password_reset(
        &self,
        state: Data<&App>,
        request: &Request,
        body: Json<ResetInput>,
    ) -> Result<Heard> {
        let from = address::of(request, &state.settings.trusted_proxies);
        let lang = Lang::of_request(request);
        resets::ask(&state, &body.0.login, &from, lang).await?;
        Ok(Heard::Done)
    }

    /// Set a new password by link
    ///
    /// Every session of the account ends; a lock on its login is lifted.
    #[oai(
        path = "/password-resets/completion",
        method = "post",
        operation_id = "completePasswordReset"
    )]
    async fn complete_password_reset(
        &self,
        state: Data<&App>,
        request: &Request,
        body: Json<ResetCompletionInput>,
    ) -> Result<Changed> {
        let from = address::of(request, &state.settings.trusted_proxies);
        let ResetCompletionInput { token, password } = body.0;
        resets::complete(&state, &token, password, &from).await?;
        Ok(Changed::Done)
    }

    /// Change my password
    ///
    /// The caller's other sessions end.
    #[oai(
        path = "/me/password",
        method = "put",
        operation_id = "changeMyPassword"
    )]
    async fn change_my_password(
        &self,
        state: Data<&App>,
        caller: Signed,
        body: Json<PasswordInput>,
    ) -> Result<Changed> {
        caller.0.may(crate::platform::Action::UseAccount)?;
        let PasswordInput {
            current_password,
            password,
        } = body.0;
        resets::change(&state, &caller.0, current_password, password).await?;
        Ok(Changed::Done)
    }

    /// Ask for an activation code
    ///
    /// The answer is the same, in the same time, whether there is such a person or not; the code goes to the address
    /// on file. Without one, an enterprise manager, trainer or officer prints it.
    #[oai(
        path = "/activations",
        method = "post",
        operation_id = "askActivationCode"
    )]
    async fn ask_activation_code(
        &self,
        state: Data<&App>,
        request: &Request,
        body: Json<ActivationInput>,
    ) -> Result<Heard> {
        let from = address::of(request, &state.settings.trusted_proxies);
        let lang = Lang::of_request(request);
        let ActivationInput {
            name,
            id_number,
            channel,
        } = body.0;
        let claimed = claimed(name, id_number)?;
        activation::ask(&state, &claimed, channel, &from, lang).await?;
        Ok(Heard::Done)
    }

    /// Activate my account
    ///
    /// By name, ID number and one-time code; signs in. A wrong name, number or code give one answer; five failures
    /// lock the number for a minute, then longer.
    #[oai(
        path = "/activations/completion",
        method = "post",
        operation_id = "activateAccount"
    )]
    async fn activate_account(
        &self,
        state: Data<&App>,
        request: &Request,
        body: Json<ActivationCompletionInput>,
    ) -> Result<Json<SessionView>> {
        let from = address::of(request, &state.settings.trusted_proxies);
        let input = body.0;
        let claimed = claimed(input.name, input.id_number)?;
        let tokens = activation::complete(
            &state,
            &claimed,
            &input.activation_code,
            &input.login,
            input.password,
            (&input.device, &from),
        )
        .await?;
        Ok(Json(session(tokens)))
    }

    /// Print an activation code
    ///
    /// For a person in the caller's reach, to be handed to him on paper; works once, for 7 days. A code made before it
    /// works no more; the same request again shows the same code.
    #[oai(
        path = "/activation-codes/:person_id",
        method = "post",
        operation_id = "printActivationCode"
    )]
    async fn print_activation_code(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The person.
        person_id: Path<Uuid>,
        /// Any word of the client's; the same request again has no second effect.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
    ) -> Result<Json<ActivationCodeView>> {
        let retry = Retry::of(key.0, "printActivationCode", &person_id.0)?;
        let told = activation::print(&state, &caller.0, retry, person_id.0).await?;
        Ok(Json(ActivationCodeView {
            name: told.name,
            id_number: told.id_masked,
            activation_code: told.code,
            expires: state.clock.local(told.expires_at),
        }))
    }
}

/// Name and number as they are on file.
fn claimed(name: String, id_number: String) -> Result<Claimed> {
    let id = ids::id_number(&Cell::Text(id_number))
        .map_err(|_| Fault::new(Code::IdNumberInvalid).at("/id_number"))?;
    Ok(Claimed {
        name: name.trim().to_owned(),
        id_number: id.number().to_owned(),
    })
}
