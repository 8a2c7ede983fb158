use std::{
    future::{Future, poll_fn},
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Waker, ready},
    time::Duration,
};

use super::{body::RequestBody, connection::Connection, unread::Taken};

/// How much of an unread request is read and discarded, in bytes, and for how long.
const LONGEST: usize = 1024 * 1024;
const TIMEOUT: Duration = Duration::from_secs(5);

/// Reads the rest of a request that its handler did not want, and discards it.
///
/// Dropping it instead would reset the stream. A client that is still sending might then never see the
/// response, and h2 closes a connection on which too many streams were reset.
pub(super) fn drain(body: RequestBody, connection: &Arc<Connection>) {
    if body.is_end_stream() {
        return;
    }
    let ours = Arc::clone(connection);
    connection.spawner.spawn(Box::pin(async move {
        let mut discard = Discard {
            body,
            left: LONGEST,
            taken: &ours.taken,
        };
        // Most of the time the rest is here already, and no timer is needed.
        if poll_fn(|cx| Poll::Ready(discard.poll(cx).is_pending())).await {
            let mut timeout = pin!(tokio::time::timeout(TIMEOUT, ours.draining()));
            poll_fn(|cx| match discard.poll(cx) {
                Poll::Pending => timeout.as_mut().poll(cx).map(drop),
                ready => ready,
            })
            .await;
        }
    }));
}

/// Drops what is left of a request whose client has gone, and counts what of it has come.
pub(super) fn let_go(body: RequestBody, connection: &Connection) {
    let mut discard = Discard {
        body,
        left: usize::MAX,
        taken: &connection.taken,
    };
    // There is no more to wait for.
    let _ = discard.poll(&mut Context::from_waker(Waker::noop()));
}

struct Discard<'a> {
    body: RequestBody,
    left: usize,
    taken: &'a Taken,
}

impl Discard<'_> {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        while let Some(Ok(data)) = ready!(self.body.poll_data(cx)) {
            self.taken.take(data.len());
            if data.len() > self.left {
                break;
            }
            self.left -= data.len();
        }
        Poll::Ready(())
    }
}
