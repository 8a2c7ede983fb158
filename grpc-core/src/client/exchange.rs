//! What a call's two sides share: the caller's tasks on one, an attempt on a connection on the other.

use std::{
    collections::VecDeque,
    mem,
    sync::{Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

use bytes::{Bytes, BytesMut};
use h2::Reason;

use super::{send_buffer::SendBuffer, status::Ended, unread::Unread};
use crate::{Status, driver::wake_later, message::MessageEncoding, metadata::Metadata};

/// How many bytes of a response are there before its caller has taken any of them without HTTP/2's flow control holding the server back.
/// What the window has room for comes on top.
const READ_AHEAD: usize = 64 * 1024;

/// The same for a caller that has not read any response yet, and may never.
const READ_AHEAD_UNASKED: usize = 16 * 1024;

/// How many pieces of a response may keep memory that other things came in: none but the first for a caller that may never read.
const LOOSE: usize = 4;
const LOOSE_UNASKED: usize = 1;

/// A call in progress.
///
/// The caller pushes encoded requests in and takes encoded responses out. An attempt (of which there may be
/// several, one after the other) does the reverse. Every wake-up happens outside the lock.
pub(super) struct Exchange(Mutex<State>);

struct State {
    requests: SendBuffer,
    /// Counts attempts, so that the body of an earlier one takes nothing more.
    attempt: u32,
    head: Option<ResponseHead>,
    unread: Unread,
    /// Its caller takes the response: the whole of it, or what has come.
    asked: bool,
    ended: Option<Ended>,
    /// What the request body resets its stream with.
    reset: Option<Reason>,
    /// The caller wants the whole response: one wake-up, at its end.
    whole: bool,
    /// Once the response has begun: whether it has so that the caller looks at it before its end.
    suspicious: Option<bool>,
    sender: Option<Waker>,
    receiver: Option<Waker>,
    body: Option<Waker>,
    pump: Option<Waker>,
}

/// What a response says before its messages.
#[derive(Default)]
pub(super) struct ResponseHead {
    pub(super) metadata: Metadata,
    /// What its messages are compressed as.
    pub(super) encoding: MessageEncoding,
}

/// What [`Exchange::poll_response`] found besides the chunks that it has put into the caller's queue.
pub(super) struct Received {
    /// What came before them, if nobody has taken it.
    pub(super) head: Option<ResponseHead>,
    /// What comes behind them: the call is over.
    pub(super) ended: Option<Ended>,
}

impl Exchange {
    pub(super) fn new(requests: SendBuffer, whole: bool) -> Self {
        Self(Mutex::new(State {
            requests,
            attempt: 0,
            head: None,
            unread: Unread::default(),
            asked: whole,
            ended: None,
            reset: None,
            whole,
            suspicious: None,
            sender: None,
            receiver: None,
            body: None,
            pump: None,
        }))
    }

    /// A call that is over before it began: an interceptor has answered it.
    pub(super) fn answered(metadata: Metadata, chunks: VecDeque<Bytes>, ended: Ended) -> Self {
        let exchange = Self::new(SendBuffer::default(), false);
        {
            let mut state = exchange.lock();
            state.head = Some(ResponseHead {
                metadata,
                encoding: MessageEncoding::Unnamed,
            });
            state.unread = Unread::of(chunks);
            state.ended = Some(ended);
        }
        exchange
    }

    // The caller's side.

    /// Puts encoded requests in line, and leaves `frames` empty; waits while too much is in line already.
    ///
    /// # Errors
    /// The call's status once it is over.
    pub(super) fn poll_send(&self, cx: &mut Context<'_>, frames: &mut BytesMut) -> Poll<Result<(), Status>> {
        let mut state = self.lock();
        if let Some(ended) = &state.ended {
            return Poll::Ready(Err(after_the_end(ended)));
        }
        if state.requests.push(frames) {
            let body = state.body.take();
            drop(state);
            wake([body]);
            Poll::Ready(Ok(()))
        } else {
            register(&mut state.sender, cx);
            Poll::Pending
        }
    }

    /// As [`Exchange::poll_send`], with a piece of encoded requests that is left where it is.
    ///
    /// # Errors
    /// The call's status once it is over.
    pub(super) fn poll_send_chunk(&self, cx: &Context<'_>, chunk: &Bytes) -> Poll<Result<(), Status>> {
        let mut state = self.lock();
        if let Some(ended) = &state.ended {
            return Poll::Ready(Err(after_the_end(ended)));
        }
        if state.requests.push_chunk(chunk) {
            let body = state.body.take();
            drop(state);
            wake([body]);
            Poll::Ready(Ok(()))
        } else {
            register(&mut state.sender, cx);
            Poll::Pending
        }
    }

    /// No request follows.
    pub(super) fn finish_requests(&self) {
        let mut state = self.lock();
        state.requests.finish();
        let body = state.body.take();
        drop(state);
        wake([body]);
    }

    /// Takes what has come: chunks of as much as is read ahead, and with the last of them the end. `into` is empty.
    pub(super) fn poll_response(&self, cx: &mut Context<'_>, into: &mut VecDeque<Bytes>) -> Poll<Received> {
        let mut state = self.lock();
        let is_early = state.suspicious == Some(true) || state.unread.bytes() >= READ_AHEAD;
        let has_come = state.unread.bytes() > 0 && (!state.whole || is_early);
        if state.ended.is_none() && !has_come {
            register(&mut state.receiver, cx);
            return Poll::Pending;
        }
        let mut pump = None;
        if state.unread.bytes() > 0 {
            let excess = state.excess();
            state.unread.take(READ_AHEAD, into);
            state.asked = true;
            state.suspicious = Some(false);
            pump = if excess > 0 { state.pump.take() } else { None };
        }
        let is_all = state.unread.bytes() == 0;
        let received = Received {
            head: state.head.take(),
            ended: state.ended.as_mut().filter(|_| is_all).map(Ended::hand_out),
        };
        drop(state);
        wake([pump]);
        Poll::Ready(received)
    }

    /// Takes the response's head once it is there; `None` if the call ended without.
    pub(super) fn poll_head(&self, cx: &mut Context<'_>) -> Poll<Option<ResponseHead>> {
        let mut state = self.lock();
        if state.head.is_some() || state.ended.is_some() {
            return Poll::Ready(state.head.take());
        }
        register(&mut state.receiver, cx);
        Poll::Pending
    }

    /// The response's head, if it is there.
    pub(super) fn take_head(&self) -> Option<ResponseHead> {
        self.lock().head.take()
    }

    /// Ends the call from this side, unless it is over already: what is on the wire is reset with CANCEL.
    pub(super) fn cancel(&self, status: Status) {
        if let Some(wakers) = self.end(Ended::failed(status), Reason::CANCEL) {
            wake(wakers);
        }
    }

    /// As [`Exchange::cancel`], by a caller that no longer looks: nothing that came in is kept.
    pub(super) fn abandon(&self) {
        let (is_over, unread) = {
            let mut state = self.lock();
            (state.ended.is_some(), mem::take(&mut state.unread))
        };
        drop(unread);
        if !is_over {
            self.cancel(Status::cancelled("the call was dropped"));
        }
    }

    // The attempt's side.

    /// A new attempt begins: its requests start with the first. `None` if the call is over.
    pub(super) fn begin_attempt(&self) -> Option<u32> {
        let mut state = self.lock();
        if state.ended.is_some() {
            return None;
        }
        state.attempt += 1;
        state.requests.rewind();
        Some(state.attempt)
    }

    /// True if the requests can still be sent from the start.
    pub(super) fn can_retry(&self) -> bool {
        let state = self.lock();
        state.ended.is_none() && !state.requests.is_committed()
    }

    /// Ready once the call is over, be it for a reason of the caller's. Wakes, too, when the excess has been taken.
    pub(super) fn poll_over(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.lock();
        if state.ended.is_some() {
            return Poll::Ready(());
        }
        register(&mut state.pump, cx);
        Poll::Pending
    }

    /// The next chunk of requests for this attempt's body.
    pub(super) fn poll_request(
        &self,
        cx: &mut Context<'_>,
        attempt: u32,
    ) -> Poll<Option<Result<Bytes, Reason>>> {
        let mut state = self.lock();
        if attempt != state.attempt {
            return Poll::Ready(Some(Err(Reason::CANCEL)));
        }
        if let Some(reason) = state.reset {
            return Poll::Ready(Some(Err(reason)));
        }
        if let Some(chunk) = state.requests.next_chunk() {
            let sender = state.sender.take();
            drop(state);
            sender.into_iter().for_each(wake_later);
            return Poll::Ready(Some(Ok(chunk)));
        }
        if state.requests.is_sent() {
            return Poll::Ready(None);
        }
        register(&mut state.body, cx);
        Poll::Pending
    }

    /// True once the attempt's body has taken the last chunk.
    pub(super) fn is_request_sent(&self, attempt: u32) -> bool {
        let state = self.lock();
        attempt == state.attempt && state.reset.is_none() && state.requests.is_sent()
    }

    /// The response has begun: from here on the call is this attempt (gRFC A6 §When Retries are Valid).
    pub(super) fn set_head(&self, head: ResponseHead) {
        let mut state = self.lock();
        state.requests.commit();
        state.head = Some(head);
        let receiver = if state.whole { None } else { state.receiver.take() };
        drop(state);
        receiver.into_iter().for_each(wake_later);
    }

    /// Adds a piece of the response; how much is there above what is read ahead, for which there should be no room in the window.
    pub(super) fn push_response(&self, piece: Bytes) -> usize {
        let mut state = self.lock();
        if state.ended.is_some() {
            return 0;
        }
        let is_suspicious = *state.suspicious.get_or_insert_with(|| is_suspicious(&piece));
        let loose = if state.asked { LOOSE } else { LOOSE_UNASKED };
        state.unread.push(piece, loose);
        let receiver = if state.whole && state.unread.bytes() < READ_AHEAD && !is_suspicious {
            None
        } else {
            state.receiver.take()
        };
        let excess = state.excess();
        drop(state);
        receiver.into_iter().for_each(wake_later);
        excess
    }

    /// How much of the response is there above what is read ahead.
    pub(super) fn excess(&self) -> usize {
        self.lock().excess()
    }

    /// The response is complete. A request that is still open is reset without blame.
    pub(super) fn finish(&self, ended: Ended) {
        // The attempt is over: it is not to be woken for that.
        if let Some([sender, receiver, _body, _pump]) = self.end(ended, Reason::NO_ERROR) {
            [sender, receiver].into_iter().flatten().for_each(wake_later);
        }
    }

    /// Whom to wake, unless the call was over already.
    fn end(&self, ended: Ended, reason: Reason) -> Option<[Option<Waker>; 4]> {
        let mut state = self.lock();
        if state.ended.is_some() {
            return None;
        }
        if reason == Reason::CANCEL {
            // What has come is not worth anything to who cancels.
            state.unread.clear();
        }
        if !state.requests.is_sent() || reason == Reason::CANCEL {
            state.reset = Some(reason);
        }
        state.requests.clear();
        state.ended = Some(ended);
        Some([
            state.sender.take(),
            state.receiver.take(),
            state.body.take(),
            state.pump.take(),
        ])
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing that panics runs under the lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn excess(&self) -> usize {
        if self.ended.is_some() {
            return 0;
        }
        let ahead = if self.asked {
            READ_AHEAD
        } else {
            READ_AHEAD_UNASKED
        };
        self.unread.bytes().saturating_sub(ahead)
    }
}

/// True if a response begins with a message that may be refused for its prefix: then the rest of it is not waited for.
fn is_suspicious(chunk: &[u8]) -> bool {
    match *chunk {
        [flag, a, b, c, d, ..] => flag > 1 || u32::from_be_bytes([a, b, c, d]) as usize > READ_AHEAD,
        _ => false,
    }
}

/// What a send gets after the call is over.
fn after_the_end(ended: &Ended) -> Status {
    match &ended.status {
        Err(status) => status.clone(),
        Ok(()) => {
            Status::failed_precondition("the call is over: the server has answered without waiting for this")
        }
    }
}

fn register(slot: &mut Option<Waker>, cx: &Context<'_>) {
    match slot {
        Some(waker) => waker.clone_from(cx.waker()),
        None => *slot = Some(cx.waker().clone()),
    }
}

fn wake(wakers: impl IntoIterator<Item = Option<Waker>>) {
    wakers.into_iter().flatten().for_each(Waker::wake);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(exchange: &Exchange) -> Option<VecDeque<Bytes>> {
        let mut chunks = VecDeque::new();
        let taken = exchange.poll_response(&mut Context::from_waker(Waker::noop()), &mut chunks);
        taken.is_ready().then_some(chunks)
    }

    #[test]
    fn more_is_read_ahead_for_a_caller_that_reads() {
        let exchange = Exchange::new(SendBuffer::default(), false);
        for ahead in [READ_AHEAD_UNASKED, READ_AHEAD] {
            assert_eq!(exchange.push_response(vec![0; ahead].into()), 0, "{ahead}");
            assert_eq!(exchange.push_response(vec![0; 10].into()), 10, "{ahead}");
            assert_eq!(exchange.excess(), 10);
            while take(&exchange).is_some() {}
            assert_eq!(exchange.excess(), 0);
        }
    }

    #[test]
    fn no_more_is_taken_at_once_than_is_read_ahead() {
        let exchange = Exchange::new(SendBuffer::default(), false);
        for _ in 0..8 {
            exchange.push_response(vec![0; READ_AHEAD / 4].into());
        }
        for left in [READ_AHEAD, 0] {
            assert_eq!(take(&exchange).unwrap().len(), 4);
            assert_eq!(exchange.lock().unread.bytes(), left);
        }
    }

    #[test]
    fn a_whole_response_is_looked_at_early_if_its_first_message_may_be_refused() {
        let large = u32::try_from(READ_AHEAD).unwrap() + 1;
        for (flag, length, is_early) in [(0, 5, false), (1, 5, false), (2, 5, true), (0, large, true)] {
            let exchange = Exchange::new(SendBuffer::default(), true);
            let mut prefix = vec![flag];
            prefix.extend(length.to_be_bytes());
            exchange.push_response(prefix.into());
            assert_eq!(take(&exchange).is_some(), is_early, "{flag} {length}");
            // Once.
            exchange.push_response(vec![0; 10].into());
            assert!(take(&exchange).is_none(), "{flag} {length}");
        }
    }
}
