use std::{
    collections::VecDeque,
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use bytes::{Bytes, BytesMut};

use super::{exchange::Exchange, interceptor::CallObserver, status::Ended};
use crate::{
    Status,
    message::{Compressor, Raw, encode_frame},
    metadata::Metadata,
};

/// A call that has been sent, as interceptors see it. Dropping it cancels it.
pub struct ActiveCall {
    pub(super) exchange: Arc<Exchange>,
    pub(super) observers: Observers,
    /// What compresses the requests that follow.
    pub(super) compressor: Compressor,
}

impl ActiveCall {
    /// A call that is answered here, without a server: with this initial metadata, these encoded messages,
    /// and this outcome, whose trailing metadata is the status's own.
    ///
    /// # Errors
    /// RESOURCE_EXHAUSTED for a message of more than 4 GiB.
    pub fn answer(
        metadata: Metadata,
        messages: impl IntoIterator<Item = Bytes>,
        outcome: Result<(), Status>,
    ) -> Result<Self, Status> {
        let mut chunks = VecDeque::new();
        for message in messages {
            let mut buffer = BytesMut::new();
            encode_frame(&Raw, &message, &mut buffer, usize::MAX)?;
            chunks.push_back(buffer.freeze());
        }
        let ended = match outcome {
            Ok(()) => Ended {
                status: Ok(()),
                trailers: Metadata::new(),
            },
            Err(status) => Ended::failed(status),
        };
        let exchange = Arc::new(Exchange::answered(metadata, chunks, ended));
        Ok(Self::new(exchange, Compressor::default()))
    }

    /// Adds someone who watches the call: of several, the one added first sees a response first.
    pub fn observe(&mut self, observer: impl CallObserver) {
        self.observers.add(Box::new(observer));
    }

    pub(super) fn new(exchange: Arc<Exchange>, compressor: Compressor) -> Self {
        Self {
            exchange,
            observers: Observers::default(),
            compressor,
        }
    }
}

impl fmt::Debug for ActiveCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ActiveCall").finish_non_exhaustive()
    }
}

impl Drop for ActiveCall {
    fn drop(&mut self) {
        self.exchange.abandon();
        self.observers
            .outcome(|| Ended::failed(Status::cancelled("the call was dropped")));
    }
}

/// Who watches a call, shared by its two halves; nothing at all if no one does.
#[derive(Clone, Default)]
pub(super) struct Observers(Option<Shared>);

type Shared = Arc<Mutex<Vec<Box<dyn CallObserver>>>>;

impl Observers {
    fn add(&mut self, observer: Box<dyn CallObserver>) {
        let shared = self.0.get_or_insert_default();
        shared
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(observer);
    }

    pub(super) fn request(&self, frame: &[u8]) {
        self.each(|observer| observer.request(frame));
    }

    pub(super) fn metadata(&self, metadata: &Metadata) {
        self.each(|observer| observer.metadata(metadata));
    }

    pub(super) fn response(&self, message: &mut Bytes) -> Result<(), Status> {
        let mut seen = Ok(());
        self.each(|observer| {
            if seen.is_ok() {
                seen = observer.response(message);
            }
        });
        seen
    }

    /// Tells the outcome to those who have not heard it.
    pub(super) fn outcome(&self, ended: impl FnOnce() -> Ended) {
        let Some(shared) = &self.0 else { return };
        let observers = std::mem::take(&mut *shared.lock().unwrap_or_else(PoisonError::into_inner));
        if observers.is_empty() {
            return;
        }
        let ended = ended();
        for mut observer in observers {
            observer.outcome(ended.status.as_ref().copied(), &ended.trailers);
        }
    }

    fn each(&self, see: impl FnMut(&mut Box<dyn CallObserver>)) {
        if let Some(shared) = &self.0 {
            shared
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .iter_mut()
                .for_each(see);
        }
    }
}
