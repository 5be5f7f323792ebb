//! Running a server from its settings to its orderly end; what `serve` and `dev` have in common.

use crate::{
    compose::{self, Materials},
    credentials::pasteable,
    failure::{Failure, Kind},
    output, workloads,
};
use gatekey_server::{
    Lanes, Server, Stopped,
    config::Settings,
    tls::{Identity, LocalAuthority, Tls},
};
use std::{
    fmt::Write as _, io, net::SocketAddr, path::Path, sync::Arc, thread::available_parallelism,
    time::Duration,
};
use tokio::{
    runtime::Builder,
    signal::unix::{Signal, SignalKind, signal},
    sync::Notify,
    task::JoinSet,
};

/// How long work outside of requests may take to end after the server has stopped.
const FAREWELL: Duration = Duration::from_secs(5);

/// Where the server answers, ports chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Endpoint {
    address: SocketAddr,
    tls: bool,
}

impl Endpoint {
    /// The URL that clients are given. An address that stands for all of the machine's is shown as its loopback one.
    pub(crate) fn url(&self) -> String {
        let scheme = if self.tls { "https" } else { "http" };
        let port = self.address.port();
        match self.address {
            SocketAddr::V4(v4) if v4.ip().is_unspecified() => format!("{scheme}://127.0.0.1:{port}"),
            SocketAddr::V6(v6) if v6.ip().is_unspecified() => format!("{scheme}://[::1]:{port}"),
            address => format!("{scheme}://{address}"),
        }
    }
}

/// Serves until a signal says stop. Calls `announce` once everything answers.
pub(crate) fn run(
    materials: &Materials,
    announce: impl FnOnce(&[Endpoint]) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let processors = available_parallelism().map_or(1, usize::from);
    let (lanes, threads) = Lanes::start(processors).map_err(no_runtime)?;
    let runtime = Builder::new_multi_thread().enable_all().build().map_err(no_runtime)?;
    let outcome = runtime.block_on(serve(materials, lanes, announce));
    // Whoever is cut off is told nothing more.
    threads.end(FAREWELL);
    runtime.shutdown_timeout(FAREWELL);
    outcome
}

fn no_runtime(error: io::Error) -> Failure {
    Failure::new(Kind::Other, format!("cannot start the runtime: {error}"))
}

async fn serve(
    materials: &Materials,
    lanes: Lanes,
    announce: impl FnOnce(&[Endpoint]) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut signals = Signals::new()?;
    let compose::Opened { application, gate } = compose::open(materials, &lanes).await?;
    let (entropy, limits) = (&*materials.entropy, materials.settings.limits);
    let mut server = Server::in_lanes(application, entropy, limits, lanes);
    let endpoints = listen(&mut server, materials)?;
    // They end with this function: what a workload asks is answered at once.
    let mut workloads = JoinSet::new();
    for workload in workloads::open(materials, &gate)? {
        workloads.spawn(workload.run(std::future::pending()));
    }
    announce(&endpoints)?;
    let stop = Notify::new();
    let twice = async {
        signals.next().await;
        tracing::info!("stopping: taking no more connections, finishing requests; once more to stop at once");
        stop.notify_one();
        signals.next().await;
    };
    tokio::select! {
        stopped = server.run(stop.notified()) => report(stopped),
        () = twice => tracing::warn!("stopped at once; requests in flight were cut off"),
    }
    Ok(())
}

fn report(stopped: Stopped) {
    match stopped {
        Stopped::Clean => tracing::info!("stopped; every request was finished"),
        Stopped::CutOff(connections) => {
            tracing::warn!(connections, "stopped; some connections were still busy and were cut off");
        }
    }
}

/// Opens every listener that the settings name.
fn listen(server: &mut Server, materials: &Materials) -> Result<Vec<Endpoint>, Failure> {
    let settings = &materials.settings;
    let tls = settings.listen.iter().any(|address| settings.tls.mode.covers(address));
    let tls = if tls { Some(start_tls(materials)?) } else { None };
    let mut endpoints = Vec::with_capacity(settings.listen.len());
    for address in &settings.listen {
        let covering = tls.as_ref().filter(|_| settings.tls.mode.covers(address));
        let acceptor = covering.map(|tls| tls.acceptor()).transpose()?;
        let tls = acceptor.is_some();
        endpoints.push(Endpoint { address: server.listen(*address, acceptor)?, tls });
    }
    if let Some(address) = settings.metrics_listen {
        let address = server.listen_for_operators(address)?;
        tracing::info!(%address, "metrics and health for operators");
    }
    Ok(endpoints)
}

fn start_tls(materials: &Materials) -> Result<Arc<Tls>, Failure> {
    let identity = identity(&materials.settings, &materials.folder, materials)?;
    let tls = Arc::new(Tls::new(identity, materials.clock.now())?);
    let (renewed, clock, nudge) = (tls.clone(), materials.clock.clone(), Arc::new(Notify::new()));
    nudge_on_hangup(nudge.clone())?;
    tokio::spawn(async move { renewed.stay_fresh(&*clock, &nudge).await });
    Ok(tls)
}

fn nudge_on_hangup(nudge: Arc<Notify>) -> Result<(), Failure> {
    let mut hangup = listen_for(SignalKind::hangup())?;
    tokio::spawn(async move {
        while hangup.recv().await.is_some() {
            nudge.notify_one();
        }
    });
    Ok(())
}

fn identity(settings: &Settings, folder: &Path, materials: &Materials) -> Result<Identity, Failure> {
    if let Some((certificate, key)) = settings.tls.files.clone() {
        return Ok(Identity::Files { certificate, key });
    }
    let authority = LocalAuthority::open_or_create(folder, materials.clock.now())?;
    Ok(Identity::Local { authority, names: names(settings) })
}

/// What a certificate of the local authority is for.
fn names(settings: &Settings) -> Vec<String> {
    let mut names = ["localhost", "127.0.0.1", "::1"].map(str::to_owned).to_vec();
    let addresses = settings.listen.iter().map(SocketAddr::ip).filter(|ip| !ip.is_unspecified());
    names.extend(addresses.map(|ip| ip.to_string()));
    names.extend(settings.tls.names.iter().cloned());
    names.sort();
    names.dedup();
    names
}

/// The lines that people paste into a shell to use the server.
pub(crate) fn banner(endpoints: &[Endpoint], materials: &Materials, credentials: &Path) -> String {
    let mut text = format!("\nGatekey {} answers on:\n", env!("CARGO_PKG_VERSION"));
    for endpoint in endpoints {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "  {}", endpoint.url());
    }
    let Some(first) = endpoints.first() else { return text };
    let (region, credentials) = (materials.settings.region.as_str(), pasteable(credentials));
    let _ = write!(
        text,
        "\nPaste this to use it:\n  export AWS_ENDPOINT_URL={} AWS_REGION={region} AWS_SHARED_CREDENTIALS_FILE='{}'\n",
        first.url(),
        credentials.display(),
    );
    if first.tls && materials.settings.tls.files.is_none() {
        let bundle = pasteable(&materials.folder.join("ca.pem"));
        let _ = writeln!(text, "  export AWS_CA_BUNDLE='{}'", bundle.display());
    }
    text.push_str("  aws kms create-key --description first\n");
    text
}

/// Shows the banner to whoever reads standard error.
pub(crate) fn show_banner(endpoints: &[Endpoint], materials: &Materials, credentials: &Path) {
    output::note(&banner(endpoints, materials, credentials));
}

fn listen_for(kind: SignalKind) -> Result<Signal, Failure> {
    signal(kind).map_err(|error| Failure::new(Kind::Other, format!("cannot listen for signals: {error}")))
}

/// The signals that stop a server: the terminal's and the supervisor's.
struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    fn new() -> Result<Self, Failure> {
        let (interrupt, terminate) = (SignalKind::interrupt(), SignalKind::terminate());
        Ok(Self { interrupt: listen_for(interrupt)?, terminate: listen_for(terminate)? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_shown_as_clients_reach_it() {
        let url = |address: &str, tls| Endpoint { address: address.parse().unwrap(), tls }.url();
        assert_eq!(url("127.0.0.1:4599", false), "http://127.0.0.1:4599");
        assert_eq!(url("0.0.0.0:4599", true), "https://127.0.0.1:4599");
        assert_eq!(url("[::]:1", true), "https://[::1]:1");
        assert_eq!(url("[::1]:1", false), "http://[::1]:1");
    }
}
