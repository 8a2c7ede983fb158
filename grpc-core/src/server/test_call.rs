use std::{
    fmt,
    sync::{Arc, OnceLock},
    time::Duration,
};

use super::{
    Context, ServerCall,
    call::{Call, End},
    connection::Connection,
    outbox::wake,
    router::RouteOptions,
    test_client::TestClient,
};
use crate::{
    message::{Codec, Encodings, Prost},
    metadata::{Metadata, Value},
    method::{Method, MethodKind},
    transport::{Address, Peer},
};

/// A call that no client made: what a test gives to a handler that it calls as the function that it is, and where it finds
/// what the handler has said.
///
/// ```
/// # use std::time::Duration;
/// # use grpc_core::{Result, server::Context, metadata::Metadata, testing::TestCall};
/// async fn hi(name: &str, context: Context) -> Result<String> {
///     let mut trailers = Metadata::new();
///     trailers.insert("x-length", name.len().to_string())?;
///     context.set_trailing_metadata(trailers);
///     let tenant = context.metadata().get("x-tenant").unwrap_or("nobody");
///     Ok(format!("Hi {name} of {tenant}"))
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let call = TestCall::new()
///     .metadata("x-tenant", "7")
///     .timeout(Duration::from_secs(1));
/// assert_eq!(hi("Ada", call.context()).await?, "Hi Ada of 7");
/// assert_eq!(call.trailing_metadata().get("x-length"), Some("3"));
/// # Ok(())
/// # }
/// ```
///
/// Nothing happens to it by itself: its deadline is told to the handler, and ends nothing. That is up to the test, or to a
/// [server](crate::testing::connect).
pub struct TestCall(Arc<Call>);

/// What the handler finds in its [`Context`]. To be set before that is taken.
///
/// # Panics
/// If the call's context has been taken.
impl TestCall {
    /// A call without metadata and deadline, from the peer `test`.
    pub fn new() -> Self {
        Self(call())
    }

    /// Adds to the metadata that came with the call.
    ///
    /// # Panics
    /// If the key or the value cannot be sent.
    #[track_caller]
    #[must_use]
    pub fn metadata(mut self, key: impl AsRef<str>, value: impl Into<Value>) -> Self {
        let call = self.call();
        let mut metadata = call.metadata.take().unwrap_or_default();
        if let Err(error) = metadata.append(key, value) {
            panic!("{error}");
        }
        call.metadata = OnceLock::from(metadata);
        self
    }

    /// Its deadline is this long after now.
    #[track_caller]
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.call().deadline = tokio::time::Instant::now().into_std().checked_add(timeout);
        self
    }

    /// Who made it.
    #[track_caller]
    #[must_use]
    pub fn peer(mut self, address: impl Into<Address>) -> Self {
        self.call().connection = Arc::new(Connection::detached(Peer::new(address)));
        self
    }

    /// Its path, `/package.Service/Method`.
    ///
    /// # Panics
    /// If it does not begin with `/`.
    #[track_caller]
    #[must_use]
    pub fn method(mut self, path: &'static str) -> Self {
        // Never freed, which is fine in a test.
        self.call().method = Some(Box::leak(Box::new(Method::new(path, MethodKind::BidiStreaming))));
        self
    }

    /// What an interceptor would have left for the handler.
    #[must_use]
    pub fn extension<T: Clone + Send + Sync + 'static>(self, value: T) -> Self {
        self.0.extensions.insert(value);
        self
    }

    #[track_caller]
    fn call(&mut self) -> &mut Call {
        match Arc::get_mut(&mut self.0) {
            Some(call) => call,
            None => panic!("a call is set up before its context is taken"),
        }
    }
}

impl TestCall {
    /// The context, for a handler that takes one.
    pub fn context(&self) -> Context {
        Context::new(Arc::clone(&self.0))
    }

    /// The argument of a handler that sends and receives by hand, and the client at the other end of it.
    ///
    /// The responses are encoded as in a call; see [`TestCall::server_call_with`] for messages that are not prost's.
    pub fn server_call<Q, R>(&self) -> (ServerCall<Q, R>, TestClient<Q, R>)
    where
        Q: Send + 'static,
        R: Send + 'static,
        Prost: Codec<R>,
    {
        self.server_call_with(Prost)
    }

    /// [`TestCall::server_call`], with responses of this codec.
    pub fn server_call_with<Q, R, C>(&self, codec: C) -> (ServerCall<Q, R>, TestClient<Q, R>)
    where
        Q: Send + 'static,
        R: Send + 'static,
        C: Codec<R> + Clone,
    {
        TestClient::of(&self.0, codec)
    }

    /// Cancels the call, as far as the handler can tell: [`Context::is_cancelled`] and [`Context::cancelled`].
    pub fn cancel(&self) {
        self.0.end_as(End::Cancelled);
        let (writer, reader) = {
            let mut outbox = self.0.outbox();
            (outbox.close(), outbox.wake_reader())
        };
        wake(writer);
        wake(reader);
    }

    /// What the handler has set or sent as initial metadata.
    pub fn initial_metadata(&self) -> Metadata {
        self.0.outbox().initial()
    }

    /// What the handler has set as trailing metadata.
    pub fn trailing_metadata(&self) -> Metadata {
        self.0.outbox().trailing()
    }
}

impl Default for TestCall {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for TestCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TestCall").field(&self.context()).finish()
    }
}

/// A call that is not on any connection.
pub(super) fn call() -> Arc<Call> {
    static METHOD: Method = Method::new("/test.Test/Call", MethodKind::BidiStreaming);
    let (head, ()) = http::Request::new(()).into_parts();
    let peer = Peer::new(Address::Named("test".into()));
    let connection = Arc::new(Connection::detached(peer));
    Call::new(
        Some(&METHOD),
        None,
        RouteOptions::new(),
        connection,
        Encodings::IDENTITY,
        head,
    )
}
