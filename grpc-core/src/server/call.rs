use std::{
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicBool, AtomicU8, Ordering},
    },
    time::Instant,
};

use bytes::BytesMut;
use http::{HeaderMap, Uri, request::Parts};
use tokio::sync::Notify;

use super::{
    compression::ResponseEncoding,
    connection::Connection,
    context::Extensions,
    interceptor::MessageMap,
    live::drop_caught,
    outbox::{Outbox, wake},
    router::RouteOptions,
};
use crate::{
    BoxFuture, Status,
    current::{Abandoned, IncomingCall},
    message::{Codec, Compression, Encodings, Raw, encode_frame},
    metadata::Metadata,
    method::Method,
};

/// One call, shared by whatever has to do with it: its handler, its context, its response.
pub(super) struct Call {
    /// `None` if only the service knows its methods: a mounted one.
    pub(super) method: Option<&'static Method>,
    pub(super) deadline: Option<Instant>,
    /// Its handler runs to its end, whoever waits for it.
    detached: bool,
    pub(super) connection: Arc<Connection>,
    pub(super) extensions: Extensions,
    pub(super) encoding: ResponseEncoding,
    /// What the client is told that it may send.
    pub(super) told: Encodings,
    uri: Uri,
    /// As they came, until the first look at the metadata: most handlers take none.
    headers: Mutex<HeaderMap>,
    // Boxed, as it is rarely there.
    pub(super) metadata: OnceLock<Box<Metadata>>,
    /// What the client can read, once that has been asked for.
    accepted: OnceLock<Encodings>,
    outbox: Mutex<Outbox>,
    /// The request that was read last came compressed.
    request_compressed: AtomicBool,
    /// What interceptors do to every response message; empty for nearly all calls.
    response_maps: OnceLock<Box<Mutex<Vec<MessageMap>>>>,
    end: AtomicU8,
    ended: Notify,
}

/// In the place of [`End::Open`]: somebody waits for the end.
const AWAITED: u8 = 4;

/// How a call came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum End {
    /// It has not.
    Open = 0,
    /// Its handler answered.
    Answered = 1,
    /// Its deadline passed.
    DeadlinePassed = 2,
    /// Its client cancelled it, or is gone.
    Cancelled = 3,
}

impl Call {
    pub(super) fn new(
        method: Option<&'static Method>,
        deadline: Option<Instant>,
        route: RouteOptions,
        connection: Arc<Connection>,
        told: Encodings,
        head: Parts,
    ) -> Arc<Self> {
        let options = &connection.shared.options.compression;
        // A mounted service says by itself what it can read, and compresses by itself.
        let told = method.map_or(Encodings::IDENTITY, |_| told);
        let wanted = method.map_or(Compression::Identity, |method| {
            options.of(method.path(), route.compression)
        });
        // Nothing is looked for in the headers of a call whose server compresses nothing.
        let (encoding, accepted) = match wanted {
            Compression::Identity => Default::default(),
            #[cfg_attr(
                not(any(feature = "gzip", feature = "zstd")),
                expect(unreachable_patterns, reason = "there is nothing but identity")
            )]
            wanted => {
                let accepted = Encodings::accepted_by(&head.headers);
                let wanted = Some(wanted).filter(|&wanted| accepted.contains(wanted));
                (ResponseEncoding::new(wanted.unwrap_or_default()), accepted.into())
            }
        };
        Arc::new(Self {
            method,
            deadline,
            detached: route.detached,
            connection,
            extensions: Extensions::default(),
            encoding,
            told,
            uri: head.uri,
            headers: Mutex::new(head.headers),
            metadata: OnceLock::new(),
            accepted,
            outbox: Mutex::default(),
            request_compressed: AtomicBool::new(false),
            response_maps: OnceLock::new(),
            end: AtomicU8::new(End::Open as u8),
            ended: Notify::new(),
        })
    }

    pub(super) fn metadata(&self) -> &Metadata {
        self.metadata.get_or_init(|| {
            // It does not stay among the headers.
            self.accepted();
            Box::new(Metadata::from_headers(match self.method {
                Some(_) => std::mem::take(&mut *self.lock_headers()),
                // A mounted service gets them too.
                None => self.lock_headers().clone(),
            }))
        })
    }

    /// What the client can read.
    pub(super) fn accepted(&self) -> Encodings {
        *self
            .accepted
            .get_or_init(|| Encodings::accepted_by(&self.lock_headers()))
    }

    /// The head of the request as it came, for a mounted service.
    pub(super) fn to_request<B>(&self, body: B) -> http::Request<B> {
        let mut request = http::Request::new(body);
        *request.method_mut() = http::Method::POST;
        *request.version_mut() = http::Version::HTTP_2;
        *request.uri_mut() = self.uri.clone();
        *request.headers_mut() = self.lock_headers().clone();
        *request.extensions_mut() = self.extensions.copy();
        request
    }

    /// Notes of a request that it has been read, and whether it came compressed.
    pub(super) fn note_request(&self, compressed: bool) {
        self.request_compressed.store(compressed, Ordering::Relaxed);
    }

    pub(super) fn request_was_compressed(&self) -> bool {
        self.request_compressed.load(Ordering::Relaxed)
    }

    fn lock_headers(&self) -> MutexGuard<'_, HeaderMap> {
        self.headers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `/package.Service/Method`.
    pub(super) fn path(&self) -> &str {
        self.method.map_or_else(|| self.uri.path(), Method::path)
    }

    /// True if the method has exactly one response; false if that is not known.
    pub(super) fn answers_once(&self) -> bool {
        self.method
            .is_some_and(|method| !method.kind().has_response_stream())
    }

    pub(super) fn authority(&self) -> &str {
        self.uri.authority().map_or("", http::uri::Authority::as_str)
    }

    /// True if an interceptor looks at the responses.
    pub(super) fn maps_responses(&self) -> bool {
        self.response_maps.get().is_some()
    }

    pub(super) fn outbox(&self) -> MutexGuard<'_, Outbox> {
        self.outbox.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Appends a response message to `frames` as it goes on the wire.
    pub(super) fn encode<M, C: Codec<M> + ?Sized>(
        &self,
        codec: &C,
        message: &M,
        frames: &mut BytesMut,
    ) -> Result<(), Status> {
        let start = frames.len();
        self.encode_plain(codec, message, frames)?;
        let options = &self.connection.shared.options.compression;
        let compressed = self.encoding.compress(frames, start, options);
        if compressed.is_err() {
            frames.truncate(start);
        }
        compressed
    }

    fn encode_plain<M, C: Codec<M> + ?Sized>(
        &self,
        codec: &C,
        message: &M,
        frames: &mut BytesMut,
    ) -> Result<(), Status> {
        let limit = self.connection.shared.options.max_send_message_size;
        let Some(maps) = self.response_maps.get() else {
            return encode_frame(codec, message, frames, limit);
        };
        let mut plain = BytesMut::with_capacity(codec.encoded_len(message));
        codec.encode(message, &mut plain)?;
        let mut bytes = plain.freeze();
        // The interceptor that is nearest to the handler came last, and sees a response first.
        for map in maps
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .iter_mut()
            .rev()
        {
            bytes = map(bytes)?;
        }
        encode_frame(&Raw, &bytes, frames, limit)
    }

    /// Answers with one message.
    pub(super) fn answer<M, C: Codec<M>>(&self, codec: &C, message: &M) -> Result<(), Status> {
        let mut frame = BytesMut::new();
        self.encode(codec, message, &mut frame)?;
        let reader = self.outbox().push(&mut frame, 1)?;
        wake(reader);
        Ok(())
    }

    /// INTERNAL if the handler has sent no response, and the method has one.
    pub(super) fn check_answered(&self) -> Result<(), Status> {
        if self.answers_once() && self.outbox().messages() != 1 {
            return Err(Status::internal(
                "the handler did not send the method's one response",
            ));
        }
        Ok(())
    }

    pub(super) fn map_responses(&self, map: MessageMap) {
        let maps = self.response_maps.get_or_init(Box::default);
        maps.lock().unwrap_or_else(PoisonError::into_inner).push(map);
    }

    /// Notes how the call ended, once: nothing that its handler does from now on reaches the client.
    pub(super) fn end_as(&self, end: End) {
        let end_from = |before| {
            let ended = self
                .end
                .compare_exchange(before, end as u8, Ordering::AcqRel, Ordering::Acquire);
            ended.map(drop)
        };
        // Hardly any handler waits for it.
        if end_from(End::Open as u8) == Err(AWAITED) && end_from(AWAITED).is_ok() {
            self.ended.notify_waiters();
        }
    }

    pub(super) fn end(&self) -> End {
        match self.end.load(Ordering::Acquire) {
            0 | AWAITED => End::Open,
            1 => End::Answered,
            2 => End::DeadlinePassed,
            _ => End::Cancelled,
        }
    }

    /// Resolves when the call has ended, however that was.
    pub(super) async fn ended(&self) {
        // Registered before the look, so that an end between the two is not missed.
        let ended = self.ended.notified();
        let open = End::Open as u8;
        let noted = self
            .end
            .compare_exchange(open, AWAITED, Ordering::AcqRel, Ordering::Acquire);
        if matches!(noted, Ok(_) | Err(AWAITED)) {
            ended.await;
        }
    }
}

impl IncomingCall for Call {
    fn deadline(&self) -> Option<Instant> {
        self.deadline.filter(|_| !self.detached)
    }

    fn metadata(&self) -> &Metadata {
        self.metadata()
    }

    fn abandoned(&self) -> Option<Abandoned> {
        match self.end() {
            End::Cancelled if !self.detached => Some(Abandoned::Cancelled),
            End::DeadlinePassed if !self.detached => Some(Abandoned::DeadlinePassed),
            _ => None,
        }
    }

    fn ended(self: Arc<Self>) -> Option<BoxFuture<'static, ()>> {
        if self.detached {
            return None;
        }
        Some(Box::pin(async move { Self::ended(&self).await }))
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        // What interceptors and handlers have left in it: dropped here, it may be on the connection's task.
        let left = (std::mem::take(&mut self.extensions), self.response_maps.take());
        let _ = drop_caught(left);
    }
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("method", &self.path())
            .field("end", &self.end())
            .finish_non_exhaustive()
    }
}
