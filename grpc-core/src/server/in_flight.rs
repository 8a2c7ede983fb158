//! How many calls there are: on a connection, and over the whole server.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use bytes::Bytes;

use super::{connection::Connection, tally::Tally};
use crate::Status;

/// The calls of a connection.
#[derive(Debug, Default)]
pub(super) struct Calls {
    open: Tally,
    detached: AtomicUsize,
}

impl Calls {
    /// There is another, on the connection's task. [`Calls::end`] is to follow.
    pub(super) fn begin(&self) {
        self.open.begin();
    }

    pub(super) fn end(&self) {
        self.open.end();
    }

    pub(super) fn are_open(&self) -> bool {
        !self.open.is_empty()
    }

    /// How many there have been; it wraps around.
    pub(super) fn begun(&self) -> usize {
        self.open.begun()
    }
}

/// Counts a call among the server's, as one that is to be handled. [`end`] is to follow.
///
/// # Errors
/// RESOURCE_EXHAUSTED if the server has as many as it takes.
pub(super) fn admit(connection: &Connection) -> Result<(), Status> {
    if let Some(most) = connection.shared.options.max_concurrent_calls {
        let before = connection.shared.calls.fetch_add(1, Ordering::Relaxed);
        if before >= most {
            connection.shared.calls.fetch_sub(1, Ordering::Relaxed);
            return Err(Status::resource_exhausted(format!(
                "the server has {most} calls open already, and takes no more (max_concurrent_calls)"
            )));
        }
    }
    Ok(())
}

/// A call that was admitted is over.
pub(super) fn end(connection: &Connection) {
    connection.calls.end();
    if connection.shared.options.max_concurrent_calls.is_some() {
        connection.shared.calls.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The same bytes, with which a call that was admitted ends: when they have been sent or given up.
pub(super) fn end_with(bytes: Bytes, connection: &Arc<Connection>) -> Bytes {
    struct Last {
        bytes: Bytes,
        connection: Arc<Connection>,
    }

    impl AsRef<[u8]> for Last {
        fn as_ref(&self) -> &[u8] {
            &self.bytes
        }
    }

    impl Drop for Last {
        fn drop(&mut self) {
            end(&self.connection);
        }
    }

    // h2 has them all at once, and drops them as they leave.
    Bytes::from_owner(Last {
        bytes,
        connection: Arc::clone(connection),
    })
}

/// A handler that goes on whether its call does or not, for as long as this is held.
///
/// Its client can cancel the call and make the next at once: the limit on calls is none on such handlers.
pub(super) struct Detached(Arc<Connection>);

impl Detached {
    /// Counts a handler.
    ///
    /// # Errors
    /// RESOURCE_EXHAUSTED if as many run as there may be calls, of the connection or of the server.
    pub(super) fn begin(connection: &Arc<Connection>) -> Result<Self, Status> {
        let options = &connection.shared.options;
        let ours = connection.calls.detached.fetch_add(1, Ordering::Relaxed);
        let all = connection.shared.detached.fetch_add(1, Ordering::Relaxed);
        // Gives back what it has counted, if that is too much.
        let counted = Self(Arc::clone(connection));
        let (most, limit) = (options.max_concurrent_streams as usize, "max_concurrent_streams");
        let (most, limit) = match options.max_concurrent_calls {
            Some(most) if all >= most => (most, "max_concurrent_calls"),
            _ if ours >= most => (most, limit),
            _ => return Ok(counted),
        };
        Err(Status::resource_exhausted(format!(
            "{most} handlers go on by themselves already, and no more are begun ({limit})"
        )))
    }
}

impl Drop for Detached {
    fn drop(&mut self) {
        self.0.calls.detached.fetch_sub(1, Ordering::Relaxed);
        self.0.shared.detached.fetch_sub(1, Ordering::Relaxed);
    }
}
