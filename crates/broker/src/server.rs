//! The service as a process: listen, serve, drain.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use github_app::GitHub;
use tokio::net::TcpListener;
use tokio::time::{Instant, timeout_at};
use tokio_util::task::{AbortOnDropHandle, TaskTracker};

use crate::audit::Audit;
use crate::authenticate::Authenticator;
use crate::committer::Committers;
use crate::configuration::Configuration;
use crate::connections::{self, Limits};
use crate::exchange::Exchange;
use crate::issuers::Issuers;
use crate::key_file::KeyFile;
use crate::load::Loader;
use crate::metrics::Page;
use crate::moments::Moments;
use crate::policies::Texts;
use crate::readiness::Readiness;
use crate::record::Recorder;
use crate::replay::ReplayGuard;
use crate::revoker::Revoker;
use crate::route::{Service, metrics_router, router};
use crate::settings::Switch;
use crate::shed::Shed;
use crate::store::{Store, StoreAddressError};
use crate::throttle::Throttle;

/// How long revocations may take at the end, when all requests have ended: first those under way, then those of
/// the tokens that read policies. Longer than GitHub may take to know a new token.
const REVOKE_LIMIT: Duration = Duration::from_secs(7);

/// A broker that listens.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    metrics: Option<Page>,
    metrics_listener: Option<TcpListener>,
    service: Arc<Service>,
    key_file: Option<Arc<KeyFile>>,
}

/// The server cannot start or go on.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The address is taken or not ours.
    #[error("cannot listen on {address}: {error}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        error: std::io::Error,
    },
    /// The thread that writes audit events cannot be started.
    #[error("audit events cannot be written")]
    Audit(#[source] std::io::Error),
    /// The HTTP client for GitHub cannot be made.
    #[error(transparent)]
    GitHub(#[from] github_app::ClientError),
    /// The HTTP client for the issuers cannot be made.
    #[error("the HTTP client for the issuers cannot be set up")]
    Issuers(#[source] reqwest::Error),
    /// The client for the store cannot be made.
    #[error("REDIS_URL: {0}")]
    Store(#[from] StoreAddressError),
}

impl Server {
    /// Begins to listen; requests are answered once it [runs](Self::run).
    ///
    /// # Errors
    /// When the address cannot be listened on, or an HTTP client cannot be set up.
    pub async fn bind(configuration: Configuration) -> Result<Self, ServerError> {
        for warning in configuration.warnings() {
            tracing::warn!("{warning}");
        }
        let (address, pace) = (configuration.address, configuration.pace);
        let ahead = pace.github.ahead;
        let listen = |error| ServerError::Listen { address, error };
        let signer = Arc::clone(configuration.app.signer());
        // Before anything is counted.
        let metrics = Page::of_the_process();
        let audit = configuration.audit.map(Audit::start).transpose().map_err(ServerError::Audit)?;
        let audience = configuration.audiences.first().map_or("", String::as_str);
        let recorder = Arc::new(Recorder::new(audit, audience));
        let github = Arc::new(GitHub::new(configuration.api, configuration.app)?.with_pace(pace.github));
        let authenticator = Authenticator {
            issuers: Issuers::new(configuration.issuers, pace.issuer).map_err(ServerError::Issuers)?,
            audiences: configuration.audiences,
            subjects: configuration.subjects,
        };
        let tasks = TaskTracker::new();
        let store = configuration
            .store
            .map(|address| Store::new(address, &configuration.app_id, configuration.store_failure))
            .transpose()?;
        let texts = Texts::shared(store.clone(), signer, &tasks);
        let revoker = Revoker::new(Arc::clone(&github), tasks.clone());
        let exchange = Exchange {
            authenticator,
            shed: Shed::new(configuration.max_in_flight),
            throttle: Throttle::new(configuration.rate_limits).shared(store.clone()),
            replay: match configuration.replay_guard {
                Switch::On => ReplayGuard::new(configuration.store_failure).shared(store, &tasks),
                Switch::Off => ReplayGuard::off(),
            },
            loader: Loader::new(&github, revoker, texts),
            moments: Moments::new(configuration.refusal_interval),
            committers: Committers::new(Arc::clone(&github)),
            github,
            ahead,
        };
        let request_id_header = configuration.request_id_header;
        let listener = TcpListener::bind(address).await.map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        let metrics_listener = match configuration.metrics_address {
            Some(address) => Some(
                TcpListener::bind(address).await.map_err(|error| ServerError::Listen { address, error })?,
            ),
            None => None,
        };
        let service = Arc::new(Service {
            readiness: Readiness::new(Arc::clone(&exchange.github)),
            exchange,
            request_id_header,
            recorder,
            time_limit: pace.exchange,
            tasks,
        });
        Ok(Self { listener, address, metrics, metrics_listener, service, key_file: configuration.key_file })
    }

    /// Where it listens; with port 0 in the settings, this says which port it is.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where the metrics are, if they have an address.
    pub fn metrics_address(&self) -> Option<SocketAddr> {
        self.metrics_listener.as_ref()?.local_addr().ok()
    }

    /// Serves until `shutdown` is ready; then takes no more connections, finishes what is in flight, revokes the
    /// tokens that it holds, and ends.
    ///
    /// # Errors
    /// None so far: what keeps it from taking connections passes, and is waited for.
    pub async fn run(self, shutdown: impl Future<Output = ()> + Send + 'static) -> Result<(), ServerError> {
        let metrics_address = self.metrics_address();
        tracing::info!(address = %self.address, metrics = metrics_address.map(tracing::field::display), "listening");
        let service = self.service;
        let stop = async {
            shutdown.await;
            service.readiness.stop();
            tracing::info!("stopping: no new connections, finishing what is in flight");
        };
        let _watch = self.key_file.map(|file| AbortOnDropHandle::new(tokio::spawn(file.watch())));
        let _upkeep = self.metrics.clone().map(|page| AbortOnDropHandle::new(tokio::spawn(page.keep())));
        let metrics = metrics_router(self.metrics);
        let _metrics = self.metrics_listener.map(|listener| {
            let serve = connections::serve(listener, metrics, Limits::default(), std::future::pending());
            AbortOnDropHandle::new(tokio::spawn(serve))
        });
        let routes = router(Arc::clone(&service));
        let deadline = connections::serve(self.listener, routes, Limits::default(), stop).await;
        service.finish(deadline).await;
        service.recorder.finish().await;
        tracing::info!("stopped");
        Ok(())
    }
}

impl Service {
    /// Lets the exchanges and revocations end that are under way, then gives back the tokens that were kept.
    async fn finish(&self, deadline: Instant) {
        self.tasks.close();
        let loader = &self.exchange.loader;
        loader.revoker.hurry();
        let deadline = deadline.max(Instant::now() + REVOKE_LIMIT);
        if timeout_at(deadline, self.tasks.wait()).await.is_err() {
            tracing::warn!(tasks = self.tasks.len(), "exchanges or revocations did not end in time");
        }
        loader.readers.clear();
        loader.revoker.finish(REVOKE_LIMIT).await;
    }
}
