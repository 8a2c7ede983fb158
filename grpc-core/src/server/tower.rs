//! Services of tower on a server, such as code that was generated for tonic.

use std::{
    future::poll_fn,
    pin::{Pin, pin},
    task::{Context, Poll, ready},
};

use bytes::{Buf, Bytes, BytesMut};
use http::HeaderMap;
use http_body::Body;
use tower_service::Service;

use super::{
    Dispatch, HttpRequestBody, Incoming, Server, ServiceInfo, call::Call, head, outbox::wake, shutdown::Phase,
};
use crate::{
    BoxError, Result, Status,
    error::source_of,
    message::{FrameDecoder, GRPC_ACCEPT_ENCODING, GRPC_ENCODING, MessageEncoding, Raw},
    metadata::Metadata,
    status::check_head,
};

impl Server {
    /// Adds a service that speaks gRPC over HTTP by itself: a [`tower_service::Service`], such as the servers in code
    /// that was generated for tonic, with or without layers around it. It gets the calls of every path below `name`,
    /// which is `package.Service`.
    ///
    /// ```
    /// # use std::{convert::Infallible, future::{Ready, ready}, task::{Context, Poll}};
    /// # mod greeter_server {
    /// #     pub const SERVICE_NAME: &str = "helloworld.Greeter";
    /// # }
    /// # #[derive(Clone)] struct GreeterServer;
    /// # impl GreeterServer { fn new(_: ()) -> Self { Self } }
    /// # impl<B> tower_service::Service<http::Request<B>> for GreeterServer {
    /// #     type Response = http::Response<String>;
    /// #     type Error = Infallible;
    /// #     type Future = Ready<Result<Self::Response, Infallible>>;
    /// #     fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> { Poll::Ready(Ok(())) }
    /// #     fn call(&mut self, _: http::Request<B>) -> Self::Future { ready(Ok(http::Response::default())) }
    /// # }
    /// # let my_greeter = ();
    /// let mut server = grpc_core::server::server();
    /// server.add_tower_service(greeter_server::SERVICE_NAME, GreeterServer::new(my_greeter));
    /// # assert_eq!(server.services()[0].name, "helloworld.Greeter");
    /// ```
    ///
    /// For each call the service is cloned, waited for until it is ready, and called. All that holds for the server's
    /// other calls holds for these: interceptors, the deadline, cancellation by dropping, limits, the graceful stop,
    /// and a panic is INTERNAL for its call. The size of messages, and their compression, is the service's own affair.
    ///
    /// - The request's extensions hold what interceptors have left in [`Context::extensions`](super::Context::extensions),
    ///   the call's [`Peer`](crate::transport::Peer) and its [`Context`](super::Context).
    /// - An interceptor that looks at messages (`map_requests`, `map_responses`) has them in plain: requests are decompressed
    ///   before it and in front of the service, as the server accepts it, and the service is not told that the client reads
    ///   compressed responses.
    /// - An error of the service or of its response's body is UNKNOWN with the error's text, or the
    ///   [`Status`] among its causes.
    /// - A response that is not gRPC gets the status that its HTTP status stands for.
    ///
    /// [`Server::services`] lists it without a descriptor.
    ///
    /// # Panics
    /// If the server has been started: nothing would ever call the service.
    pub fn add_tower_service<S, B>(&mut self, name: &'static str, service: S) -> &mut Self
    where
        S: Service<http::Request<HttpRequestBody>, Response = http::Response<B>>,
        S: Clone + Send + Sync + 'static,
        S::Error: Into<BoxError>,
        S::Future: Send + 'static,
        B: Body + Send + 'static,
        B::Error: Into<BoxError>,
    {
        assert!(
            self.lifecycle.phase() == Phase::New,
            "add {name} before the server is started"
        );
        self.services.push(ServiceInfo::named(name));
        self.routes.mount(name, handler(service));
        self
    }
}

fn handler<S, B>(service: S) -> impl Fn(Incoming) -> Dispatch + Send + Sync + 'static
where
    S: Service<http::Request<HttpRequestBody>, Response = http::Response<B>>,
    S: Clone + Send + Sync + 'static,
    S::Error: Into<BoxError>,
    S::Future: Send + 'static,
    B: Body + Send + 'static,
    B::Error: Into<BoxError>,
{
    move |incoming| {
        let mut service = service.clone();
        Box::pin(async move {
            poll_fn(|cx| service.poll_ready(cx)).await.map_err(failed)?;
            let context = incoming.context();
            let (mut request, call) = incoming.into_http()?;
            prepare(&mut request, &call)?;
            request.extensions_mut().insert(context.peer().clone());
            request.extensions_mut().insert(context);
            let response = service.call(request).await.map_err(failed)?;
            answer(&call, response).await
        })
    }
}

/// Sees to it that interceptors can read what they want to look at.
fn prepare(request: &mut http::Request<HttpRequestBody>, call: &Call) -> Result<()> {
    if request.body().is_mapped() {
        let accepted = call.connection.shared.options.compression.accepted;
        let encoding = MessageEncoding::read(request.headers(), accepted);
        if let Err(mut status) = head::check_encoding(&encoding, accepted) {
            // compression.md: a server that cannot read an encoding says which ones it can.
            let mut headers = HeaderMap::new();
            headers.insert(&GRPC_ACCEPT_ENCODING, accepted.header_value());
            *status.metadata_mut() = Metadata::from_own_headers(headers);
            return Err(status);
        }
        // The interceptor gets them in plain, and so does the service.
        request.headers_mut().remove(&GRPC_ENCODING);
    }
    if call.maps_responses() {
        request.headers_mut().remove(&GRPC_ACCEPT_ENCODING);
    }
    Ok(())
}

/// Passes the service's response on: what it says in its trailers is the call's outcome.
async fn answer<B>(call: &Call, response: http::Response<B>) -> Result<()>
where
    B: Body,
    B::Error: Into<BoxError>,
{
    let (head, body) = response.into_parts();
    if head.headers.contains_key("grpc-status") {
        // PROTOCOL-HTTP2 §Responses, `Trailers-Only`.
        return outcome(call, head.headers);
    }
    check_head(&head)?;
    call.outbox()
        .add_initial(Metadata::from_own_headers(head.headers))?;
    let mut body = pin!(body);
    let mut decoder = call.maps_responses().then(|| FrameDecoder::new(usize::MAX));
    let trailers = poll_fn(|cx| poll_body(call, body.as_mut(), &mut decoder, cx)).await?;
    outcome(call, trailers)
}

/// Reads the body to its trailers, and sends what is before them.
fn poll_body<B>(
    call: &Call,
    mut body: Pin<&mut B>,
    decoder: &mut Option<FrameDecoder>,
    cx: &mut Context<'_>,
) -> Poll<Result<HeaderMap>>
where
    B: Body,
    B::Error: Into<BoxError>,
{
    // Those without content take no room, so nothing else bounds how many there are.
    for _ in 0..FRAMES_PER_POLL {
        ready!(call.outbox().poll_room(cx))?;
        let Poll::Ready(frame) = body.as_mut().poll_frame(cx) else {
            // The headers need not wait for what the service has yet to say.
            let reader = call.outbox().start();
            wake(reader);
            return Poll::Pending;
        };
        let Some(frame) = frame.transpose().map_err(failed)? else {
            return Poll::Ready(Err(Status::unknown(
                "the service's response ended without a grpc-status",
            )));
        };
        match frame.into_data() {
            Ok(mut data) => send(call, data.copy_to_bytes(data.remaining()), decoder)?,
            Err(frame) => return Poll::Ready(Ok(frame.into_trailers().unwrap_or_default())),
        }
    }
    cx.waker().wake_by_ref();
    Poll::Pending
}

/// How many pieces are read before the connection's other calls get their turn.
const FRAMES_PER_POLL: usize = 32;

fn send(call: &Call, data: Bytes, decoder: &mut Option<FrameDecoder>) -> Result<()> {
    let reader = match decoder {
        None => call.outbox().push_chunk(data)?,
        Some(decoder) => {
            decoder.push(data);
            let mut frames = BytesMut::new();
            let mut messages = 0;
            while let Some(message) = decoder.next()? {
                call.encode(&Raw, &message, &mut frames)?;
                messages += 1;
            }
            call.outbox().push(&mut frames, messages)?
        }
    };
    wake(reader);
    Ok(())
}

/// The outcome that is written in these headers.
fn outcome(call: &Call, trailers: HeaderMap) -> Result<()> {
    match Status::read_from(trailers, Metadata::from_own_headers) {
        Some((Ok(()), metadata)) => {
            if !metadata.is_empty() {
                call.outbox().add_trailing(metadata);
            }
            Ok(())
        }
        // It is this server's own answer.
        Some((Err(status), _)) => Err(status.pass_on()),
        None => Err(Status::unknown(
            "the service's trailers are without a grpc-status",
        )),
    }
}

/// What an error of the service, or of a layer around it, is to the client.
fn failed(error: impl Into<BoxError>) -> Status {
    let error = error.into();
    match source_of::<Status>(&*error) {
        Some(status) => status.clone(),
        None => Status::unknown(error.to_string()).with_source(error),
    }
}
