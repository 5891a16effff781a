//! Sessions of the caller's on the wire.

use chrono::{DateTime, FixedOffset};
use poem::web::Data;
use poem_openapi::param::Path;
use poem_openapi::payload::Json;
use poem_openapi::{ApiResponse, Object, OpenApi};
use uuid::Uuid;

use crate::accounts::devices::{self, Device};
use crate::platform::caller::Signed;
use crate::platform::tag::Tag;
use crate::platform::{Action, App, Result};

/// A session of the caller's.
#[derive(Debug, Clone, Object)]
pub struct DeviceView {
    /// The session.
    pub session_id: Uuid,
    /// What it was called at the sign-in.
    pub device: String,
    /// Signed in.
    pub since: DateTime<FixedOffset>,
    /// Last refreshed.
    pub last_used: DateTime<FixedOffset>,
    /// When it runs out unless it is refreshed.
    pub until: DateTime<FixedOffset>,
    /// It is the one that asks.
    pub current: bool,
}

/// The caller's sessions.
#[derive(Debug, Clone, Object)]
pub struct DeviceList {
    /// Last used first.
    pub items: Vec<DeviceView>,
}

#[derive(ApiResponse)]
enum Ended {
    /// Ended: its tokens count no more, on other instances within two seconds.
    #[oai(status = 204)]
    Done,
}

/// Sessions.
pub struct DevicesApi;

#[OpenApi(prefix_path = "/v1/accounts/me/devices", tag = "Tag::Accounts")]
impl DevicesApi {
    /// List my devices
    ///
    /// Where the caller's account is signed in.
    #[oai(path = "/", method = "get", operation_id = "listMyDevices")]
    async fn list_my_devices(&self, state: Data<&App>, caller: Signed) -> Result<Json<DeviceList>> {
        caller.0.may(Action::UseAccount)?;
        let found = devices::list(&state, &caller.0).await?;
        let view = |device: Device| DeviceView {
            session_id: device.session,
            device: device.device,
            since: state.clock.local(device.since),
            last_used: state.clock.local(device.last_used),
            until: state.clock.local(device.until),
            current: device.session == caller.0.session,
        };
        Ok(Json(DeviceList {
            items: found.into_iter().map(view).collect(),
        }))
    }

    /// End a device
    ///
    /// Ends one session of the caller's: a lost phone.
    #[oai(path = "/:session_id", method = "delete", operation_id = "endMyDevice")]
    async fn end_my_device(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The session.
        session_id: Path<Uuid>,
    ) -> Result<Ended> {
        caller.0.may(Action::UseAccount)?;
        devices::end(&state, &caller.0, session_id.0).await?;
        Ok(Ended::Done)
    }

    /// Sign out everywhere
    ///
    /// Ends every session of the caller's, this one too.
    #[oai(path = "/", method = "delete", operation_id = "endMyDevices")]
    async fn end_my_devices(&self, state: Data<&App>, caller: Signed) -> Result<Ended> {
        caller.0.may(Action::UseAccount)?;
        devices::end_all(&state, &caller.0).await?;
        Ok(Ended::Done)
    }
}
