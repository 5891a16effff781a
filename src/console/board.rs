//! The board and the doctor on the command line.

use std::fmt::Write;
use std::process::ExitCode;

use serde_json::json;
use uuid::Uuid;

use super::Output;
use crate::boards::doctor::Check;
use crate::boards::{self, Board};
use crate::places;
use crate::platform::{App, Result, Scope};

pub(super) async fn run(
    state: &App,
    county: Option<String>,
    plan: Option<Uuid>,
    output: Output,
) -> Result<ExitCode> {
    let county = places::county(state, county.as_deref()).await?;
    let board = boards::board(state, &Scope::county(county.id), plan, None).await?;
    let rate = |rate: &Option<rust_decimal::Decimal>| rate.map(|rate| rate.to_string());
    let regions: Vec<_> = board
        .regions
        .iter()
        .map(|r| {
            json!({"code": r.code, "name": r.name, "quota": r.quota, "completed": r.completed, "rate": rate(&r.rate),
                "person_times": r.person_times, "due": r.due, "claimed": r.claimed, "claim_rate": rate(&r.claim_rate)})
        })
        .collect();
    let answer = json!({
        "quota": board.quota,
        "completed": board.completed,
        "person_times": board.person_times,
        "training_rate": rate(&board.rate),
        "due": board.due,
        "claimed": board.claimed,
        "claimed_on_list": board.claimed_on_list,
        "claimed_outside_list": board.claimed_outside_list,
        "claim_rate": rate(&board.claim_rate),
        "regions": regions,
        "as_of": state.clock.local(board.as_of).to_rfc3339(),
    });
    output.print(&answer, || text(&board))?;
    Ok(ExitCode::SUCCESS)
}

fn text(board: &Board) -> String {
    let percent = |rate: Option<rust_decimal::Decimal>| {
        rate.map_or_else(|| "—".to_owned(), |rate| format!("{rate}%"))
    };
    let mut text = String::new();
    for region in &board.regions {
        let _ = writeln!(
            text,
            "{}  {}\t{} / {}  {}\t领码 {} / {}  {}",
            region.code,
            region.name,
            region.completed,
            region.quota,
            percent(region.rate),
            region.claimed,
            region.due,
            percent(region.claim_rate),
        );
    }
    let _ = write!(
        text,
        "合计 total\t{} / {} = {}\t领码 codes {} / {} = {}",
        board.completed,
        board.quota,
        percent(board.rate),
        board.claimed,
        board.due,
        percent(board.claim_rate),
    );
    text
}

/// Checks for machines.
pub(super) fn rows(checks: &[Check]) -> Vec<serde_json::Value> {
    let each = checks.iter();
    each.map(|c| json!({"name": c.name, "ok": c.ok, "detail": c.detail}))
        .collect()
}

/// Checks for people, a line each.
pub(super) fn marks(checks: &[Check]) -> String {
    let mark = |ok| if ok { "✓" } else { "✗" };
    let each = checks.iter();
    each.map(|c| format!("{} {}  {}", mark(c.ok), c.name, c.detail))
        .collect::<Vec<_>>()
        .join("\n")
}

pub(super) async fn doctor(state: &App, output: Output) -> Result<ExitCode> {
    let checks = boards::doctor::checks(state).await?;
    let ok = checks.iter().all(|check| check.ok);
    output.print(&json!({"ok": ok, "checks": rows(&checks)}), || {
        marks(&checks)
    })?;
    Ok(if ok {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
