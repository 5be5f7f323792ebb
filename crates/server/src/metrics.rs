//! Prometheus metrics: what the server counts, and what the application reports of itself.

use crate::{
    answers::{Answers, Tally, Told},
    dispatch::{Application, MeasurementKind},
    lanes::Lanes,
};
use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeMetric, text},
    metrics::{
        counter::{ConstCounter, Counter},
        gauge::{ConstGauge, Gauge},
        info::Info,
    },
    registry::Registry,
};
use std::sync::Arc;

/// The content type of the exposition.
pub(crate) const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Everything that is counted.
pub struct Metrics {
    registry: Registry,
    answers: Arc<Answers>,
    connections: Gauge,
    refused_connections: Counter,
    failed_handshakes: Counter,
}

impl Metrics {
    /// Metrics of a server that runs this application, in these lanes.
    pub fn new(application: &Arc<dyn Application>, lanes: &Lanes) -> Self {
        let mut metrics = Self {
            registry: Registry::with_prefix("gatekey"),
            answers: Answers::new(lanes),
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
        all.register("connections", "Connections open now", self.connections.clone());
        let refused = "Connections refused because too many were open";
        all.register("connections_refused", refused, self.refused_connections.clone());
        let failed = "TLS handshakes that failed or took too long";
        all.register("tls_handshakes_failed", failed, self.failed_handshakes.clone());
        all.register_collector(Box::new(Told(self.answers.clone())));
        all.register_collector(Box::new(Reported(application.clone())));
    }

    /// Counts the answers of one connection.
    pub(crate) fn tally(&self) -> Tally {
        self.answers.tally()
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
            let help = format!("{}.", measurement.help);
            figure.encode(encoder.encode_descriptor(measurement.name, &help, None, kind)?)?;
        }
        Ok(())
    }
}
