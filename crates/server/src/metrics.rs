//! Prometheus metrics: what the server counts, and what the application reports of itself.

use crate::dispatch::{Application, MeasurementKind, Outcome};
use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric, text},
    metrics::{
        counter::{ConstCounter, Counter},
        family::Family,
        gauge::{ConstGauge, Gauge},
        histogram::{Histogram, exponential_buckets},
        info::Info,
    },
    registry::{Registry, Unit},
};
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// The content type of the exposition.
pub(crate) const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Everything that is counted. Labels are static texts only, so hostile input cannot make a new series.
pub struct Metrics {
    registry: Registry,
    requests: Family<OutcomeLabels, Counter>,
    latency: Family<OperationLabels, Histogram, fn() -> Histogram>,
    connections: Gauge,
    refused_connections: Counter,
    failed_handshakes: Counter,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OutcomeLabels {
    service: &'static str,
    operation: &'static str,
    code: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OperationLabels {
    service: &'static str,
    operation: &'static str,
}

/// From 25 microseconds, what a symmetric request takes, to 26 seconds, by doubling.
fn latency_buckets() -> Histogram {
    Histogram::new(exponential_buckets(0.000_025, 2.0, 21))
}

impl Metrics {
    /// Metrics of a server that runs this application.
    pub fn new(application: &Arc<dyn Application>) -> Self {
        let mut metrics = Self {
            registry: Registry::with_prefix("gatekey"),
            requests: Family::default(),
            latency: Family::new_with_constructor(latency_buckets),
            connections: Gauge::default(),
            refused_connections: Counter::default(),
            failed_handshakes: Counter::default(),
        };
        metrics.register(application);
        metrics
    }

    fn register(&mut self, application: &Arc<dyn Application>) {
        let all = &mut self.registry;
        let build = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
        all.register("build", "The version that runs", build);
        all.register("requests", "Requests answered, by operation and error code", self.requests.clone());
        let latency = "From the end of a request's headers to its answer, body included";
        all.register_with_unit("request_duration", latency, Unit::Seconds, self.latency.clone());
        all.register("connections", "Connections open now", self.connections.clone());
        let refused = "Connections refused because too many were open";
        all.register("connections_refused", refused, self.refused_connections.clone());
        let failed = "TLS handshakes that failed or took too long";
        all.register("tls_handshakes_failed", failed, self.failed_handshakes.clone());
        all.register_collector(Box::new(Reported(application.clone())));
    }

    /// Counts the answers of one connection.
    pub(crate) fn tally(self: &Arc<Self>) -> Tally {
        Tally { metrics: self.clone(), last: Mutex::new(None) }
    }

    fn series(&self, outcome: Outcome) -> Series {
        let Outcome { service, operation, code } = outcome;
        Series {
            outcome,
            answered: self.requests.get_or_create_owned(&OutcomeLabels { service, operation, code }),
            latency: self.latency.get_or_create_owned(&OperationLabels { service, operation }),
        }
    }

    /// Counts a connection as open until the guard is dropped.
    pub(crate) fn connected(self: &Arc<Self>) -> Connected {
        self.connections.inc();
        Connected(self.clone())
    }

    pub(crate) fn refused_connection(&self) {
        self.refused_connections.inc();
    }

    pub(crate) fn failed_handshake(&self) {
        self.failed_handshakes.inc();
    }

    /// The whole exposition, in OpenMetrics text.
    pub fn exposition(&self) -> String {
        let mut page = String::with_capacity(8 * 1024);
        // Writing to a String cannot fail.
        let _ = text::encode(&mut page, &self.registry);
        page
    }
}

/// Counts the answers of one connection, which mostly are all of one kind: looking the counters up costs more than
/// counting.
pub(crate) struct Tally {
    metrics: Arc<Metrics>,
    last: Mutex<Option<Series>>,
}

/// The counters of one kind of answer.
struct Series {
    outcome: Outcome,
    answered: Counter,
    latency: Histogram,
}

impl Tally {
    pub(crate) fn answered(&self, outcome: Outcome, took: Duration) {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let series = match last.take() {
            Some(series) if series.outcome == outcome => last.insert(series),
            _ => last.insert(self.metrics.series(outcome)),
        };
        series.answered.inc();
        series.latency.observe(took.as_secs_f64());
    }
}

/// An open connection.
pub(crate) struct Connected(Arc<Metrics>);

impl Drop for Connected {
    fn drop(&mut self) {
        self.0.connections.dec();
    }
}

/// What the application measures itself, asked at each scrape.
struct Reported(Arc<dyn Application>);

impl std::fmt::Debug for Reported {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Reported")
    }
}

impl Collector for Reported {
    fn encode(&self, mut encoder: DescriptorEncoder) -> Result<(), std::fmt::Error> {
        for measurement in self.0.measurements() {
            let figure: Box<dyn EncodeMetric> = match measurement.kind {
                MeasurementKind::Counter => Box::new(ConstCounter::new(measurement.value)),
                MeasurementKind::Gauge => Box::new(ConstGauge::new(measurement.value)),
            };
            let kind = figure.metric_type();
            figure.encode(encoder.encode_descriptor(measurement.name, measurement.help, None, kind)?)?;
        }
        Ok(())
    }
}
