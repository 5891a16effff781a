//! Staff on the wire.

use chrono::{DateTime, FixedOffset};
use poem::web::Data;
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use uuid::Uuid;

use super::{AccountState, Change, Staff, Wanted};
use crate::accounts::invitations::Seat;
use crate::page_of;
use crate::platform::caller::Signed;
use crate::platform::etag::Seen;
use crate::platform::idempotency::Retry;
use crate::platform::page::Page;
use crate::platform::scope::Role;
use crate::platform::tag::Tag;
use crate::platform::{App, Caller, Result};

/// A role and where it is held.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct HeldRoleView {
    /// Role.
    pub role: Role,
    /// The county or township it is held at.
    pub region_id: Option<Uuid>,
    /// The enterprise it is held at.
    pub enterprise_id: Option<Uuid>,
    /// The place's name.
    pub place: String,
}

/// An account of somebody on the staff.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct AccountView {
    /// Id.
    pub id: Uuid,
    /// Login.
    pub login: String,
    /// Name.
    pub name: String,
    /// E-mail address, masked.
    pub email: Option<String>,
    /// Invited, active or disabled.
    pub state: AccountState,
    /// The roles held within the caller's reach.
    pub posts: Vec<HeldRoleView>,
    /// When it was made.
    pub created_at: DateTime<FixedOffset>,
    /// When it was last signed in or a session renewed; absent where that is kept no more.
    pub seen_at: Option<DateTime<FixedOffset>>,
    /// Whether the caller may change it: he could have given all of its roles, and it is not his own.
    pub may_change: bool,
}

page_of!(
    /// A page of accounts.
    AccountPage,
    AccountView
);

/// The role an account shall hold, and where.
#[derive(Debug, Clone, Object, Serialize)]
#[oai(deny_unknown_fields)]
pub struct AccountRoleInput {
    /// The role.
    pub role: Role,
    /// Where it is held, for roles of a township; roles of the county need none.
    pub region_id: Option<Uuid>,
    /// Where it is held, for an enterprise manager.
    pub enterprise_id: Option<Uuid>,
    /// Why, for the audit log.
    #[oai(validator(min_length = 2, max_length = 200))]
    pub reason: String,
}

/// Why an account is closed or opened.
#[derive(Debug, Clone, Object, Serialize)]
#[oai(deny_unknown_fields)]
pub struct AccountReasonInput {
    /// Why, for the audit log.
    #[oai(validator(min_length = 2, max_length = 200))]
    pub reason: String,
}

/// Accounts of the staff.
pub struct StaffApi;

#[OpenApi(prefix_path = "/v1/accounts", tag = "Tag::Accounts")]
impl StaffApi {
    /// List accounts
    ///
    /// Of the staff within the caller's reach, by id: who holds which role where, and when he was last here. Workers'
    /// accounts are not among them.
    #[oai(path = "/", method = "get", operation_id = "listAccounts")]
    #[expect(
        clippy::too_many_arguments,
        reason = "each query parameter is an argument"
    )]
    async fn list_accounts(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// Part of a name or a login.
        #[oai(validator(max_length = 64))]
        q: Query<Option<String>>,
        /// Only those who hold this role.
        role: Query<Option<Role>>,
        /// Only those in this state.
        #[oai(name = "state")]
        wanted: Query<Option<AccountState>>,
        /// Rows wanted, 1 to 200; 50 when absent.
        limit: Query<Option<i32>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Result<Json<AccountPage>> {
        let page = Page::read(limit.0, cursor.0.as_deref())?;
        let text = q.0.as_deref().map(str::trim);
        let wanted = Wanted {
            text: text.filter(|text| !text.is_empty()),
            role: role.0,
            state: wanted.0,
        };
        let (staff, next) = super::list(&state, &caller.0, &wanted, &page).await?;
        let items = staff.into_iter().map(|one| view(&state, &caller.0, one));
        Ok(Json(AccountPage::new((items.collect(), next))))
    }

    /// Show an account
    ///
    /// One of the staff within the caller's reach.
    #[oai(path = "/:account_id", method = "get", operation_id = "getAccount")]
    async fn get_account(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The account.
        account_id: Path<Uuid>,
    ) -> Result<Json<AccountView>> {
        let staff = super::show(&state, &caller.0, account_id.0).await?;
        Ok(Json(view(&state, &caller.0, staff)))
    }

    /// Change an account's role
    ///
    /// By whoever could have given the role it holds and the one it gets; not one's own. Its sessions end.
    #[oai(
        path = "/:account_id/role",
        method = "put",
        operation_id = "setAccountRole"
    )]
    async fn set_account_role(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The account.
        account_id: Path<Uuid>,
        /// Any word of the client's; the same request again has no second effect.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
        /// The ETag last seen of it; `stale` when it is another by now.
        #[oai(name = "If-Match")]
        if_match: Header<Option<String>>,
        body: Json<AccountRoleInput>,
    ) -> Result<Json<AccountView>> {
        let retry = Retry::of(key.0, "setAccountRole", &(account_id.0, &body.0))?;
        let AccountRoleInput {
            role,
            region_id,
            enterprise_id,
            reason,
        } = body.0;
        let seat = Seat {
            role,
            region_id,
            enterprise_id,
        };
        let change = (Change::Seat(seat), reason.as_str());
        let seen = seen(&state, &caller.0, if_match);
        let now = super::change(&state, &caller.0, retry, account_id.0, change, seen).await?;
        Ok(Json(view(&state, &caller.0, now)))
    }

    /// Disable an account
    ///
    /// Its sessions end at once and nobody comes in by it; what it did stays. Not one's own.
    #[oai(
        path = "/:account_id/disabling",
        method = "post",
        operation_id = "disableAccount"
    )]
    async fn disable_account(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The account.
        account_id: Path<Uuid>,
        /// Any word of the client's; the same request again has no second effect.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
        body: Json<AccountReasonInput>,
    ) -> Result<Json<AccountView>> {
        let retry = Retry::of(key.0, "disableAccount", &(account_id.0, &body.0))?;
        let change = (Change::Disable, body.0.reason.as_str());
        let id = account_id.0;
        let now = super::change(&state, &caller.0, retry, id, change, Seen::nothing()).await?;
        Ok(Json(view(&state, &caller.0, now)))
    }

    /// Enable an account
    ///
    /// A disabled one is open again, with the password it had.
    #[oai(
        path = "/:account_id/enabling",
        method = "post",
        operation_id = "enableAccount"
    )]
    async fn enable_account(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The account.
        account_id: Path<Uuid>,
        /// Any word of the client's; the same request again has no second effect.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
        body: Json<AccountReasonInput>,
    ) -> Result<Json<AccountView>> {
        let retry = Retry::of(key.0, "enableAccount", &(account_id.0, &body.0))?;
        let change = (Change::Enable, body.0.reason.as_str());
        let id = account_id.0;
        let now = super::change(&state, &caller.0, retry, id, change, Seen::nothing()).await?;
        Ok(Json(view(&state, &caller.0, now)))
    }
}

fn seen(state: &App, by: &Caller, if_match: Header<Option<String>>) -> Seen<Staff> {
    let (state, by) = (state.clone(), by.clone());
    Seen::of(if_match.0, move |staff: &Staff| {
        view(&state, &by, staff.clone())
    })
}

fn view(state: &App, by: &Caller, staff: Staff) -> AccountView {
    AccountView {
        may_change: staff.may_be_changed_by(by),
        id: staff.id,
        login: staff.login,
        name: staff.name,
        email: staff.email_masked,
        state: staff.state,
        posts: staff.posts.into_iter().map(post_view).collect(),
        created_at: state.clock.local(staff.created_at),
        seen_at: staff.seen_at.map(|at| state.clock.local(at)),
    }
}

fn post_view(post: super::Post) -> HeldRoleView {
    HeldRoleView {
        role: post.role,
        region_id: post.region_id,
        enterprise_id: post.enterprise_id,
        place: post.place,
    }
}
