//! Signing in and out on the wire.

pub mod devices;
pub mod entrances;

use poem::Request;
use poem::web::Data;
use poem_openapi::payload::Json;
use poem_openapi::{ApiResponse, Object, OpenApi};
use uuid::Uuid;

use super::Tokens;
use crate::platform::address;
use crate::platform::caller::Signed;
use crate::platform::memo::{Asked, Written};
use crate::platform::scope::Role;
use crate::platform::tag::Tag;
use crate::platform::{Action, App, Caller, Result};

/// Login and password.
#[derive(Debug, Object)]
#[oai(deny_unknown_fields)]
pub struct SignInInput {
    /// Login.
    #[oai(validator(min_length = 1, max_length = 64))]
    pub login: String,
    /// Password.
    #[oai(validator(min_length = 1, max_length = 200))]
    pub password: String,
    /// A name by which the owner knows this device again.
    #[oai(default, validator(max_length = 200))]
    pub device: String,
}

/// A refresh token.
#[derive(Debug, Object)]
#[oai(deny_unknown_fields)]
pub struct RefreshInput {
    /// The refresh token of the last answer; it works once.
    #[oai(validator(min_length = 1, max_length = 200))]
    pub refresh_token: String,
}

/// Tokens of a session.
#[derive(Debug, Object)]
pub struct SessionView {
    /// Send it as `Authorization: Bearer …`.
    pub access_token: String,
    /// Changes for the next pair once; a second use ends the session.
    pub refresh_token: String,
    /// Seconds the access token is good for.
    pub expires_in: i64,
}

/// Who the caller is.
#[derive(Debug, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct MeView {
    /// Account id.
    pub account_id: Uuid,
    /// Login.
    pub login: String,
    /// The county.
    pub county_id: Uuid,
    /// The person this account belongs to, for a worker.
    pub person_id: Option<Uuid>,
    /// Roles and where they are held.
    pub roles: Vec<RoleView>,
}

/// A role and where it is held.
#[derive(Debug, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct RoleView {
    /// Role.
    pub role: Role,
    /// Regions it reaches; empty when it reaches the whole county or no region.
    pub region_ids: Vec<Uuid>,
    /// Enterprise it is held at.
    pub enterprise_id: Option<Uuid>,
    /// It reaches the whole county.
    pub whole_county: bool,
}

#[derive(ApiResponse)]
enum SignedOut {
    /// The session is ended.
    #[oai(status = 204)]
    Done,
}

/// Accounts.
pub struct AccountsApi;

#[OpenApi(prefix_path = "/v1/accounts", tag = "Tag::Accounts")]
impl AccountsApi {
    /// Sign in
    ///
    /// By login and password; gives an access token for 15 minutes and a refresh token for 30 days.
    /// Five failures in a row lock the login, known or not, for a minute, then longer.
    #[oai(path = "/session", method = "post", operation_id = "signIn")]
    async fn sign_in(
        &self,
        state: Data<&App>,
        request: &Request,
        body: Json<SignInInput>,
    ) -> Result<Json<SessionView>> {
        let SignInInput {
            login,
            password,
            device,
        } = body.0;
        let address = address::of(request, &state.settings.trusted_proxies);
        Ok(Json(session(
            super::sign_in(&state, &login, password, &device, &address).await?,
        )))
    }

    /// Refresh a session
    ///
    /// Changes a refresh token for a new pair. A token that was used before ends the whole session.
    #[oai(
        path = "/session/refresh",
        method = "post",
        operation_id = "refreshSession"
    )]
    async fn refresh_session(
        &self,
        state: Data<&App>,
        body: Json<RefreshInput>,
    ) -> Result<Json<SessionView>> {
        Ok(Json(session(
            super::refresh(&state, &body.0.refresh_token).await?,
        )))
    }

    /// Sign out
    ///
    /// Ends the session this access token came from.
    #[oai(path = "/session", method = "delete", operation_id = "signOut")]
    async fn sign_out(&self, state: Data<&App>, caller: Signed) -> Result<SignedOut> {
        caller.0.may(Action::UseAccount)?;
        super::sign_out(&state, &caller.0).await?;
        Ok(SignedOut::Done)
    }

    /// Show who I am
    ///
    /// The caller's account, roles and where they are held.
    #[oai(path = "/me", method = "get", operation_id = "getMe")]
    async fn get_me(&self, state: Data<&App>, caller: Signed) -> Result<Written<MeView>> {
        caller.0.may(Action::UseAccount)?;
        let made = async { Ok(me(&caller.0)) };
        let asked = Asked::by_self("getMe", &caller.0);
        state.memo.answer(&state, asked, made).await
    }
}

fn session(tokens: Tokens) -> SessionView {
    SessionView {
        access_token: tokens.access,
        refresh_token: tokens.refresh,
        expires_in: tokens.expires_in,
    }
}

fn me(caller: &Caller) -> MeView {
    MeView {
        account_id: caller.account_id,
        login: caller.login.clone(),
        county_id: caller.county_id,
        person_id: caller.person(),
        roles: caller
            .grants
            .iter()
            .map(|grant| RoleView {
                role: grant.role,
                region_ids: grant.regions.clone(),
                enterprise_id: grant.enterprise,
                whole_county: grant.county,
            })
            .collect(),
    }
}
