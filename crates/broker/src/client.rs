//! Who waits for an answer.

use std::sync::{Mutex, PoisonError};

use tokio_util::sync::{CancellationToken, DropGuard};

use crate::moments::Hold;

/// The client of one exchange, as the exchange and the connection see it, which go their own ways.
#[derive(Default)]
pub(crate) struct Client {
    gone: CancellationToken,
    hold: Mutex<Option<Hold>>,
}

impl Client {
    /// The client is there until what this gives is dropped.
    pub(crate) fn stay(&self) -> DropGuard {
        self.gone.clone().drop_guard()
    }

    /// Whether nobody waits any more.
    pub(crate) fn is_gone(&self) -> bool {
        self.gone.is_cancelled()
    }

    /// The client must not learn from the time of its answer why it is refused.
    pub(crate) fn hold(&self, hold: Hold) {
        *self.hold.lock().unwrap_or_else(PoisonError::into_inner) = Some(hold);
    }

    /// Waits until a refusal may leave.
    pub(crate) async fn wait(&self) {
        let hold = self.hold.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(hold) = hold {
            hold.end().await;
        }
    }
}
