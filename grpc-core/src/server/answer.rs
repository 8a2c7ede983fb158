use std::{
    convert::Infallible,
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use http::{Request, Response};
use hyper::body::Incoming as RequestBody;

use super::{
    Dispatch, Incoming, Next,
    call::Call,
    connection::Connection,
    drain,
    head::{self, Refusal},
    in_flight::InFlight,
    live::{Live, discard, panicked},
    response::{self, ResponseBody},
    router::Route,
};
use crate::{Status, current::Scoped, driver::Place, message::MessageEncoding};

/// Begins a call: from HTTP/2's request to the future of its response.
pub(super) fn answer(connection: &Arc<Connection>, request: Request<RequestBody>) -> Answer {
    let (head, body) = request.into_parts();
    let (route, deadline, encoding) = match admit(connection, &head) {
        Ok(admitted) => admitted,
        Err(refusal) => {
            drain::drain(body, connection);
            return Answer::Ready(Some(response::refused(&refusal, connection)));
        }
    };
    let in_flight = match InFlight::begin(connection) {
        Ok(in_flight) => in_flight,
        Err(status) => {
            drain::drain(body, connection);
            return Answer::Ready(Some(response::failed(&status, connection)));
        }
    };
    let place = match route.pace.place() {
        Place::Inside if route.options.spawn || connection.shared.options.spawn_calls => Place::Outside,
        place => place,
    };
    if place != Place::Inside {
        connection.spawner.place_next(place);
    }
    let told = connection.shared.options.compression.told_for(&encoding);
    let call = Call::new(
        route.method,
        deadline,
        route.options.detached,
        Arc::clone(connection),
        told,
        head,
    );
    let incoming = Incoming::new(Arc::clone(&call), body, encoding);
    match catch_unwind(AssertUnwindSafe(|| dispatch(connection, &route, incoming))) {
        Ok(handler) => Answer::Live(Some(Live::new(call, route, handler, in_flight))),
        Err(panic) => {
            discard(panic);
            Answer::Ready(Some(response::failed(&panicked(), connection)))
        }
    }
}

type Admitted = (Arc<Route>, Option<std::time::Instant>, MessageEncoding);

fn admit(connection: &Connection, head: &http::request::Parts) -> Result<Admitted, Refusal> {
    head::check(head)?;
    let accepted = connection.shared.options.compression.accepted;
    let encoding = MessageEncoding::read(&head.headers, accepted);
    let route = connection
        .shared
        .router
        .route(head.uri.path())
        .map_err(Refusal::Grpc)?;
    if route.method.is_some() {
        head::check_format(head)?;
        head::check_encoding(&encoding, accepted).map_err(Refusal::Grpc)?;
    }
    let deadline = head::deadline(&head.headers, || tokio::time::Instant::now().into_std())?;
    Ok((Arc::clone(route), deadline, encoding))
}

/// The future of the call's handler, inside of the interceptors if there are any.
fn dispatch(connection: &Connection, route: &Arc<Route>, incoming: Incoming) -> Dispatch {
    if connection.shared.interceptors.is_empty() {
        return run(route, incoming);
    }
    let (shared, route) = (Arc::clone(&connection.shared), Arc::clone(route));
    Box::pin(async move { Next::new(&shared.interceptors, &route, incoming).run().await })
}

/// The future of the handler itself.
pub(super) fn run(route: &Route, incoming: Incoming) -> Dispatch {
    if route.options.detached {
        let call = incoming.share();
        Box::pin(detached(Scoped::new(call, (route.handler)(incoming))))
    } else {
        (route.handler)(incoming)
    }
}

/// Runs a handler to its end, whoever waits for it.
async fn detached(handler: Scoped<Dispatch>) -> Result<(), Status> {
    tokio::spawn(handler).await.unwrap_or_else(|error| {
        Err(if error.is_panic() {
            panicked()
        } else {
            Status::unavailable("the server is shutting down")
        })
    })
}

/// The future of a call's response, which hyper polls.
pub(super) enum Answer {
    Live(Option<Live>),
    Ready(Option<Response<ResponseBody>>),
}

impl Future for Answer {
    type Output = Result<Response<ResponseBody>, Infallible>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let response = match &mut *self {
            Self::Ready(response) => response.take(),
            Self::Live(slot) => slot.take().and_then(|mut live| {
                let answered = live.poll_handler(cx);
                if answered && live.has_failed() && live.call.outbox().is_untouched() {
                    return Some(response::trailers_only(live));
                }
                if answered || live.poll_head(cx).is_ready() {
                    return Some(response::headers_first(live, answered));
                }
                *slot = Some(live);
                None
            }),
        };
        response.map_or(Poll::Pending, |response| Poll::Ready(Ok(response)))
    }
}
