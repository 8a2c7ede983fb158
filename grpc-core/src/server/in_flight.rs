//! How many calls there are: on a connection, and over the whole server.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use bytes::Bytes;

use super::connection::Connection;
use crate::Status;

/// The calls of a connection.
#[derive(Debug, Default)]
pub(super) struct Calls {
    open: AtomicUsize,
    begun: AtomicUsize,
    detached: AtomicUsize,
}

impl Calls {
    pub(super) fn are_open(&self) -> bool {
        self.open.load(Ordering::Relaxed) > 0
    }

    /// How many there have been; it wraps around.
    pub(super) fn begun(&self) -> usize {
        self.begun.load(Ordering::Relaxed)
    }
}

/// A call that counts for as long as this is held.
pub(super) struct InFlight(Arc<Connection>);

impl InFlight {
    /// Counts a call.
    ///
    /// # Errors
    /// RESOURCE_EXHAUSTED if the server has as many as it takes.
    pub(super) fn begin(connection: &Arc<Connection>) -> Result<Self, Status> {
        if let Some(most) = connection.shared.options.max_concurrent_calls {
            let before = connection.shared.calls.fetch_add(1, Ordering::Relaxed);
            if before >= most {
                connection.shared.calls.fetch_sub(1, Ordering::Relaxed);
                return Err(Status::resource_exhausted(format!(
                    "the server has {most} calls open already, and takes no more (max_concurrent_calls)"
                )));
            }
        }
        connection.calls.open.fetch_add(1, Ordering::Relaxed);
        connection.calls.begun.fetch_add(1, Ordering::Relaxed);
        Ok(Self(Arc::clone(connection)))
    }

    /// The same bytes, which count the call until they have been sent or given up.
    pub(super) fn until_sent(self, bytes: Bytes) -> Bytes {
        struct Counted {
            bytes: Bytes,
            _in_flight: InFlight,
        }

        impl AsRef<[u8]> for Counted {
            fn as_ref(&self) -> &[u8] {
                &self.bytes
            }
        }

        // h2 has them all at once, and drops them as they leave.
        Bytes::from_owner(Counted {
            bytes,
            _in_flight: self,
        })
    }
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

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.calls.open.fetch_sub(1, Ordering::Relaxed);
        if self.0.shared.options.max_concurrent_calls.is_some() {
            self.0.shared.calls.fetch_sub(1, Ordering::Relaxed);
        }
    }
}
