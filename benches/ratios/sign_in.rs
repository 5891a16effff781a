//! Reads while others sign in: argon2 may take its share of the machine, but not every turn.

use std::sync::Arc;
use std::time::Duration;

use crate::county::{self, Kind, Place};
use crate::load::{self, Load};
use crate::report::{Report, Rounds};
use crate::{Out, Told};

const READERS: usize = 8;
const SIGNERS: usize = 16;

pub async fn measure(told: &Told, kind: &Kind, load: &Load, report: &mut Report) -> Out<()> {
    let place = Place::demo(kind).await?;
    let address = place.serve().await?;
    let token = place.token(address, "county_officer").await?;
    let enterprises = county::ids(address, "/v1/places/enterprises?limit=200", &token).await?;
    let reads = enterprises
        .iter()
        .map(|id| load::get(&format!("/v1/places/enterprises/{id}"), &token));
    let reads = Arc::new(reads.collect::<Vec<_>>());
    let (login, password) = place.account("auditor")?;
    let body = serde_json::json!({"login": login, "password": password}).to_string();
    let signs = Arc::new(vec![load::post("/v1/accounts/session", "none", &body)]);
    let time = Duration::from_millis(told.millis * 2);
    let (mut tail, mut rate) = (Rounds::default(), Rounds::default());
    let (mut signed, mut refused, mut p99) = (Vec::new(), 0, Vec::new());
    for _ in 0..told.rounds {
        let alone = load.run(address, &reads, READERS, time).await?;
        let (beside, flood) = tokio::join!(
            load.run(address, &reads, READERS, time),
            load.run(address, &signs, SIGNERS, time),
        );
        let (beside, flood) = (beside?, flood?);
        tail.ours.push(beside.within(0.99));
        tail.limit.push(alone.within(0.99));
        rate.ours.push(beside.per_second);
        rate.limit.push(alone.per_second);
        signed.push(flood.per_second);
        p99.push(flood.within(0.99));
        refused += flood.refused;
    }
    let name = format!("{} · getEnterprise during a flood of sign-ins", kind.word());
    report.row(
        &format!("{name}, p99"),
        "without the flood",
        &tail,
        "ms",
        "",
    );
    report.row(
        &format!("{name}, rate"),
        "without the flood",
        &rate,
        "req/s",
        "",
    );
    report.note(format!(
        "{}: {:.0} sign-ins answered a second by {SIGNERS} clients, p99 {:.0} ms, {refused} refused (429 or 503)",
        kind.word(),
        crate::report::median(&signed),
        crate::report::median(&p99),
    ));
    Ok(())
}
