//! The calls of one connection against the server's limit on concurrent streams.

use std::{
    collections::BTreeMap,
    mem,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Waker},
};

use crate::{Status, driver::HeaderLimit};

/// How many streams are open, how many may be, and who waits, in order.
///
/// h2 would queue past the limit without bound and out of reach of cancellation, so the wait is here.
pub(super) struct Streams {
    state: Mutex<State>,
    /// It takes no more calls.
    closed: AtomicBool,
    /// How large a request's headers may be.
    pub(super) header_limit: HeaderLimit,
    /// The server has sent something since keepalive last looked.
    pub(super) heard: AtomicBool,
}

struct State {
    limit: usize,
    open: usize,
    waiting: BTreeMap<u64, Waker>,
    max_waiting: usize,
    next: u64,
    /// How many streams there have been.
    begun: u64,
    /// What the server has said in closing.
    goaway: Option<String>,
}

/// Why a call was not let in.
#[derive(Debug)]
pub(super) enum Refused {
    /// The connection takes no more calls; another may.
    Closed,
    /// Too many wait already.
    Full(Status),
}

impl Streams {
    pub(super) fn new(max_waiting: usize) -> Self {
        // Until the server has said otherwise: nothing is sent before that.
        let limit = usize::MAX;
        let (waiting, open, next) = (BTreeMap::new(), 0, 0);
        let state = State {
            limit,
            open,
            waiting,
            max_waiting,
            next,
            begun: 0,
            goaway: None,
        };
        Self {
            state: Mutex::new(state),
            closed: AtomicBool::new(false),
            header_limit: HeaderLimit::default(),
            heard: AtomicBool::new(false),
        }
    }

    /// The server's limit, as it is now. True if the server closes the connection.
    pub(super) fn set_limit(&self, limit: usize) -> bool {
        let mut state = self.lock();
        let closes = state.goaway.is_some();
        if state.limit != limit {
            state.limit = limit;
            let waker = state.first();
            drop(state);
            wake(waker);
        }
        closes
    }

    /// The connection takes no more calls: whoever waits is refused.
    pub(super) fn close(&self) {
        let mut state = self.lock();
        // Inside the lock: who is in line by then is refused, and nobody gets in line after that.
        self.closed.store(true, Ordering::Release);
        let waiting = mem::take(&mut state.waiting);
        drop(state);
        waiting.into_values().for_each(Waker::wake);
    }

    /// The server closes the connection, and says why.
    pub(super) fn set_goaway(&self, said: String) {
        self.lock().goaway = Some(said);
    }

    /// Whether there are calls, open or waiting, and how many streams there have been.
    pub(super) fn activity(&self) -> (bool, u64) {
        let state = self.lock();
        (state.open > 0 || !state.waiting.is_empty(), state.begun)
    }

    pub(super) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A call's place in the line, and then its stream; given back when dropped.
pub(super) struct Slot {
    streams: Arc<Streams>,
    place: Place,
}

#[derive(Clone, Copy)]
enum Place {
    Outside,
    Waiting(u64),
    Inside,
}

impl Slot {
    pub(super) fn new(streams: Arc<Streams>) -> Self {
        Self {
            streams,
            place: Place::Outside,
        }
    }

    /// How large the headers of a request may be, in bytes as HTTP/2 counts them.
    pub(super) fn header_limit(&self) -> usize {
        self.streams.header_limit.get()
    }

    /// The connection has no more streams to give.
    pub(super) fn exhaust(&self) {
        self.streams.close();
    }

    /// What the server has said in closing the connection, if it has.
    pub(super) fn goaway(&self) -> Option<String> {
        self.streams.lock().goaway.clone()
    }

    /// Ready once a stream may be opened.
    pub(super) fn poll_enter(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Refused>> {
        let mut state = self.streams.lock();
        if self.streams.is_closed() {
            return Poll::Ready(Err(Refused::Closed));
        }
        let is_next = match (self.place, state.waiting.first_key_value()) {
            (Place::Inside, _) => return Poll::Ready(Ok(())),
            (Place::Waiting(ticket), Some((first, _))) => ticket == *first,
            (_, first) => first.is_none(),
        };
        if is_next && state.open < state.limit {
            if let Place::Waiting(ticket) = self.place {
                state.waiting.remove(&ticket);
            }
            state.open += 1;
            state.begun += 1;
            self.place = Place::Inside;
            let next = state.first();
            drop(state);
            wake(next);
            return Poll::Ready(Ok(()));
        }
        let ticket = match self.place {
            Place::Waiting(ticket) => ticket,
            _ if state.waiting.len() >= state.max_waiting => {
                return Poll::Ready(Err(Refused::Full(Status::resource_exhausted(format!(
                    "{} calls wait already for the {} streams that the server allows",
                    state.max_waiting, state.limit
                )))));
            }
            _ => {
                state.next += 1;
                state.next
            }
        };
        self.place = Place::Waiting(ticket);
        state.waiting.insert(ticket, cx.waker().clone());
        Poll::Pending
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut state = self.streams.lock();
        match self.place {
            Place::Outside => return,
            Place::Waiting(ticket) => {
                state.waiting.remove(&ticket);
            }
            Place::Inside => state.open -= 1,
        }
        let next = state.first();
        drop(state);
        wake(next);
    }
}

impl State {
    /// Whom to wake: the first in line, if there is room. It wakes the one behind it.
    fn first(&self) -> Option<Waker> {
        if self.open < self.limit {
            self.waiting.first_key_value().map(|(_, waker)| waker.clone())
        } else {
            None
        }
    }
}

fn wake(waker: Option<Waker>) {
    if let Some(waker) = waker {
        waker.wake();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn enter(slot: &mut Slot) -> Poll<Result<(), Refused>> {
        slot.poll_enter(&mut Context::from_waker(Waker::noop()))
    }

    #[test]
    fn calls_enter_in_order_as_others_leave() {
        let streams = Arc::new(Streams::new(10));
        streams.set_limit(1);
        let slot = || Slot::new(Arc::clone(&streams));
        let (mut a, mut b, mut c) = (slot(), slot(), slot());
        assert!(enter(&mut a).is_ready());
        assert!(enter(&mut b).is_pending() && enter(&mut c).is_pending());
        drop(a);
        assert!(enter(&mut c).is_pending(), "not its turn");
        assert!(
            enter(&mut slot()).is_pending(),
            "nor that of one that comes later"
        );
        assert!(enter(&mut b).is_ready());
        drop(b);
        assert!(enter(&mut c).is_ready());
    }

    #[test]
    fn one_that_leaves_the_line_does_not_hold_it_up() {
        let streams = Arc::new(Streams::new(10));
        streams.set_limit(0);
        let slot = || Slot::new(Arc::clone(&streams));
        let (mut a, mut b) = (slot(), slot());
        assert!(enter(&mut a).is_pending() && enter(&mut b).is_pending());
        drop(a);
        streams.set_limit(1);
        assert!(enter(&mut b).is_ready());
    }

    #[test]
    fn the_line_is_bounded_and_closes() {
        let streams = Arc::new(Streams::new(1));
        streams.set_limit(0);
        let slot = || Slot::new(Arc::clone(&streams));
        let (mut a, mut b) = (slot(), slot());
        assert!(enter(&mut a).is_pending());
        assert!(matches!(enter(&mut b), Poll::Ready(Err(Refused::Full(_)))));
        streams.close();
        assert!(matches!(enter(&mut a), Poll::Ready(Err(Refused::Closed))));
    }
}
