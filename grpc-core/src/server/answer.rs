use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use bytes::Bytes;
use h2::{RecvStream, server::SendResponse};
use http::{Request, Response};

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
    driver::{NewStream, Place},
    message::MessageEncoding,
};

/// Begins a call: from HTTP/2's request to the stream that answers it, and where that is to run. `None` if it has been
/// refused, and is answered.
pub(super) fn answer(
    connection: &Arc<Connection>,
    request: Request<RecvStream>,
    mut respond: SendResponse<Bytes>,
) -> Option<NewStream> {
    let (head, body) = request.into_parts();
    let body = RequestBody::new(body);
    let (route, deadline, encoding) = match admit(connection, &head) {
        Ok(admitted) => admitted,
        Err(refusal) => {
            send(&mut respond, response::refused(&refusal, connection));
            drain::drain(body, connection);
            return None;
        }
    };
    if let Err(status) = in_flight::begin(connection) {
        send(&mut respond, response::failed(&status, connection));
        drain::drain(body, connection);
        return None;
    }
    let place = match route.pace.place() {
        Place::Inside if route.options.spawn || connection.shared.options.spawn_calls => Place::Outside,
        place => place,
    };
    let told = connection.shared.options.compression.told_for(&encoding);
    let call = Call::new(
        route.method,
        deadline,
        route.options,
        Arc::clone(connection),
        told,
        head,
    );
    let incoming = Incoming::new(Arc::clone(&call), body, encoding);
    match catch_unwind(AssertUnwindSafe(|| dispatch(connection, &route, incoming))) {
        Ok(handler) => {
            let live = Live::new(call, route, handler);
            Some((Box::pin(Stream::new(live, respond)), place))
        }
        Err(panic) => {
            discard(panic);
            in_flight::end(connection);
            send(&mut respond, response::failed(&panicked(), connection));
            None
        }
    }
}

/// Sends a response that has no more than a head.
fn send(respond: &mut SendResponse<Bytes>, response: Response<()>) {
    // An error: the client has gone, or has reset the stream.
    let _ = respond.send_response(response, true);
}

type Admitted = (Arc<Route>, Option<std::time::Instant>, MessageEncoding);

fn admit(connection: &Connection, head: &http::request::Parts) -> Result<Admitted, Refusal> {
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
