//! `/metrics` for Prometheus, on an address of its own: whoever reaches the API does not reach it.

use std::future::Future;
use std::time::Duration;

use poem::listener::TcpAcceptor;
use poem::{EndpointExt, Response, Route, get, handler};

use crate::notices;
use crate::platform::{App, Fault, Result, jobs};

/// Serves the figures until `stop` comes.
///
/// # Errors
/// `internal` when the socket fails.
pub async fn serve_metrics(
    state: App,
    listener: tokio::net::TcpListener,
    stop: impl Future<Output = ()>,
) -> Result<()> {
    let fail = |e: std::io::Error| Fault::internal(e.to_string());
    let acceptor = TcpAcceptor::from_tokio(listener).map_err(fail)?;
    poem::Server::new_with_acceptor(acceptor)
        .run_with_graceful_shutdown(
            Route::new().at("/metrics", get(metrics)).data(state),
            stop,
            Some(Duration::from_secs(1)),
        )
        .await
        .map_err(fail)
}

#[handler]
async fn metrics(state: poem::web::Data<&App>) -> Response {
    let state = state.0;
    let figures = &state.metrics;
    figures.set(
        "anpei_build_info",
        &[("version", env!("CARGO_PKG_VERSION"))],
        1.0,
    );
    for (name, gate) in state.gates.all() {
        let (taken, most) = gate.taken();
        figures.set("anpei_places_taken", &[("gate", name)], whole(taken));
        figures.set("anpei_places", &[("gate", name)], whole(most));
    }
    figures.set("anpei_writers_waiting", &[], whole(state.db.waiting()));
    for (pool, open, idle) in state.db.pools() {
        figures.set("anpei_pool_connections", &[("pool", pool)], f64::from(open));
        figures.set("anpei_pool_idle", &[("pool", pool)], whole(idle));
    }
    match jobs::waiting(state).await {
        Ok(waiting) => figures.set("anpei_jobs_waiting", &[], whole(waiting)),
        Err(fault) => tracing::warn!(%fault, "jobs cannot be counted"),
    }
    match notices::waiting(state).await {
        Ok(out) => {
            figures.set("anpei_outbox_waiting", &[], whole(out.waiting));
            figures.set("anpei_outbox_failed", &[], whole(out.failed));
            figures.set("anpei_outbox_oldest_seconds", &[], out.oldest_seconds);
        }
        Err(fault) => tracing::warn!(%fault, "the outbox cannot be counted"),
    }
    if let Some(bytes) = memory().await {
        figures.set("anpei_resident_bytes", &[], bytes);
    }
    Response::builder()
        .content_type("text/plain; version=0.0.4; charset=utf-8")
        .body(figures.text())
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
const fn whole(count: usize) -> f64 {
    count as f64
}

/// What this process holds in memory, where the system tells.
async fn memory() -> Option<f64> {
    let text = tokio::fs::read_to_string("/proc/self/status").await.ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1_024.0)
}
