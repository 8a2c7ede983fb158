use std::task::{Context, Poll, ready};

use bytes::Bytes;
use h2::SendStream;

/// How many of `wanted` bytes HTTP/2 has room for, as soon as that is any; `None` once the stream takes no more.
///
/// It has none while what it has been given fills its send buffer, or as long as the peer's window is closed.
pub(crate) fn poll_room(
    stream: &mut SendStream<Bytes>,
    wanted: usize,
    cx: &mut Context<'_>,
) -> Poll<Option<Result<usize, h2::Error>>> {
    stream.reserve_capacity(wanted);
    loop {
        match stream.capacity() {
            0 => match ready!(stream.poll_capacity(cx)) {
                Some(Ok(_)) => {}
                other => return Poll::Ready(other),
            },
            room => return Poll::Ready(Some(Ok(room))),
        }
    }
}
