//! The request as hyper sends it.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body::{Body, Frame};

use super::{exchange::Exchange, executor::Begun};

/// One attempt's view of a call's requests: reads frames out of the call's send buffer.
pub(super) struct RequestBody {
    exchange: Arc<Exchange>,
    attempt: u32,
    /// Until it has been polled.
    begun: Option<Begun>,
}

impl RequestBody {
    pub(super) fn new(exchange: Arc<Exchange>, attempt: u32, begun: Begun) -> Self {
        Self {
            exchange,
            attempt,
            begun: Some(begun),
        }
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = h2::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, h2::Error>>> {
        if let Some(begun) = self.begun.take() {
            begun.set(&self.exchange);
        }
        // An error resets the stream with its code: the only way to do that while the request is open.
        self.exchange
            .poll_request(cx, self.attempt)
            .map(|next| next.map(|chunk| chunk.map(Frame::data).map_err(h2::Error::from)))
    }

    fn is_end_stream(&self) -> bool {
        // Not with the headers, also where no request follows: END_STREAM is a DATA frame's (PROTOCOL-HTTP2 §Requests), and
        // grpc-go's server does not heed it on others.
        self.begun.is_none() && self.exchange.is_request_sent(self.attempt)
    }
}
