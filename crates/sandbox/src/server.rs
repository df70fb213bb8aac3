//! A running sandbox.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::error::{Error, WorldError};
use crate::github::{Beginning, GitHub};
use crate::keys::Keys;
use crate::serve::router;
use crate::wire::{Scissors, WireListener};
use crate::world::{World, WorldSource, Worlds};

/// How a sandbox shall be.
#[derive(Clone, Debug)]
pub struct Options {
    /// What exists in it.
    pub world: WorldSource,
    /// The port on 127.0.0.1; 0, the default, takes any free one.
    pub port: u16,
    /// A directory that keeps the keys from one run to the next; without it every sandbox makes new ones.
    pub state: Option<PathBuf>,
    /// How long every answer of the REST API takes at least; default zero.
    pub api_latency: Duration,
    /// Whether `GET /sandbox/requests` has something to show; default `true`. Off is faster.
    pub request_log: bool,
}

impl Options {
    /// The defaults with this world: a [`World`] in memory, or the path of a directory.
    pub fn new(world: impl Into<WorldSource>) -> Self {
        Self { world: world.into(), port: 0, state: None, api_latency: Duration::ZERO, request_log: true }
    }
}

/// A GitHub on 127.0.0.1. It stops when it is dropped; [`Sandbox::shutdown`] also waits for that.
///
/// ```
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// use sandbox::{Options, Owner, Sandbox, World};
///
/// let world = World::new().owner("octo-org", Owner::organization());
/// let sandbox = Sandbox::start(Options::new(world)).await?;
/// assert!(sandbox.url().starts_with("http://127.0.0.1:"));
/// assert!(sandbox.app_private_key_pem().starts_with("-----BEGIN RSA PRIVATE KEY-----"));
/// sandbox.shutdown().await;
/// # Ok::<_, sandbox::Error>(())
/// # }).unwrap();
/// ```
pub struct Sandbox {
    github: Arc<GitHub>,
    stop: watch::Sender<bool>,
    server: JoinHandle<std::io::Result<()>>,
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sandbox").field("url", &self.github.url).finish_non_exhaustive()
    }
}

impl Sandbox {
    /// Starts a sandbox; when this returns it takes requests.
    ///
    /// # Errors
    /// If the world makes no sense, the port is taken, or the state directory cannot be used.
    pub async fn start(options: Options) -> Result<Self, Error> {
        let Options { world, port, state, api_latency, request_log } = options;
        let prepare = move || Ok::<_, Error>((Worlds::open(world)?, Keys::prepare(state.as_deref())?));
        let prepared = tokio::task::spawn_blocking(prepare).await;
        let (worlds, keys) = prepared.map_err(|_| Error::Crypto("prepare the keys"))??;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let listener = TcpListener::bind(address).await.map_err(|source| Error::Listen { port, source })?;
        let address = listener.local_addr().map_err(|source| Error::Listen { port, source })?;
        let (stop, stopping) = watch::channel(false);
        let github = GitHub::new(Beginning {
            url: format!("http://{address}"),
            keys,
            worlds,
            latency: api_latency,
            request_log,
            stopping,
        });
        let service = router(&github).into_make_service_with_connect_info::<Scissors>();
        let until = Arc::clone(&github);
        let serve = axum::serve(WireListener(listener), service)
            .with_graceful_shutdown(async move { until.stopped().await });
        Ok(Self { github, stop, server: tokio::spawn(serve.into_future()) })
    }

    /// Where the sandbox is: `http://127.0.0.1:PORT`, without a slash at the end. It is the URL of the REST API.
    pub fn url(&self) -> &str {
        &self.github.url
    }

    /// The issuer of the OIDC tokens: [`Sandbox::url`] and `/oidc`.
    pub fn issuer(&self) -> String {
        self.github.issuer()
    }

    /// The App's private key, in PKCS#1 PEM. It is a secret like any other App's, though worth nothing elsewhere.
    pub fn app_private_key_pem(&self) -> &str {
        &self.github.keys.app.pem
    }

    /// Puts another world in the place of this one, as `PUT /sandbox/world` does. Tokens stay good as far as their installations
    /// and repositories still exist.
    ///
    /// # Errors
    /// If the world makes no sense; the old one stays then.
    pub fn replace_world(&self, world: World) -> Result<(), WorldError> {
        self.github.worlds.replace(world)
    }

    /// Puts the sandbox's own clock forward, so that tokens expire without waiting.
    pub fn advance_clock(&self, by: Duration) {
        self.github.clock.advance(by);
    }

    /// Stops: finishes what is being answered, at most for a few seconds, and ends hanging connections.
    pub async fn shutdown(mut self) {
        self.stop.send_replace(true);
        if timeout(LONGEST_GOODBYE, &mut self.server).await.is_err() {
            self.server.abort();
        }
    }

    /// Ends only if the server fails.
    pub(crate) async fn failed(&mut self) -> Error {
        match (&mut self.server).await {
            Ok(Err(source)) => Error::Stopped(source),
            Ok(Ok(())) | Err(_) => Error::Stopped(std::io::ErrorKind::BrokenPipe.into()),
        }
    }

    /// The name by which the App is known in the world now, as JSON members for the ready line.
    pub(crate) fn app(&self) -> Result<(String, String), Error> {
        let world = self.github.worlds.now()?;
        Ok((world.app.id.to_string(), world.app.client_id.clone()))
    }
}

/// How long a connection may take to finish when the sandbox stops.
const LONGEST_GOODBYE: Duration = Duration::from_secs(5);
