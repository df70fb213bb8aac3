//! The requests of one HTTP/2 connection, each in a task of its own.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use hyper::rt::Executor;

use crate::receipt::Receipts;

/// Runs what hyper makes of each request: it waits for the answer and writes it.
#[derive(Clone)]
pub(super) struct Streams {
    receipts: Arc<Receipts>,
    limit: Duration,
}

impl Streams {
    /// Each may take as long as `limit`; what is dropped then is reset, and its token is revoked.
    pub(super) fn new(receipts: Arc<Receipts>, limit: Duration) -> Self {
        Self { receipts, limit }
    }
}

impl<F: Future<Output: Send> + Send + 'static> Executor<F> for Streams {
    fn execute(&self, stream: F) {
        let (receipts, limit) = (Arc::clone(&self.receipts), self.limit);
        // Ends by itself when the connection does.
        tokio::spawn(async move { receipts.scope_of_stream(tokio::time::timeout(limit, stream)).await });
    }
}
