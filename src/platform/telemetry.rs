//! Logs: one line an event, JSON on demand, the request's id in each, no personal data.

use super::config::Settings;

/// Starts logging to standard error. A second call changes nothing.
pub fn start(settings: &Settings) {
    use tracing_subscriber::EnvFilter;
    let filter = EnvFilter::try_new(&settings.log).unwrap_or_else(|_| EnvFilter::new("info"));
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    // Fails only when a subscriber is there already, as in tests.
    let _ = if settings.log_json {
        lines
            .json()
            .flatten_event(true)
            .with_current_span(true)
            .with_span_list(false)
            .try_init()
    } else {
        lines.with_target(false).try_init()
    };
}
