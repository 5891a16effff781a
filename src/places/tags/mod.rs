//! What kind of enterprise it is (企业标签), from which day to which: the law asks more of some industries.
//!
//! Owns `enterprise_tag`. Invariants: the days before the one from which tags are set stay as they were; the first
//! tags an enterprise gets say what it has always been. May not enter: what the law asks (that is `hours`).

pub mod api;
pub mod rules;
mod store;

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use sea_orm::ConnectionTrait;
use serde_json::json;
use uuid::Uuid;

use super::store as places;
use crate::platform::etag::Seen;
use crate::platform::idempotency::{Retry, Work};
use crate::platform::{Action, Caller, Code, Fault, Result, Scope, State};
use crate::{audit, fresh};

use rules::{Change, TagWord, Tagged};

/// The tags enterprises bear on a day, by enterprise.
///
/// # Errors
/// Database faults.
pub async fn on(
    db: &impl ConnectionTrait,
    enterprises: &[Uuid],
    day: NaiveDate,
) -> Result<HashMap<Uuid, Vec<String>>> {
    store::on(db, enterprises, day).await
}

/// Every tag an enterprise in scope bears or bore.
///
/// # Errors
/// `not_found`.
pub async fn history(state: &State, scope: &Scope, enterprise_id: Uuid) -> Result<Vec<Tagged>> {
    let db = state.db.read();
    places::enterprise(db, scope, enterprise_id)
        .await?
        .ok_or_else(Fault::not_found)?;
    let mut found = store::histories(db, &[enterprise_id]).await?;
    Ok(found.remove(&enterprise_id).unwrap_or_default())
}

/// Makes an enterprise bear just these tags from a day on: from ever where it has none yet and no day is given.
///
/// # Errors
/// `not_found`, `tag_unknown`, `stale`.
pub async fn set(
    state: &State,
    by: &Caller,
    retry: Retry,
    enterprise_id: Uuid,
    (tags, from): (Vec<String>, Option<NaiveDate>),
    seen: Seen<Vec<Tagged>>,
) -> Result<Vec<Tagged>> {
    let scope = by.may(Action::ManageEnterprises)?;
    let wanted = known(&tags)?;
    let work = fresh!(state.begin(by, retry).await?);
    places::enterprise_for_update(&work.tx, &scope, enterprise_id)
        .await?
        .ok_or_else(Fault::not_found)?;
    let mut found = store::histories(&work.tx, &[enterprise_id]).await?;
    seen.check(&found.remove(&enterprise_id).unwrap_or_default())?;
    let change = changes(&work, &[(enterprise_id, wanted)], from).await?;
    apply(&work, change).await?;
    let mut found = store::histories(&work.tx, &[enterprise_id]).await?;
    let after = found.remove(&enterprise_id).unwrap_or_default();
    let detail = json!({"tags": tags, "from": from});
    audit::record(
        &work,
        "places.set_tags",
        ("enterprise", enterprise_id.to_string()),
        detail,
    )
    .await?;
    work.commit(&after).await?;
    Ok(after)
}

/// What makes each of these enterprises bear just its tags from a day on.
pub(super) async fn changes(
    work: &Work<'_>,
    wanted: &[(Uuid, Vec<&'static str>)],
    from: Option<NaiveDate>,
) -> Result<Change> {
    let ids: Vec<Uuid> = wanted.iter().map(|(id, _)| *id).collect();
    let histories = store::histories(&work.tx, &ids).await?;
    let today = work.state.clock.today();
    let mut all = Change::default();
    for (id, tags) in wanted {
        let history = histories.get(id).map_or(&[][..], Vec::as_slice);
        let first = if history.is_empty() {
            rules::ever()
        } else {
            today
        };
        let change = rules::retag(history, *id, tags, from.unwrap_or(first));
        all.save.extend(change.save);
        all.remove.extend(change.remove);
    }
    Ok(all)
}

/// Writes what `changes` found.
pub(super) async fn apply(work: &Work<'_>, change: Change) -> Result<()> {
    store::remove(&work.tx, &change.remove).await?;
    store::save(&work.tx, work.by.county_id, &change.save, work.now).await
}

impl Change {
    /// The enterprises it touches.
    pub(super) fn touched(&self) -> HashSet<Uuid> {
        let rows = self.save.iter().chain(&self.remove);
        rows.map(|row| row.enterprise_id).collect()
    }
}

/// The words of these tags, each once.
fn known(tags: &[String]) -> Result<Vec<&'static str>> {
    let mut wanted: Vec<&'static str> = Vec::with_capacity(tags.len());
    for (place, text) in tags.iter().enumerate() {
        let TagWord { word, .. } = rules::of_text(text).ok_or_else(|| {
            Fault::new(Code::TagUnknown)
                .with("tag", text)
                .at(&format!("/tags/{place}"))
        })?;
        if !wanted.contains(word) {
            wanted.push(word);
        }
    }
    Ok(wanted)
}
