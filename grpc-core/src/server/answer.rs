use std::{
    cell::Cell,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::Instant,
};

use bytes::Bytes;
use h2::{RecvStream, server::SendResponse};
use http::{Request, Response, request::Parts};

use super::{
    Dispatch, Incoming, Next,
    body::RequestBody,
    call::Call,
    connection::Connection,
    drain,
    head::{Head, Refusal, check_encoding},
    in_flight::{self, Detached},
    live::{Live, discard, panicked},
    response,
    router::Route,
    stream::Stream,
};
use crate::{
    Status,
    current::Scoped,
    driver::{NewStream, Place, Room},
    message::MessageEncoding,
};

/// A call that has come, of which nothing but HTTP/2 has looked at anything.
pub(super) struct Accepted {
    connection: Arc<Connection>,
    request: Request<RecvStream>,
    respond: SendResponse<Bytes>,
}

impl Accepted {
    /// Counts it: a connection with a call that has not begun has work to do.
    pub(super) fn new(
        connection: &Arc<Connection>,
        request: Request<RecvStream>,
        respond: SendResponse<Bytes>,
    ) -> Self {
        connection.calls.begin();
        connection.taken.begin();
        Self {
            connection: Arc::clone(connection),
            request,
            respond,
        }
    }
}

impl NewStream for Accepted {
    type Stream = Stream;

    /// From HTTP/2's request to the stream that answers it. `None` if it has been refused, and is answered.
    fn begin(mut self) -> Option<(Stream, Place)> {
        let (head, body) = self.request.into_parts();
        let body = RequestBody::new(body);
        match admit(&self.connection, &head) {
            Ok(admitted) => admitted.start(self.connection, head, body, self.respond),
            Err(refusal) => {
                send(&mut self.respond, response::refused(&refusal, &self.connection));
                drain::drain(body, &self.connection);
                self.connection.taken.end();
                self.connection.calls.end();
                None
            }
        }
    }

    fn room() -> &'static Room<Self> {
        thread_local! {
            static ROOM: Cell<Vec<Accepted>> = const { Cell::new(Vec::new()) };
        }
        &ROOM
    }
}

/// What a call's headers say, of one that may begin.
struct Admitted {
    route: Arc<Route>,
    deadline: Option<Instant>,
    encoding: MessageEncoding,
}

fn admit(connection: &Connection, head: &Parts) -> Result<Admitted, Refusal> {
    let found = Head::read(head)?;
    let accepted = connection.shared.options.compression.accepted;
    let encoding = found.encoding(accepted);
    let route = connection
        .shared
        .router
        .route(head.uri.path())
        .map_err(Refusal::Grpc)?;
    if route.method.is_some() {
        found.check_format()?;
        check_encoding(&encoding, accepted).map_err(Refusal::Grpc)?;
    }
    let deadline = found.deadline(|| tokio::time::Instant::now().into_std())?;
    in_flight::admit(connection).map_err(Refusal::Grpc)?;
    Ok(Admitted {
        route: Arc::clone(route),
        deadline,
        encoding,
    })
}

impl Admitted {
    /// The stream, unless its handler panics before it is a future.
    fn start(
        self,
        connection: Arc<Connection>,
        head: Parts,
        body: RequestBody,
        mut respond: SendResponse<Bytes>,
    ) -> Option<(Stream, Place)> {
        let route = self.route;
        let options = &connection.shared.options;
        let place = match route.pace.place() {
            Place::Inside if route.options.spawn || options.spawn_calls => Place::Outside,
            place => place,
        };
        let told = options.compression.told_for(&self.encoding);
        let call = Call::new(route.method, self.deadline, route.options, connection, told, head);
        let incoming = Incoming::new(Arc::clone(&call), body, self.encoding);
        match catch_unwind(AssertUnwindSafe(|| dispatch(&call.connection, &route, incoming))) {
            Ok(handler) => Some((Stream::new(Live::new(call, route, handler), respond), place)),
            Err(panic) => {
                discard(panic);
                send(&mut respond, response::failed(&panicked(), &call.connection));
                in_flight::end(&call.connection);
                None
            }
        }
    }
}

/// Sends a response that has no more than a head.
fn send(respond: &mut SendResponse<Bytes>, response: Response<()>) {
    // An error: the client has gone, or has reset the stream.
    let _ = respond.send_response(response, true);
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
        match Detached::begin(&call.connection) {
            Ok(counted) => Box::pin(detached(Scoped::new(call, (route.handler)(incoming)), counted)),
            Err(status) => Box::pin(std::future::ready(Err(status))),
        }
    } else {
        (route.handler)(incoming)
    }
}

/// Runs a handler to its end, whoever waits for it.
async fn detached(handler: Scoped<Dispatch>, counted: Detached) -> Result<(), Status> {
    let handler = async move {
        let _counted = counted;
        handler.await
    };
    tokio::spawn(handler).await.unwrap_or_else(|error| {
        Err(if error.is_panic() {
            panicked()
        } else {
            Status::unavailable("the server is shutting down")
        })
    })
}
