//! Who is calling: read from the access token, asked what he may do.

use std::sync::Arc;

use poem::Request;
use poem_openapi::SecurityScheme;
use poem_openapi::auth::Bearer;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::error::{Code, Fault, Result};
use super::locale::Lang;
use super::scope::{Action, Grant, Role, Scope};
use super::verified::Known;
use super::{App, State};

/// Minutes an access token is good for.
pub const ACCESS_MINUTES: i64 = 15;

/// A signed-in caller, or the console of the machine itself.
#[derive(Clone, Debug)]
pub struct Caller {
    pub account_id: Uuid,
    pub county_id: Uuid,
    pub login: String,
    pub grants: Vec<Grant>,
    pub lang: Lang,
    /// The family of refresh tokens this access token came from.
    pub session: Uuid,
}

/// What an access token says. Only we read it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Claims {
    pub sub: Uuid,
    pub county: Uuid,
    pub login: String,
    pub grants: Vec<Grant>,
    pub sid: Uuid,
    /// Seconds since 1970.
    pub exp: i64,
    pub iat: i64,
}

/// Access token from `POST /v1/accounts/session`, good for 15 minutes.
#[derive(SecurityScheme)]
#[oai(
    ty = "bearer",
    key_name = "bearer",
    bearer_format = "JWT",
    checker = "check"
)]
pub struct Signed(pub Caller);

async fn check(request: &Request, bearer: Bearer) -> poem::Result<Caller> {
    let state = request
        .data::<App>()
        .ok_or_else(|| Fault::internal("no state"))?;
    let mut caller = read_token(state, &bearer.token)?;
    caller.lang = Lang::of_request(request);
    Ok(caller)
}

/// Reads an access token.
///
/// # Errors
/// `unauthenticated`, `token_expired`, `session_ended`.
pub fn read_token(state: &State, token: &str) -> Result<Caller> {
    let now = state.clock.now() / 1_000_000;
    let known = match state.verified.find(token) {
        Some(known) => {
            // A key taken out of the folder takes its tokens along.
            let key = state.seal.token_key(known.key_id);
            key.ok_or_else(|| Fault::new(Code::Unauthenticated))?;
            known
        }
        None => {
            let known = Arc::new(verify(state, token)?);
            state.verified.keep(token, known.clone(), now);
            known
        }
    };
    let claims = &known.claims;
    if claims.exp <= now {
        return Err(Fault::new(Code::TokenExpired));
    }
    if state.ended.holds(claims.sid) {
        return Err(Fault::new(Code::SessionEnded));
    }
    Ok(Caller {
        account_id: claims.sub,
        county_id: claims.county,
        login: claims.login.clone(),
        grants: claims.grants.clone(),
        lang: Lang::default(),
        session: claims.sid,
    })
}

/// Reads a token whose signature is ours; its time is judged by our own clock, which a test may set.
fn verify(state: &State, token: &str) -> Result<Known> {
    use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
    let refused = |_| Fault::new(Code::Unauthenticated);
    let header = decode_header(token).map_err(refused)?;
    let (key_id, key) = header
        .kid
        .and_then(|kid| kid.parse().ok())
        .and_then(|kid| Some((kid, state.seal.token_key(kid)?)))
        .ok_or_else(|| Fault::new(Code::Unauthenticated))?;
    let mut rules = Validation::new(Algorithm::HS256);
    rules.validate_exp = false;
    let claims = decode::<Claims>(token, &DecodingKey::from_secret(&key), &rules)
        .map_err(refused)?
        .claims;
    Ok(Known { key_id, claims })
}

/// Signs an access token for a caller.
///
/// # Errors
/// `internal` when the provider fails.
pub fn sign_token(state: &State, caller: &Caller) -> Result<String> {
    use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
    let now = state.clock.now() / 1_000_000;
    let claims = Claims {
        sub: caller.account_id,
        county: caller.county_id,
        login: caller.login.clone(),
        grants: caller.grants.clone(),
        sid: caller.session,
        iat: now,
        exp: now + ACCESS_MINUTES * 60,
    };
    let (kid, key) = state.seal.signing_key()?;
    let header = Header {
        kid: Some(kid.to_string()),
        ..Header::new(Algorithm::HS256)
    };
    encode(&header, &claims, &EncodingKey::from_secret(&key))
        .map_err(|e| Fault::internal(e.to_string()))
}

impl Caller {
    /// What the caller reaches for this action.
    ///
    /// # Errors
    /// `forbidden` when none of his roles allows it.
    pub fn may(&self, action: Action) -> Result<Scope> {
        Scope::of(self.county_id, &self.grants, action).ok_or_else(|| Fault::new(Code::Forbidden))
    }

    /// The console of the machine: whoever can run our program on the data may do the county's business.
    #[must_use]
    pub fn console(county_id: Uuid) -> Self {
        Self {
            account_id: Uuid::nil(),
            county_id,
            login: "console".to_owned(),
            grants: vec![Grant {
                role: Role::CountyAdmin,
                county: true,
                regions: Vec::new(),
                enterprise: None,
                person: None,
            }],
            lang: Lang::default(),
            session: Uuid::nil(),
        }
    }

    /// The account to note beside a row; the console has none.
    #[must_use]
    pub fn account(&self) -> Option<Uuid> {
        Some(self.account_id).filter(|id| !id.is_nil())
    }

    /// The person the caller is, if his account is tied to one.
    #[must_use]
    pub fn person(&self) -> Option<Uuid> {
        self.grants.iter().find_map(|grant| grant.person)
    }
}
