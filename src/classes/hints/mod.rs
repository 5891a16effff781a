//! Hints of check-in that looks odd, each with its evidence (异常提示). They block nothing and change nothing.

pub mod api;
pub mod rules;
mod store;

use uuid::Uuid;

use super::Class;
use crate::platform::{Result, Scope, State};
use rules::Hint;
use store::presence;

/// What these classes' check-in hints at, class by class in the order given.
async fn hints_of(state: &State, scope: &Scope, classes: &[Class]) -> Result<Vec<Hint>> {
    if classes.is_empty() {
        return Ok(Vec::new());
    }
    let db = state.db.read();
    let ids: Vec<Uuid> = classes.iter().map(|class| class.id).collect();
    let mut hints = rules::of_scans(&store::odd_scans(db, &ids).await?);
    let overlaps = presence::overlaps(db, scope, &ids).await?;
    hints.extend(rules::of_overlaps(overlaps));
    let mut came = presence::came(db, &ids).await?;
    let seats = classes.iter().filter_map(|class| {
        let came = came.remove(&class.id).unwrap_or_default();
        rules::of_seats(class.id, class.capacity, came)
    });
    hints.extend(seats);
    hints.sort_by_key(|hint| (ids.iter().position(|id| *id == hint.class_id), hint.kind));
    Ok(hints)
}
