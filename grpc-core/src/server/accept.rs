use std::{io, sync::Arc, time::Duration};

use tokio::sync::Semaphore;

use super::{
    connection::{self, Shared},
    shutdown::Lifecycle,
};
use crate::transport::Listener;

/// Accepts connections on a task of its own until the server stops. No error ends it. Each connection has one of
/// the `places`, if they are limited.
pub(super) fn spawn(
    listener: Box<dyn Listener>,
    shared: &Arc<Shared>,
    lifecycle: &Arc<Lifecycle>,
    places: Option<Arc<Semaphore>>,
) {
    let Some(running) = lifecycle.enter() else { return };
    let id = running.id();
    let accepting = accept(listener, Arc::clone(shared), Arc::clone(lifecycle), places);
    let task = tokio::spawn(async move {
        let _until_the_end = running;
        accepting.await;
    });
    lifecycle.add_accept_loop(id, task.abort_handle());
}

async fn accept(
    mut listener: Box<dyn Listener>,
    shared: Arc<Shared>,
    lifecycle: Arc<Lifecycle>,
    places: Option<Arc<Semaphore>>,
) {
    let mut backoff = Backoff::default();
    loop {
        match listener.accept().await {
            Ok((io, peer)) => {
                backoff = Backoff::default();
                // Not before there is a connection to have it: other listeners' connections may want the place.
                let place = match &places {
                    Some(places) => Arc::clone(places).acquire_owned().await.ok(),
                    None => None,
                };
                connection::spawn(io, peer, &shared, &lifecycle, place);
            }
            Err(error) => {
                if let Some(wait) = backoff.after(&error) {
                    tracing::warn!(%error, ?wait, "cannot accept connections for a while");
                    tokio::time::sleep(wait).await;
                }
            }
        }
    }
}

/// How long to wait after a failed accept. Being out of descriptors does not pass by trying again at once.
#[derive(Debug)]
struct Backoff {
    next: Duration,
}

impl Default for Backoff {
    fn default() -> Self {
        Self {
            next: Duration::from_millis(5),
        }
    }
}

impl Backoff {
    const LONGEST: Duration = Duration::from_secs(1);

    /// `None` if the error was that of one connection, which says nothing about the next.
    fn after(&mut self, error: &io::Error) -> Option<Duration> {
        use io::ErrorKind::{
            ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted, NotConnected,
        };
        if matches!(
            error.kind(),
            ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted | NotConnected
        ) {
            return None;
        }
        let wait = self.next;
        self.next = (wait * 2).min(Self::LONGEST);
        Some(wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn being_out_of_descriptors_is_waited_for_longer_and_longer() {
        const EMFILE: i32 = 24;
        let mut backoff = Backoff::default();
        let waits: Vec<u128> = (0..10)
            .map(|_| {
                backoff
                    .after(&io::Error::from_raw_os_error(EMFILE))
                    .unwrap()
                    .as_millis()
            })
            .collect();
        assert_eq!(waits, [5, 10, 20, 40, 80, 160, 320, 640, 1000, 1000]);
    }

    #[test]
    fn a_connection_that_was_gone_before_it_was_accepted_is_no_reason_to_wait() {
        let error = io::Error::from(io::ErrorKind::ConnectionAborted);
        assert_eq!(Backoff::default().after(&error), None);
    }
}
