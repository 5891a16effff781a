//! Recounts everything and walks the audit chain: what `anpei doctor` tells.

use sea_orm::{ConnectionTrait, FromQueryResult, Statement};

use super::recount;
use crate::platform::{Result, State};
use crate::{audit, plans};

/// One check.
#[derive(Clone, Debug)]
pub struct Check {
    pub name: String,
    pub ok: bool,
    /// Counts only, no personal data.
    pub detail: String,
}

#[derive(FromQueryResult)]
struct Differences {
    differences: i64,
}

#[derive(FromQueryResult)]
struct Integrity {
    integrity_check: String,
}

/// Runs every check.
///
/// # Errors
/// Database faults.
pub async fn checks(state: &State) -> Result<Vec<Check>> {
    let mut found = vec![integrity(state).await?];
    let pending = state.db.pending_steps().await?;
    found.push(Check {
        name: "schema_up_to_date".into(),
        ok: pending.is_empty(),
        detail: format!("{} pending", pending.len()),
    });
    let tx = state.db.begin_read().await?;
    for (name, sql) in recount::CHECKS {
        let statement = Statement::from_string(tx.get_database_backend(), *sql);
        let row = Differences::find_by_statement(statement).one(&tx).await?;
        let differences = row.map_or(0, |row| row.differences);
        found.push(Check {
            name: (*name).into(),
            ok: differences == 0,
            detail: format!("{differences} differences"),
        });
    }
    let broken = plans::settle::broken_digests(&tx).await?;
    found.push(Check {
        name: "settled_rows_have_their_digest".into(),
        ok: broken == 0,
        detail: format!("{broken} differences"),
    });
    tx.commit().await?;
    let walk = audit::verify(state).await?;
    let detail = match walk.broken {
        None => format!("{} entries", walk.entries),
        Some((county, seq)) => format!("broken at {seq} of county {county}"),
    };
    found.push(Check {
        name: "audit_chain".into(),
        ok: walk.broken.is_none(),
        detail,
    });
    Ok(found)
}

async fn integrity(state: &State) -> Result<Check> {
    let name = "database_integrity".to_owned();
    if state.db.is_postgres() {
        state.db.ping().await?;
        return Ok(Check {
            name,
            ok: true,
            detail: "answers".to_owned(),
        });
    }
    let db = state.db.read();
    let statement = |sql| Statement::from_string(db.get_database_backend(), sql);
    let rows = Integrity::find_by_statement(statement("PRAGMA integrity_check"))
        .all(db)
        .await?;
    let sound = rows.iter().all(|row| row.integrity_check == "ok");
    let orphans = db
        .query_all_raw(statement("PRAGMA foreign_key_check"))
        .await?
        .len();
    Ok(Check {
        name,
        ok: sound && orphans == 0,
        detail: format!("sound: {sound}, rows without parent: {orphans}"),
    })
}
