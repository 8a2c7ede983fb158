//! What a caller may say about one call.

use std::{sync::Arc, time::Duration};

use tokio::time::Instant;

use super::credentials::CallCredentials;
use crate::{
    Status,
    message::Compression,
    metadata::{Metadata, Value},
};

/// The options of one call, as its builder methods have set them.
#[derive(Default)]
pub(super) struct CallOptions {
    pub(super) timeout: Option<Duration>,
    pub(super) deadline: Option<Instant>,
    pub(super) metadata: Metadata,
    pub(super) wait_for_ready: bool,
    /// It does not end with the call whose handler makes it.
    pub(super) independent: bool,
    pub(super) max_receive_message_size: Option<usize>,
    pub(super) compression: Option<Compression>,
    pub(super) credentials: Option<Arc<dyn CallCredentials>>,
    /// The first thing that was wrong: builder methods do not fail, the call does.
    pub(super) error: Option<Status>,
}

impl CallOptions {
    pub(super) fn add_metadata(&mut self, key: &str, value: Value) {
        if let Err(error) = self.metadata.append(key, value) {
            self.error.get_or_insert_with(|| error.into());
        }
    }

    /// The earlier of the deadline and the timeout that starts now.
    pub(super) fn deadline(&self, now: Instant) -> Option<Instant> {
        // A timeout too long to be an instant is none.
        let timeout = self.timeout.and_then(|timeout| now.checked_add(timeout));
        [timeout, self.deadline].into_iter().flatten().min()
    }
}

/// The builder methods that all kinds of call have.
macro_rules! call_options {
    ($options:ident) => {
        /// Ends the call with DEADLINE_EXCEEDED if it is not over after this time, which starts when the
        /// call does: when it is first polled or waited for. It goes to the server too, and covers the whole call: waiting for a
        /// connection, streaming, and the trailers. A call that a handler makes has the deadline of the handler's call
        /// too; the earlier counts.
        pub fn timeout(mut self, timeout: std::time::Duration) -> Self {
            self.$options.options().timeout = Some(timeout);
            self
        }

        /// As `timeout`, at a point in time. The earlier of the two counts.
        pub fn deadline(mut self, deadline: std::time::Instant) -> Self {
            self.$options.options().deadline = Some(deadline.into());
            self
        }

        /// Adds a value to the metadata that is sent with the call. A key or value that may not be sent is
        /// the error that the call ends with.
        pub fn metadata(mut self, key: impl AsRef<str>, value: impl Into<$crate::metadata::Value>) -> Self {
            self.$options
                .options()
                .add_metadata(key.as_ref(), value.into());
            self
        }

        /// Waits for a connection, until the deadline, where a call fails with UNAVAILABLE otherwise
        /// (gRPC wait-for-ready.md).
        pub fn wait_for_ready(mut self) -> Self {
            self.$options.options().wait_for_ready = true;
            self
        }

        /// Keeps the call apart from the one whose handler makes it: it has no deadline but its own, and is not
        /// cancelled with that one. By itself, a handler's call is.
        ///
        /// A handler that is dropped still drops the calls that it holds, which cancels them: one that is to go on
        /// belongs on a task of its own besides. Metadata that the channel sends on goes along in any case.
        pub fn independent(mut self) -> Self {
            self.$options.options().independent = true;
            self
        }

        /// The largest response message to accept, in bytes; a larger one ends the call with
        /// RESOURCE_EXHAUSTED. The channel's limit is 4 MiB.
        pub fn max_receive_message_size(mut self, bytes: usize) -> Self {
            self.$options.options().max_receive_message_size = Some(bytes);
            self
        }

        /// Compresses the requests, whatever the channel's setting is. A server that cannot read it answers with
        /// UNIMPLEMENTED.
        pub fn compression(mut self, compression: $crate::message::Compression) -> Self {
            self.$options.options().compression = Some(compression);
            self
        }

        /// Sends the metadata that these credentials give, besides the channel's own.
        pub fn credentials(mut self, credentials: impl $crate::client::CallCredentials) -> Self {
            self.$options.options().credentials = Some(std::sync::Arc::new(credentials));
            self
        }
    };
}
pub(super) use call_options;
