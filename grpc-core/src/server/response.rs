use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use http_body::{Body, Frame};

use super::{connection::Connection, head::Refusal, live::Live, outbox::wake};
use crate::{Status, message::Encodings, metadata::Metadata, status::cap_trailers};

/// A response's body: one type for every kind of call.
pub(super) enum ResponseBody {
    /// The handler goes on.
    Live(Live),
    /// The handler has answered: its messages, if any, and the trailers.
    Rest {
        frames: Option<Bytes>,
        trailers: Option<HeaderMap>,
    },
    /// The headers say it all.
    Empty,
}

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if let Self::Live(live) = &mut *self {
            if !live.poll_handler(cx) {
                let (frames, writer) = ready!(live.poll_frames(cx));
                wake(writer);
                return Poll::Ready(Some(Ok(Frame::data(frames))));
            }
            let frames = live.call.outbox().take_rest();
            let trailers = Some(live.trailers());
            *self = Self::Rest { frames, trailers };
        }
        let Self::Rest { frames, trailers } = &mut *self else {
            return Poll::Ready(None);
        };
        Poll::Ready(match frames.take() {
            Some(frames) => Some(Ok(Frame::data(frames))),
            None => trailers.take().map(|trailers| Ok(Frame::trailers(trailers))),
        })
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, Self::Empty)
    }
}

/// The response of a call whose handler goes on, or is through and has more to say than a status.
pub(super) fn headers_first(mut live: Live, answered: bool) -> Response<ResponseBody> {
    let too_large = live
        .call
        .outbox()
        .initial_over(live.call.connection.header_limit.get());
    if let Some(status) = too_large {
        live.fail(status);
        return trailers_only(live);
    }
    let (initial, rest) = {
        let mut outbox = live.call.outbox();
        // An error is no answer to a method that answers once.
        let discard = live.has_failed() && live.call.answers_once();
        let rest = if answered {
            outbox.take_rest().filter(|_| !discard)
        } else {
            None
        };
        (outbox.take_initial(), rest)
    };
    // The messages that came before the headers are encoded: it is known whether any is compressed.
    let (encoding, told) = (live.call.encoding.settle_headers(!answered), live.call.told);
    let body = if answered {
        ResponseBody::Rest {
            frames: rest,
            trailers: Some(live.trailers()),
        }
    } else {
        live.watch_deadline();
        live.skip_poll();
        ResponseBody::Live(live)
    };
    let mut response = grpc(body, told, initial);
    if let Some(encoding) = encoding {
        let name = HeaderValue::from_static(encoding.name());
        response.headers_mut().insert("grpc-encoding", name);
    }
    response
}

/// The response of a call that failed before anything was sent (PROTOCOL-HTTP2 §Responses, `Trailers-Only`).
pub(super) fn trailers_only(mut live: Live) -> Response<ResponseBody> {
    let initial = live.call.outbox().take_initial();
    let mut response = grpc(ResponseBody::Empty, live.call.told, initial);
    live.write_status(response.headers_mut());
    response
}

/// The response of what never became a call.
pub(super) fn refused(refusal: &Refusal, connection: &Connection) -> Response<ResponseBody> {
    match refusal {
        Refusal::Http(status) => {
            let mut response = Response::new(ResponseBody::Empty);
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
pub(super) fn failed(status: &Status, connection: &Connection) -> Response<ResponseBody> {
    let accepted = connection.shared.options.compression.accepted;
    let mut response = grpc(ResponseBody::Empty, Encodings::IDENTITY, None);
    // compression.md: a server that cannot read an encoding says which ones it can, be it none.
    response
        .headers_mut()
        .insert("grpc-accept-encoding", accepted.header_value());
    status.write_to(response.headers_mut());
    // It may repeat what the client has sent.
    cap_trailers(response.headers_mut(), connection.max_trailers_size());
    response
}

fn grpc(body: ResponseBody, told: Encodings, initial: Option<Box<Metadata>>) -> Response<ResponseBody> {
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    if let Some(initial) = initial {
        *headers = initial.into_headers();
    }
    // A mounted service has said it by itself, and may add the format of its messages.
    headers
        .entry(header::CONTENT_TYPE)
        .or_insert(const { HeaderValue::from_static("application/grpc") });
    told.write_to(headers);
    response
}
