//! What is counted of the service itself: no global recorder, so that several instances fit into one process.

use metrics::{Key, Label, Level, Metadata, Recorder};
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
        Self { recorder, handle }
    }

    /// One more.
    pub fn count(&self, name: &'static str, labels: Labels<'_>) {
        self.recorder
            .register_counter(&key(name, labels), &METADATA)
            .increment(1);
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
