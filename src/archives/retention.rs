//! How long what is kept: the county's rules, what they let go, and letting it go.

use serde_json::{Value, json};
use uuid::Uuid;

use super::rules::{self, Kind, Rule, before};
use super::store;
use crate::codes::reviews;
use crate::hours::academies;
use crate::platform::etag::Seen;
use crate::platform::idempotency::{self, Retry};
use crate::platform::recurring::{self, LastRun};
use crate::platform::{Action, App, Caller, Result, Scope, State, db, jobs};
use crate::{accounts, audit, classes, corrections, fresh, notices, places};

/// The recurring task's name.
pub const TASK: &str = "retention";

/// What of one kind is older than its rule.
#[derive(Clone, Copy, Debug)]
pub struct Due {
    pub rule: Rule,
    /// Microseconds since 1970.
    pub before: i64,
    pub rows: u64,
}

/// What would go now, and what went last.
#[derive(Clone, Debug)]
pub struct Report {
    pub due: Vec<Due>,
    pub last_run: Option<LastRun>,
}

/// The county's rules, those nobody set as usual.
///
/// # Errors
/// `forbidden`.
pub async fn rules_of(state: &State, by: &Caller) -> Result<Vec<Rule>> {
    let scope = by.may(Action::ManageRetention)?;
    Ok(rules::filled(&store::rules(state.db.read(), &scope).await?))
}

/// Sets the county's rules; a kind not named is as usual again.
///
/// # Errors
/// `forbidden`, `invalid_field` for a time shorter than the law says, `stale`.
pub async fn set_rules(
    state: &State,
    by: &Caller,
    retry: Retry,
    new: Vec<Rule>,
    seen: Seen<Vec<Rule>>,
) -> Result<Vec<Rule>> {
    let scope = by.may(Action::ManageRetention)?;
    rules::check(&new)?;
    let work = fresh!(state.begin(by, retry).await?);
    db::lock_in_line(&work.tx, &format!("retention:{}", by.county_id)).await?;
    let was = rules::filled(&store::rules(&work.tx, &scope).await?);
    seen.check(&was)?;
    store::replace_rules(&work, &new).await?;
    let now = rules::filled(&new);
    let days = |rules: &[Rule]| -> Value {
        let each = rules.iter();
        each.map(|rule| (rule.kind.word().to_owned(), json!(rule.days)))
            .collect::<serde_json::Map<_, _>>()
            .into()
    };
    audit::record(
        &work,
        "archives.set_retention",
        ("county", by.county_id.to_string()),
        json!({"from": days(&was), "to": days(&now)}),
    )
    .await?;
    work.commit(&now).await?;
    Ok(now)
}

/// Counts what is older than the county's rules, and changes nothing.
///
/// # Errors
/// `forbidden`.
pub async fn report(state: &State, by: &Caller) -> Result<Report> {
    let rules = rules_of(state, by).await?;
    let now = state.clock.now();
    let mut due = Vec::with_capacity(rules.len());
    for rule in rules {
        let before = before(now, rule.days);
        let rows = count(state, by.county_id, rule.kind, before).await?;
        due.push(Due { rule, before, rows });
    }
    let last_run = recurring::last_run(state, TASK).await?;
    Ok(Report { due, last_run })
}

async fn count(state: &State, county: Uuid, kind: Kind, before: i64) -> Result<u64> {
    let db = state.db.read();
    match kind {
        Kind::TrainingRecords => store::old_records(db, county, before).await,
        Kind::AuditLog => store::old_entries(db, county, before).await,
        Kind::UncommittedUploads => {
            let results = academies::purge::count(db, county, before).await?;
            Ok(results + classes::purge::count(db, county, before).await?)
        }
        Kind::ClaimReviews => reviews::purge::count(db, county, before).await,
        Kind::Messages => notices::purge::count(db, county, before).await,
        Kind::CheckInScans => classes::purge::old_scans(db, county, before).await,
        Kind::WalkIns => classes::purge::old_walk_ins(db, county, before).await,
        Kind::Corrections => corrections::old(db, county, before).await,
        Kind::Sessions => accounts::ended_sessions(db, county, before).await,
        Kind::Jobs => jobs::ended(db, county, before).await,
        Kind::IdempotencyRecords => idempotency::outlived(db, before).await,
    }
}

/// Lets go what may go, county by county, in small transactions: it may be cut off anywhere and done again.
///
/// # Errors
/// Database faults; what went before stays gone.
pub async fn purge(app: App) -> Result<Value> {
    let now = app.clock.now();
    let kept = Kind::IdempotencyRecords.usual();
    let answers = idempotency::forget(&app, before(now, kept)).await?;
    // Jobs of no county, ordered by a command or by strangers at the door: no county says how long, so the shortest.
    let kept = Kind::Jobs.shortest();
    let mut done = jobs::forget(&app, Uuid::nil(), before(now, kept)).await?;
    let (mut uploads, mut photos, mut sessions, mut messages) = (0, 0, 0, 0);
    let (mut scans, mut walk_ins, mut settled) = (0, 0, 0);
    for county in places::counties(&app).await? {
        let by = Caller {
            login: TASK.to_owned(),
            ..Caller::console(county)
        };
        let scope = Scope::county(county);
        let rules = rules::filled(&store::rules(app.db.read(), &scope).await?);
        for Rule { kind, days } in rules {
            let before = before(now, days);
            match kind {
                Kind::UncommittedUploads => {
                    uploads += academies::purge::purge(&app, &by, before).await?;
                    uploads += classes::purge::purge(&app, &by, before).await?;
                }
                Kind::ClaimReviews => {
                    photos += reviews::purge::purge(&app, &by, before).await?;
                }
                Kind::Messages => messages += notices::purge::purge(&app, county, before).await?,
                Kind::CheckInScans => {
                    scans += classes::purge::forget_scans(&app, county, before).await?;
                }
                Kind::WalkIns => {
                    walk_ins += classes::purge::forget_walk_ins(&app, county, before).await?;
                }
                Kind::Corrections => {
                    settled += corrections::forget(&app, county, before).await?;
                }
                Kind::Sessions => {
                    sessions += accounts::forget_sessions(&app, county, before).await?;
                }
                Kind::Jobs => done += jobs::forget(&app, county, before).await?,
                Kind::TrainingRecords | Kind::AuditLog | Kind::IdempotencyRecords => {}
            }
        }
    }
    Ok(json!({
        "idempotency_records": answers, "uncommitted_uploads": uploads, "claim_reviews": photos,
        "sessions": sessions, "jobs": done, "messages": messages, "check_in_scans": scans, "walk_ins": walk_ins,
        "corrections": settled
    }))
}
