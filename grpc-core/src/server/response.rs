use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};

use super::{connection::Connection, head::Refusal, live::Live};
use crate::{Status, message::Encodings, metadata::Metadata, status::cap_trailers};

/// The head of a response that goes on: of a handler that does, or of one that has answered with more than a status.
pub(super) fn head(live: &Live, answered: bool) -> Response<()> {
    let initial = live.call.outbox().take_initial();
    // The messages that came before the headers are encoded: it is known whether any is compressed.
    let encoding = live.call.encoding.settle_headers(!answered);
    let mut response = grpc(live.call.told, initial);
    if let Some(encoding) = encoding {
        let name = HeaderValue::from_static(encoding.name());
        response.headers_mut().insert("grpc-encoding", name);
    }
    response
}

/// What the handler has sent and the client does not have yet, once the handler has answered.
pub(super) fn rest(live: &Live) -> Option<Bytes> {
    let rest = live.call.outbox().take_rest();
    // An error is no answer to a method that answers once.
    rest.filter(|_| !(live.has_failed() && live.call.answers_once()))
}

/// The response of a call that failed before anything was sent (PROTOCOL-HTTP2 §Responses, `Trailers-Only`).
pub(super) fn trailers_only(live: &mut Live) -> Response<()> {
    let initial = live.call.outbox().take_initial();
    let mut response = grpc(live.call.told, initial);
    live.write_status(response.headers_mut());
    response
}

/// The response of what never became a call.
pub(super) fn refused(refusal: &Refusal, connection: &Connection) -> Response<()> {
    match refusal {
        Refusal::Http(status) => {
            let mut response = Response::new(());
            *response.status_mut() = *status;
            if *status == StatusCode::METHOD_NOT_ALLOWED {
                response
                    .headers_mut()
                    .insert(header::ALLOW, HeaderValue::from_static("POST"));
            }
            response
        }
        Refusal::Grpc(status) => failed(status, connection),
    }
}

/// A status and nothing else.
pub(super) fn failed(status: &Status, connection: &Connection) -> Response<()> {
    let accepted = connection.shared.options.compression.accepted;
    let mut response = grpc(Encodings::IDENTITY, None);
    // compression.md: a server that cannot read an encoding says which ones it can, be it none.
    response
        .headers_mut()
        .insert("grpc-accept-encoding", accepted.header_value());
    status.write_to(response.headers_mut());
    // It may repeat what the client has sent.
    cap_trailers(response.headers_mut(), connection.max_trailers_size());
    response
}

fn grpc(told: Encodings, initial: Option<Box<Metadata>>) -> Response<()> {
    const GRPC: HeaderValue = HeaderValue::from_static("application/grpc");
    let mut response = Response::new(());
    let headers = response.headers_mut();
    match initial {
        None => {
            headers.insert(header::CONTENT_TYPE, GRPC);
        }
        Some(initial) => {
            *headers = initial.into_headers();
            // A mounted service has said it by itself, and may add the format of its messages.
            headers.entry(header::CONTENT_TYPE).or_insert(GRPC);
        }
    }
    told.write_to(headers);
    response
}
