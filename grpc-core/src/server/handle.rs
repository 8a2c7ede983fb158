use std::{sync::Arc, time::Duration};

use super::shutdown::Lifecycle;

/// Stops a [`Server`](super::Server) from anywhere, also while another task waits for its termination.
#[derive(Clone, Debug)]
pub struct ServerHandle(Arc<Lifecycle>);

impl ServerHandle {
    pub(super) fn new(lifecycle: Arc<Lifecycle>) -> Self {
        Self(lifecycle)
    }

    /// Stops the server and returns when nothing of it is left.
    ///
    /// Its ports are closed at once and its clients are told to open no more calls (HTTP/2 GOAWAY). Open calls
    /// have `grace` to finish and are cancelled then. Stopping a server twice is fine: the shortest grace period
    /// counts. What calls have left to tasks of their own, by `#[rpc(detached)]` or `Context::shield`, is not waited for.
    ///
    /// # Cancel safety
    /// Cancel safe once polled: the server stops all the same.
    pub async fn stop(&self, grace: Duration) {
        self.0.drain();
        let lifecycle = Arc::clone(&self.0);
        // On a task of its own, so that the grace period ends although nobody waits for it any more.
        tokio::spawn(async move {
            if tokio::time::timeout(grace, lifecycle.terminated()).await.is_err() {
                lifecycle.cancel();
            }
        });
        self.0.terminated().await;
    }
}
