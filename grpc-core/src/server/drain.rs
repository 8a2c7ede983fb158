use std::{
    future::{Future, poll_fn},
    pin::pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use super::{body::RequestBody, connection::Connection};

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
    let stopping = Arc::clone(connection);
    connection.spawner.spawn(Box::pin(async move {
        let mut discard = Discard { body, left: LONGEST };
        // Most of the time the rest is here already, and no timer is needed.
        if poll_fn(|cx| Poll::Ready(discard.poll(cx).is_pending())).await {
            let mut timeout = pin!(tokio::time::timeout(TIMEOUT, stopping.draining()));
            poll_fn(|cx| match discard.poll(cx) {
                Poll::Pending => timeout.as_mut().poll(cx).map(drop),
                ready => ready,
            })
            .await;
        }
    }));
}

struct Discard {
    body: RequestBody,
    left: usize,
}

impl Discard {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        while let Some(Ok(data)) = ready!(self.body.poll_data(cx)) {
            if data.len() > self.left {
                break;
            }
            self.left -= data.len();
        }
        Poll::Ready(())
    }
}
