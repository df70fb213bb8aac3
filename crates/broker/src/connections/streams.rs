//! The requests of one HTTP/2 connection, each in a task of its own.

use std::future::Future;
use std::sync::Arc;

use hyper::rt::Executor;
use tokio::sync::Notify;
use tokio::time::{sleep, timeout};

use super::Limits;
use crate::receipt::Receipts;

tokio::task_local! {
    /// Tells that the answer of this task is there and needs only be taken.
    static ANSWERED: Arc<Notify>;
}

/// Says so of the answer of this task, if it writes one of HTTP/2.
pub(super) fn is_answered() {
    let _ = ANSWERED.try_with(|answered| answered.notify_one());
}

/// Runs what hyper makes of each request: it waits for the answer and writes it.
#[derive(Clone)]
pub(super) struct Streams {
    receipts: Arc<Receipts>,
    limits: Limits,
}

impl Streams {
    /// Each may take as long as these limits say; what is dropped then is reset, and its token is revoked.
    pub(super) fn new(receipts: Arc<Receipts>, limits: Limits) -> Self {
        Self { receipts, limits }
    }
}

impl<F: Future<Output: Send> + Send + 'static> Executor<F> for Streams {
    fn execute(&self, stream: F) {
        let (receipts, limits) = (Arc::clone(&self.receipts), self.limits);
        let answered = Arc::new(Notify::new());
        let stream = ANSWERED.scope(Arc::clone(&answered), stream);
        let bounded = async move {
            tokio::select! {
                _ = stream => {}
                // Nothing polls the answer's body while its client takes nothing, so that this cannot be seen there.
                () = too_late(&answered, limits) => {}
            }
        };
        // Ends by itself when the connection does.
        tokio::spawn(async move { receipts.scope_of_stream(bounded).await });
    }
}

/// Waits until the request, or its client taking the answer, has taken too long.
async fn too_late(answered: &Notify, limits: Limits) {
    if timeout(limits.request, answered.notified()).await.is_ok() {
        sleep(limits.answer).await;
    }
}
