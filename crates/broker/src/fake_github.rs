//! A GitHub for the tests of this crate: whatever a router answers, on a free port of the loopback.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use github_app::{AppJwt, AppKey, GitHub, Pace};
use github_types::Secret;
use tokio::net::TcpListener;

/// The App's key.
pub(crate) static PEM: LazyLock<String> = LazyLock::new(new_pem);

/// Another key.
pub(crate) fn new_pem() -> String {
    let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
    let der: Pkcs8V1Der<'_> = pair.as_der().unwrap();
    format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", STANDARD.encode(der.as_ref()))
}

/// Serves `path` with `body` and these statuses, the last one again and again; also gives how often it was asked.
pub(crate) async fn start_counting(
    path: &str,
    statuses: &'static [u16],
    body: &'static str,
) -> (Arc<GitHub>, Arc<AtomicUsize>) {
    let count = Arc::new(AtomicUsize::new(0));
    let handler = {
        let count = Arc::clone(&count);
        async move || {
            let number = count.fetch_add(1, Ordering::Relaxed);
            let status = statuses.get(number).or(statuses.last()).copied().unwrap();
            (StatusCode::from_u16(status).unwrap(), [("content-type", "application/json")], body)
        }
    };
    (start(Router::new().route(path, get(handler))).await, count)
}

/// Serves `routes` for the rest of the test, and gives a client that does not wait between tries.
pub(crate) async fn start(routes: Router) -> Arc<GitHub> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let api = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, routes).await });
    let key = AppKey::from_pem(&Secret::new(PEM.as_str())).unwrap();
    let app = AppJwt::new("12345".parse().unwrap(), Arc::new(key));
    let pace = Pace {
        try_limit: Duration::from_secs(5),
        unavailable: vec![Duration::ZERO; 2],
        replication: vec![Duration::ZERO; 2],
        revocation: vec![Duration::ZERO; 4],
        ..Pace::default()
    };
    Arc::new(GitHub::new(api.parse().unwrap(), app).unwrap().with_pace(pace))
}
