use http::{HeaderValue, Response, StatusCode, header};

use super::{connection::Connection, head::Refusal, live::Live, outbox::Left};
use crate::{Status, message::Encodings, metadata::Metadata, status::cap_trailers};

/// The head of a response that goes on: of a handler that does, or of one that has answered with more than a status.
pub(super) fn head(live: &Live, initial: Option<Box<Metadata>>, answered: bool) -> Response<()> {
    // The messages that came before the headers are encoded: it is known whether any is compressed.
    let encoding = live.call.encoding.settle_headers(!answered);
    let mut response = grpc(live.call.told, initial);
    if let Some(encoding) = encoding {
        let name = HeaderValue::from_static(encoding.name());
        response.headers_mut().insert("grpc-encoding", name);
    }
    response
}

/// The response of a call that failed before anything was sent (PROTOCOL-HTTP2 §Responses, `Trailers-Only`).
pub(super) fn trailers_only(live: &Live, left: Left) -> Response<()> {
    let mut response = grpc(live.call.told, left.initial);
    live.write_status(left.trailing, response.headers_mut());
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
