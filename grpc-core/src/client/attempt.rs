//! One attempt at a call: a stream on a connection, which feeds the call's exchange.
//!
//! It runs in the connection's driver. If the server has not looked at it, the call is sent again (gRFC A6
//! §Transparent Retries): that is why a call is not an attempt.

use std::{
    future::{Future, poll_fn},
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use h2::{
    Reason, RecvStream,
    client::{ResponseFuture, SendRequest},
};
use http::HeaderMap;
use tokio::time::Sleep;

use super::{
    channel::Channel,
    connection::Connection,
    exchange::{Exchange, ResponseHead},
    head::CallHead,
    outbound::Outbound,
    status::{Chain, Ended, StreamFailure, Unprocessed, stream_failure},
    streams::{Refused, Slot},
};
use crate::{
    BoxFuture, Status,
    message::MessageEncoding,
    metadata::{field_size, list_size},
    status::check_head,
};

/// How often a call that certainly was not sent is tried on another connection.
const MAX_UNSENT_RETRIES: u32 = 10;

/// How often a call is sent again to a server that has refused it.
///
/// gRFC A6 has once, and at once. grpcio's server, at its limit, refuses now and then although it has said
/// that a stream is over: with one repetition, 1 of 2,000 calls was lost (500 bidi calls, a limit of 50). As
/// a refused call keeps its place on the connection and pauses, repeating it adds no load.
const MAX_REFUSALS: u32 = 4;

/// A call on its way to a connection, with what another attempt needs.
pub(super) struct Launch {
    pub(super) channel: Channel,
    pub(super) head: CallHead,
    pub(super) exchange: Arc<Exchange>,
    unsent_retries: u32,
    /// It was on a connection that was closed before its turn.
    left_behind: bool,
}

impl Launch {
    pub(super) fn new(channel: Channel, head: CallHead, exchange: Arc<Exchange>) -> Self {
        Self {
            channel,
            head,
            exchange,
            unsent_retries: 0,
            left_behind: false,
        }
    }

    /// Queues the call on this connection.
    pub(super) fn start(self, connection: Arc<Connection>) {
        let attempt = Attempt {
            launch: Some(self),
            sent: false,
        };
        let run = Box::pin(attempt.run(Arc::clone(&connection)));
        connection.spawner.spawn(run);
    }

    /// Goes on with another connection, or gives up.
    fn retry(mut self, how: Unprocessed, why: Status) {
        let allowed = match how {
            Unprocessed::Unsent => {
                self.unsent_retries += 1;
                self.unsent_retries <= MAX_UNSENT_RETRIES
            }
            // gRFC A6 §Transparent Retries: once, if it has reached a server's HTTP/2 but not more.
            Unprocessed::LeftBehind | Unprocessed::Refused => !std::mem::replace(&mut self.left_behind, true),
        };
        let runtime = tokio::runtime::Handle::try_current();
        match runtime {
            Ok(runtime) if allowed && self.exchange.can_retry() => {
                let guard = Attempt {
                    launch: Some(self),
                    sent: true,
                };
                runtime.spawn(guard.reopen());
            }
            _ => self.exchange.finish(Ended::failed(why)),
        }
    }
}

/// Sees to it that the call ends, whatever becomes of the attempt's task.
struct Attempt {
    launch: Option<Launch>,
    /// Something of the call may be on the wire.
    sent: bool,
}

enum Outcome {
    Over,
    Ended(Ended),
    Unprocessed { how: Unprocessed, why: Status },
}

impl Outcome {
    fn unsent(why: Status) -> Self {
        let how = Unprocessed::Unsent;
        Self::Unprocessed { how, why }
    }
}

impl Attempt {
    #[expect(
        clippy::manual_async_fn,
        reason = "it would keep what it is given twice: each call has one of these futures, and the C library is slow with more than a kilobyte"
    )]
    fn run(mut self, connection: Arc<Connection>) -> impl Future<Output = ()> + Send {
        async move {
            let Some(launch) = &self.launch else { return };
            let outcome = {
                let stop = pin!(Stop::new(&launch.exchange, &launch.head));
                let attempt = pin!(attempt(launch, connection, &mut self.sent));
                stop.or(attempt).await.unwrap_or(Outcome::Over)
            };
            let Some(launch) = self.launch.take() else { return };
            match outcome {
                Outcome::Over => {}
                Outcome::Ended(ended) => launch.exchange.finish(ended),
                Outcome::Unprocessed { how, why } => launch.retry(how, why),
            }
        }
    }

    /// Finds another connection for the call.
    async fn reopen(mut self) {
        let Some(launch) = &self.launch else { return };
        let connection = {
            let stop = pin!(Stop::new(&launch.exchange, &launch.head));
            stop.or(pin!(launch.channel.connection(&launch.head))).await
        };
        let Some(launch) = self.launch.take() else { return };
        match connection {
            None => {}
            Some(Ok(connection)) => launch.start(connection),
            Some(Err(status)) => launch.exchange.finish(Ended::failed(status)),
        }
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        let Some(launch) = self.launch.take() else { return };
        let why = Status::unavailable("the connection's task is gone; its runtime may be shutting down");
        if self.sent {
            launch.exchange.finish(Ended::failed(why));
        } else {
            launch.retry(Unprocessed::Unsent, why);
        }
    }
}

/// Dropping it resets what it has begun.
async fn attempt(launch: &Launch, connection: Arc<Connection>, sent: &mut bool) -> Outcome {
    let mut slot = Slot::new(Arc::clone(&connection.streams));
    if let Err(refused) = poll_fn(|cx| slot.poll_enter(cx)).await {
        return match refused {
            Refused::Full(status) => Outcome::Ended(Ended::failed(status)),
            Refused::Closed => Outcome::unsent(Status::unavailable(
                "the connection was closed before the call was sent",
            )),
        };
    }
    let mut sender = connection.sender.clone();
    // Only the channel and calls that wait keep an idle connection open.
    drop(connection);
    *sent = true;
    let mut refusals = 0;
    loop {
        let failure = match send(launch, &mut sender, &slot).await {
            Ok((mut body, mut requests)) => {
                drop(sender);
                let ended = read(launch, &mut body, &mut requests, &slot).await;
                // A request that is still open is reset without blame.
                requests.reset(Reason::NO_ERROR);
                return Outcome::Ended(ended);
            }
            Err(Unsuccessful::Outcome(outcome)) => return outcome,
            Err(Unsuccessful::Failure(failure)) => failure,
        };
        match failure.unprocessed {
            Some(Unprocessed::Refused) if refusals < MAX_REFUSALS && launch.exchange.can_retry() => {
                let pause = Duration::from_millis(fastrand::u64(20..60)) * (1 << refusals);
                refusals += 1;
                tokio::time::sleep(pause).await;
            }
            Some(Unprocessed::Refused) | None => {
                return Outcome::Ended(failed(failure, &launch.head));
            }
            Some(how) => {
                return Outcome::Unprocessed {
                    how,
                    why: failure.status,
                };
            }
        }
    }
}

/// Why there is no response: nothing more to do, or something to look at.
enum Unsuccessful {
    Outcome(Outcome),
    Failure(StreamFailure),
}

impl From<Outcome> for Unsuccessful {
    fn from(outcome: Outcome) -> Self {
        Self::Outcome(outcome)
    }
}

/// Sends the request from its start, and waits for the head of the response; its messages are to be read.
async fn send(
    launch: &Launch,
    sender: &mut SendRequest<Bytes>,
    slot: &Slot,
) -> Result<(RecvStream, Outbound), Unsuccessful> {
    if let Err(error) = poll_fn(|cx| sender.poll_ready(cx)).await {
        // Its numbers for streams have run out, or it is broken.
        slot.exhaust();
        return Err(Outcome::unsent(stream_failure(error, slot.goaway()).status).into());
    }
    let (mut response, mut requests) = open(launch, sender, slot)?;
    let answered = poll_fn(|cx| {
        requests.poll(&launch.exchange, cx);
        Pin::new(&mut response).poll(cx)
    });
    let begun = match answered.await {
        Ok(response) => begin(launch, response),
        Err(error) => return Err(Unsuccessful::Failure(stream_failure(error, slot.goaway()))),
    };
    match begun {
        Ok(body) => Ok((body, requests)),
        Err(ended) => {
            requests.reset(Reason::NO_ERROR);
            Err(Outcome::Ended(ended).into())
        }
    }
}

/// Opens the stream.
fn open(
    launch: &Launch,
    sender: &mut SendRequest<Bytes>,
    slot: &Slot,
) -> Result<(ResponseFuture, Outbound), Outcome> {
    if launch.head.is_late() {
        // A timer is a little late, by design: such a call must not be sent with no time left.
        launch.exchange.cancel(launch.head.deadline_exceeded());
    }
    let Some(number) = launch.exchange.begin_attempt() else {
        return Err(Outcome::Over);
    };
    let request = launch
        .channel
        .try_config()
        .and_then(|config| launch.head.to_request(config))
        .and_then(|request| check_size(&launch.head, request, slot.header_limit()))
        .map_err(|status| Outcome::Ended(Ended::failed(status)))?;
    match sender.send_request(request, false) {
        Ok((response, stream)) => Ok((response, Outbound::new(stream, number))),
        // The connection was ready for it: it is the request that HTTP/2 does not take.
        Err(error) => Err(Outcome::Ended(Ended::failed(Status::internal(format!(
            "the request cannot be sent: {}",
            Chain(&error)
        ))))),
    }
}

/// The request, unless its metadata makes its headers larger than the server takes, which would close the connection, with
/// all of its calls. RESOURCE_EXHAUSTED is what C++ makes of it.
fn check_size(
    head: &CallHead,
    request: http::Request<()>,
    limit: usize,
) -> Result<http::Request<()>, Status> {
    // The usual case, of a few hundred bytes.
    if head.metadata.is_empty() && head.http.is_none() {
        return Ok(request);
    }
    let uri = request.uri();
    let authority = uri.authority().map_or("", http::uri::Authority::as_str);
    let size = field_size(":method", request.method().as_str().len())
        + field_size(":scheme", uri.scheme_str().map_or(0, str::len))
        + field_size(":authority", authority.len())
        + field_size(":path", uri.path().len())
        + list_size(request.headers());
    if size <= limit {
        return Ok(request);
    }
    Err(Status::resource_exhausted(format!(
        "request headers of {size} bytes, metadata included, are over the server's limit of {limit}"
    )))
}

fn failed(failure: StreamFailure, head: &CallHead) -> Ended {
    // A server that resets a stream whose deadline has passed does so because of the deadline.
    let late = failure.cancelled && head.is_late();
    Ended::failed(if late {
        head.deadline_exceeded()
    } else {
        failure.status
    })
}

/// Takes the head of a response; its end, if that is all, or it is none of gRPC's.
fn begin(launch: &Launch, response: http::Response<RecvStream>) -> Result<RecvStream, Ended> {
    let (head, body) = response.into_parts();
    let metadata = |headers| launch.head.response_metadata(headers);
    if body.is_end_stream() {
        return Err(Ended::from_trailers_only(head, metadata));
    }
    check_head(&head).map_err(Ended::failed)?;
    let accepted = launch.channel.try_config().map_err(Ended::failed)?.accepted;
    launch.exchange.set_head(ResponseHead {
        encoding: MessageEncoding::read(&head.headers, accepted),
        metadata: metadata(head.headers),
    });
    Ok(body)
}

/// Reads a response to its end.
async fn read(launch: &Launch, body: &mut RecvStream, requests: &mut Outbound, slot: &Slot) -> Ended {
    let exchange = &*launch.exchange;
    let mut trailers = false;
    // What has been read and the window does not have back.
    let mut unreleased = 0;
    let mut end = None;
    let end = poll_fn(|cx| {
        requests.poll(exchange, cx);
        let mut excess = None;
        while end.is_none()
            && let Poll::Ready(piece) = poll_piece(body, &mut trailers, cx)
        {
            match piece {
                Ok(Piece::Data(data)) if data.is_empty() => {}
                // It is taken whether there is room or not: of what is left in HTTP/2, a byte may take a whole block.
                Ok(Piece::Data(data)) => {
                    unreleased += data.len();
                    excess = Some(exchange.push_response(data));
                }
                Ok(Piece::End(trailers)) => end = Some(Ok(trailers)),
                Err(error) => end = Some(Err(error)),
            }
        }
        if unreleased > 0 {
            let released = unreleased.saturating_sub(excess.unwrap_or_else(|| exchange.excess()));
            unreleased -= released;
            // An error: the stream has been reset, which the next poll tells.
            let _ = body.flow_control().release_capacity(released);
        }
        if unreleased > 0 {
            // The stream stays until there is room: its end would give the window what is in it. The wake-up for that is the
            // one that `Stop` has registered.
            return Poll::Pending;
        }
        end.take().map_or(Poll::Pending, Poll::Ready)
    });
    match end.await {
        Ok(Some(trailers)) => {
            Ended::from_trailers(trailers, |headers| launch.head.response_metadata(headers))
        }
        Ok(None) => Ended::failed(Status::internal("the response ended without trailers")),
        Err(error) => failed(stream_failure(error, slot.goaway()), &launch.head),
    }
}

/// A piece of a response.
enum Piece {
    Data(Bytes),
    End(Option<HeaderMap>),
}

/// The next piece. `trailers`: the data are at their end.
fn poll_piece(
    body: &mut RecvStream,
    trailers: &mut bool,
    cx: &mut Context<'_>,
) -> Poll<Result<Piece, h2::Error>> {
    if !*trailers {
        if let Some(data) = ready!(body.poll_data(cx)?) {
            return Poll::Ready(Ok(Piece::Data(data)));
        }
        *trailers = true;
    }
    body.poll_trailers(cx).map_ok(Piece::End)
}

pin_project_lite::pin_project! {
    /// Ready once the call is over for a reason other than its response: its caller's, the deadline's, or the end of the
    /// incoming call that it is made for.
    struct Stop<'a> {
        exchange: &'a Exchange,
        head: &'a CallHead,
        #[pin]
        sleep: Option<Sleep>,
        parent_ends: Option<BoxFuture<'static, ()>>,
    }
}

impl<'a> Stop<'a> {
    fn new(exchange: &'a Exchange, head: &'a CallHead) -> Self {
        Self {
            exchange,
            head,
            sleep: head.deadline.map(tokio::time::sleep_until),
            parent_ends: head.parent.ended(),
        }
    }
}

impl Stop<'_> {
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.project();
        if let Some(sleep) = this.sleep.as_pin_mut()
            && sleep.poll(cx).is_ready()
        {
            this.exchange.cancel(this.head.deadline_exceeded());
            return Poll::Ready(());
        }
        if let Some(parent_ends) = this.parent_ends
            && parent_ends.as_mut().poll(cx).is_ready()
        {
            // Once: what has been answered ends nothing any more.
            *this.parent_ends = None;
            if let Some(status) = this.head.parent.abandoned() {
                this.exchange.cancel(status);
                return Poll::Ready(());
            }
        }
        this.exchange.poll_over(cx)
    }

    /// What `future` gives, unless it is time to stop before that.
    async fn or<F: Future>(mut self: Pin<&mut Self>, mut future: Pin<&mut F>) -> Option<F::Output> {
        poll_fn(|cx| match self.as_mut().poll(cx) {
            Poll::Ready(()) => Poll::Ready(None),
            Poll::Pending => future.as_mut().poll(cx).map(Some),
        })
        .await
    }
}
