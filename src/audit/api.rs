//! The audit log on the wire.

use chrono::{DateTime, FixedOffset};
use poem::web::Data;
use poem_openapi::param::Query;
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};
use uuid::Uuid;

use super::rules::Entry;
use super::store;
use crate::page_of;
use crate::platform::caller::Signed;
use crate::platform::page::Page;
use crate::platform::tag::Tag;
use crate::platform::{Action, App, Result};

/// One entry of the audit log.
#[derive(Debug, Clone, Object)]
pub struct AuditEntry {
    /// Place in the county's chain, from 1.
    pub seq: i64,
    /// When.
    pub at: DateTime<FixedOffset>,
    /// The login that did it, or `console`.
    pub actor: String,
    /// What was done, as `room.verb`.
    pub action: String,
    /// The kind of thing it was done to.
    pub subject_kind: String,
    /// Its id.
    pub subject_id: String,
    /// What changed, as JSON text, without personal numbers.
    pub detail: String,
}

page_of!(
    /// A page of audit entries.
    AuditPage,
    AuditEntry
);

/// The audit log.
pub struct AuditApi;

#[OpenApi(prefix_path = "/v1/audit", tag = "Tag::Audit")]
impl AuditApi {
    /// List audit entries
    ///
    /// Who did what, newest first. Only an auditor may read it.
    #[oai(path = "/entries", method = "get", operation_id = "listAuditEntries")]
    async fn list_audit_entries(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// Rows wanted, 1 to 200; 50 when absent.
        limit: Query<Option<i32>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Result<Json<AuditPage>> {
        let scope = caller.0.may(Action::ReadAudit)?;
        let page = Page::read(limit.0, cursor.0.as_deref())?;
        // The chain's order is its number, carried in the cursor's low half.
        let before = page.after.and_then(|id| i64::try_from(id.as_u128()).ok());
        let rows = store::newest(state.db.read(), &scope, before, page.limit + 1).await?;
        let (rows, next) = page.cut(rows, |row| {
            Uuid::from_u128(u128::from(row.seq.unsigned_abs()))
        });
        Ok(Json(AuditPage::new((
            rows.into_iter().map(|row| view(&state, row)).collect(),
            next,
        ))))
    }
}

fn view(state: &App, entry: Entry) -> AuditEntry {
    AuditEntry {
        seq: entry.seq,
        at: state.clock.local(entry.at),
        actor: entry.actor,
        action: entry.action,
        subject_kind: entry.subject_kind,
        subject_id: entry.subject_id,
        detail: entry.detail,
    }
}
