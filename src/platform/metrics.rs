//! What is counted of the service itself: no global recorder, so that several instances fit into one process.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use metrics::{Counter, Histogram, Key, Label, Level, Metadata, Recorder};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle, PrometheusRecorder};

/// Seconds; the last one is the longest a request may take.
const BUCKETS: [f64; 12] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 60.0,
];

static METADATA: Metadata<'static> = Metadata::new("anpei", Level::INFO, None);

/// The figures of one instance.
pub struct Metrics {
    recorder: PrometheusRecorder,
    handle: PrometheusHandle,
    answers: RwLock<HashMap<(&'static str, &'static str), Answers>>,
}

/// What is counted of an operation's answers of one class, found once.
struct Answers {
    total: Counter,
    seconds: Histogram,
}

type Labels<'a> = &'a [(&'static str, &'static str)];

impl Metrics {
    /// Nothing counted yet.
    #[must_use]
    pub fn new() -> Self {
        // Fails for an empty list only.
        let builder = PrometheusBuilder::new()
            .set_buckets(&BUCKETS)
            .unwrap_or_default();
        let recorder = builder.build_recorder();
        let handle = recorder.handle();
        Self {
            recorder,
            handle,
            answers: RwLock::default(),
        }
    }

    /// One more answer of an operation, of a class of statuses, and what it took.
    pub fn answered(&self, operation: &'static str, class: &'static str, seconds: f64) {
        let asked = (operation, class);
        let held = self.answers.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = held.get(&asked) {
            return found.note(seconds);
        }
        drop(held);
        let operation = ("operation", operation);
        let total = key("anpei_requests_total", &[operation, ("status", class)]);
        let took = key("anpei_request_seconds", &[operation]);
        let answers = Answers {
            total: self.recorder.register_counter(&total, &METADATA),
            seconds: self.recorder.register_histogram(&took, &METADATA),
        };
        answers.note(seconds);
        let mut held = self.answers.write().unwrap_or_else(PoisonError::into_inner);
        held.insert(asked, answers);
    }

    /// One more.
    pub fn count(&self, name: &'static str, labels: Labels<'_>) {
        self.counter(name, labels).increment(1);
    }

    /// What counts, to be taken along to another thread.
    pub fn counter(&self, name: &'static str, labels: Labels<'_>) -> Counter {
        self.recorder
            .register_counter(&key(name, labels), &METADATA)
    }

    /// A duration, in seconds.
    pub fn observe(&self, name: &'static str, labels: Labels<'_>, seconds: f64) {
        self.recorder
            .register_histogram(&key(name, labels), &METADATA)
            .record(seconds);
    }

    /// How much there is now.
    pub fn set(&self, name: &'static str, labels: Labels<'_>, value: f64) {
        self.recorder
            .register_gauge(&key(name, labels), &METADATA)
            .set(value);
    }

    /// Everything, as Prometheus reads it.
    #[must_use]
    pub fn text(&self) -> String {
        self.handle.render()
    }

    /// Folds single observations into their buckets: without it they gather until somebody asks.
    pub fn fold(&self) {
        self.handle.run_upkeep();
    }
}

impl Answers {
    fn note(&self, seconds: f64) {
        self.total.increment(1);
        self.seconds.record(seconds);
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

fn key(name: &'static str, labels: Labels<'_>) -> Key {
    let labels = labels
        .iter()
        .map(|(name, value)| Label::from_static_parts(name, value));
    Key::from_parts(name, labels.collect::<Vec<_>>())
}
