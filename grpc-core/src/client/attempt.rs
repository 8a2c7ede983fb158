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
use h2::{Reason, RecvStream, client::SendRequest};
use http::HeaderMap;
use tokio::time::Sleep;

use super::{
    channel::Channel,
    connection::Connection,
    exchange::{Exchange, ResponseHead},
    head::CallHead,
    outbound::Outbound,
    status::{Ended, StreamFailure, Unprocessed, stream_failure},
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

impl Attempt {
    async fn run(mut self, connection: Arc<Connection>) {
        let outcome = match &self.launch {
            Some(launch) => attempt(launch, connection, &mut self.sent).await,
            None => return,
        };
        let Some(launch) = self.launch.take() else { return };
        match outcome {
            Outcome::Over => {}
            Outcome::Ended(ended) => launch.exchange.finish(ended),
            Outcome::Unprocessed { how, why } => launch.retry(how, why),
        }
    }

    /// Finds another connection for the call.
    async fn reopen(mut self) {
        let Some(launch) = &self.launch else { return };
        let stop = pin!(Stop::new(&launch.exchange, &launch.head));
        let connection = stop.or(launch.channel.connection(&launch.head)).await;
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

async fn attempt(launch: &Launch, connection: Arc<Connection>, sent: &mut bool) -> Outcome {
    let exchange = Arc::clone(&launch.exchange);
    let mut stop = pin!(Stop::new(&exchange, &launch.head));
    let mut slot = Slot::new(Arc::clone(&connection.streams));
    if let Err(outcome) = enter(&mut slot, stop.as_mut()).await {
        return outcome;
    }
    let mut sender = connection.sender.clone();
    // Only the channel and calls that wait keep an idle connection open.
    drop(connection);
    *sent = true;
    let mut refusals = 0;
    loop {
        let response = send(launch, &mut sender, &slot, stop.as_mut()).await;
        let failure = match response {
            Ok((response, mut requests)) => {
                drop(sender);
                let (head, body) = response.into_parts();
                let ended = read(launch, head, body, &mut requests, &slot, stop).await;
                // A request that is still open is reset without blame, unless that is for the call's end.
                let reason = if ended.is_some() {
                    Reason::NO_ERROR
                } else {
                    Reason::CANCEL
                };
                requests.reset(reason);
                return ended.map_or(Outcome::Over, Outcome::Ended);
            }
            Err(Unsuccessful::Outcome(outcome)) => return outcome,
            Err(Unsuccessful::Failure(failure)) => failure,
        };
        match failure.unprocessed {
            Some(Unprocessed::Refused) if refusals < MAX_REFUSALS && exchange.can_retry() => {
                let pause = Duration::from_millis(fastrand::u64(20..60)) * (1 << refusals);
                refusals += 1;
                let pause = tokio::time::sleep(pause);
                if stop.as_mut().or(pause).await.is_none() {
                    return Outcome::Over;
                }
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

/// Waits for the call's turn.
async fn enter(slot: &mut Slot, stop: Pin<&mut Stop<'_>>) -> Result<(), Outcome> {
    match stop.or(poll_fn(|cx| slot.poll_enter(cx))).await {
        Some(Ok(())) => Ok(()),
        None => Err(Outcome::Over),
        Some(Err(Refused::Full(status))) => Err(Outcome::Ended(Ended::failed(status))),
        Some(Err(Refused::Closed)) => {
            let why = Status::unavailable("the connection was closed before the call was sent");
            Err(Outcome::Unprocessed {
                how: Unprocessed::Unsent,
                why,
            })
        }
    }
}

/// Why there is no response: nothing more to do, or something to look at.
enum Unsuccessful {
    Outcome(Outcome),
    Failure(StreamFailure),
}

/// Sends the request from its start, and waits for the head of the response.
async fn send(
    launch: &Launch,
    sender: &mut SendRequest<Bytes>,
    slot: &Slot,
    mut stop: Pin<&mut Stop<'_>>,
) -> Result<(http::Response<RecvStream>, Outbound), Unsuccessful> {
    if launch.head.is_late() {
        // A timer is a little late, by design: such a call must not be sent with no time left.
        launch.exchange.cancel(launch.head.deadline_exceeded());
    }
    let Some(number) = launch.exchange.begin_attempt() else {
        return Err(Unsuccessful::Outcome(Outcome::Over));
    };
    let request = launch
        .channel
        .try_config()
        .and_then(|config| launch.head.to_request(config))
        .and_then(|request| check_size(&launch.head, request, slot.header_limit()));
    let request = request.map_err(|status| Unsuccessful::Outcome(Outcome::Ended(Ended::failed(status))))?;
    let over = Unsuccessful::Outcome(Outcome::Over);
    let ready = stop.as_mut().or(poll_fn(|cx| sender.poll_ready(cx)));
    let opened = match ready.await {
        None => return Err(over),
        Some(ready) => ready.and_then(|()| sender.send_request(request, false)),
    };
    let (mut response, stream) = opened.map_err(|error| {
        slot.exhaust();
        let mut failure = stream_failure(error, slot.goaway());
        failure.unprocessed = Some(Unprocessed::Unsent);
        Unsuccessful::Failure(failure)
    })?;
    let mut requests = Outbound::new(stream, number);
    let answered = stop.or(poll_fn(|cx| {
        requests.poll(&launch.exchange, cx);
        Pin::new(&mut response).poll(cx)
    }));
    match answered.await {
        Some(Ok(response)) => Ok((response, requests)),
        Some(Err(error)) => Err(Unsuccessful::Failure(stream_failure(error, slot.goaway()))),
        None => {
            requests.reset(Reason::CANCEL);
            Err(over)
        }
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

/// Reads a response to its end; `None` if the call was over first.
async fn read(
    launch: &Launch,
    head: http::response::Parts,
    mut body: RecvStream,
    requests: &mut Outbound,
    slot: &Slot,
    mut stop: Pin<&mut Stop<'_>>,
) -> Option<Ended> {
    let exchange = &*launch.exchange;
    let metadata = |headers| launch.head.response_metadata(headers);
    if body.is_end_stream() {
        return Some(Ended::from_trailers_only(head, metadata));
    }
    if let Err(status) = check_head(&head) {
        return Some(Ended::failed(status));
    }
    let accepted = match launch.channel.try_config() {
        Ok(config) => config.accepted,
        Err(status) => return Some(Ended::failed(status)),
    };
    exchange.set_head(ResponseHead {
        encoding: MessageEncoding::read(&head.headers, accepted),
        metadata: metadata(head.headers),
    });
    let mut trailers = false;
    // What has been read and the window does not have back.
    let mut unreleased = 0;
    let mut end = None;
    poll_fn(|cx| {
        // First, so that the wake-up for room and for the end is registered whatever comes below.
        if stop.as_mut().poll(cx).is_ready() {
            return Poll::Ready(None);
        }
        requests.poll(exchange, cx);
        let mut excess = None;
        while end.is_none()
            && let Poll::Ready(piece) = poll_piece(&mut body, &mut trailers, cx)
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
            // The stream stays until there is room: its end would give the window what is in it.
            return Poll::Pending;
        }
        end.take().map_or(Poll::Pending, |end| Poll::Ready(Some(end)))
    })
    .await
    .map(|end| match end {
        Ok(Some(trailers)) => Ended::from_trailers(trailers, metadata),
        Ok(None) => Ended::failed(Status::internal("the response ended without trailers")),
        Err(error) => failed(stream_failure(error, slot.goaway()), &launch.head),
    })
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
    async fn or<F: Future>(mut self: Pin<&mut Self>, future: F) -> Option<F::Output> {
        let mut future = pin!(future);
        poll_fn(|cx| match self.as_mut().poll(cx) {
            Poll::Ready(()) => Poll::Ready(None),
            Poll::Pending => future.as_mut().poll(cx).map(Some),
        })
        .await
    }
}
