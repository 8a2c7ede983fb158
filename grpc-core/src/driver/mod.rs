//! A connection as one task: the driver polls HTTP/2 and every stream that the connection carries.
//!
//! A task per stream is what HTTP/2 servers usually spawn. Here the driver polls all streams itself, between two polls of
//! the connection, so that what they answer leaves in one write.

mod found;
mod frames;
mod gathering;
mod header_limit;
mod io;
mod keepalive;
mod later;
mod outside;
mod room;
mod scratch;
mod shared;
mod speed;
mod tasks;
mod turn;
mod watch;
mod write_buffer;

use std::{
    any::Any,
    cell::Cell,
    convert::Infallible,
    future::{Future, poll_fn},
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll, Waker},
};

use tokio::task::coop;

use self::{
    found::Found, gathering::Gathering, later::WakesLater, outside::OutsideTasks, shared::Shared,
    speed::Speed, tasks::Tasks, turn::Turn,
};
pub(crate) use self::{
    found::Room,
    frames::{FrameHeader, PREFACE},
    header_limit::HeaderLimit,
    io::ConnectionIo,
    keepalive::Keepalive,
    later::wake_later,
    outside::Place,
    room::poll_room,
    shared::Spawner,
    speed::Inspection,
    watch::FrameObserver,
};

use crate::BoxFuture;

/// A stream's future, or anything else that belongs to a connection and ends with it.
pub(crate) type Task = BoxFuture<'static, ()>;

/// Whatever is to live for as long as a stream does.
pub(crate) type Keep = Arc<dyn Any + Send + Sync>;

/// The connection itself: what reads, writes and makes new streams.
pub(crate) trait Link: Send + Unpin + 'static {
    /// What it finds.
    type New: NewStream;

    /// Does all that can be done now, and adds the streams that it finds to `streams`. It is polled first and last in every
    /// turn, whatever woke the driver, and outside tokio's cooperative budget. Ready means that the connection is over.
    ///
    /// It polls no stream itself: that would flush the connection once per response (measured: 3.1 → 5.8 µs per call).
    fn poll_link(&mut self, cx: &mut Context<'_>, streams: &mut Vec<Self::New>) -> Poll<()>;
}

/// A stream that the link has found. All that it needs is made when its turn comes, and most often gone right after that: a hundred streams that
/// begin together do not fill the caches.
pub(crate) trait NewStream: Send + Sized + Unpin + 'static {
    /// Boxed if it has to wait.
    type Stream: Future<Output = ()> + Send + Unpin + 'static;

    /// The stream and where it is to run. `None` if it is over already.
    fn begin(self) -> Option<(Self::Stream, Place)>;

    /// The room that the thread has for them.
    fn room() -> &'static Room<Self>;
}

/// Of a link that finds none.
impl NewStream for Infallible {
    type Stream = Task;

    fn begin(self) -> Option<(Task, Place)> {
        match self {}
    }

    fn room() -> &'static Room<Self> {
        thread_local! {
            static NONE: Cell<Vec<Infallible>> = const { Cell::new(Vec::new()) };
        }
        &NONE
    }
}

/// How many turns one poll of the driver takes before it lets other connections run.
const TURNS_PER_POLL: usize = 8;

/// A connection with its streams, as one future. It is over when the link is and no stream is left.
///
/// Dropping it drops every stream.
pub(crate) struct Driver<L: Link> {
    shared: Arc<Shared>,
    waker: Waker,
    link: Option<L>,
    found: Found<L::New>,
    tasks: Tasks,
    /// A turn that goes on in the next poll.
    paused: Option<Turn>,
    /// The last turn was over before every woken stream was polled: they go first in the next.
    woken_first: bool,
    outside: OutsideTasks,
    speed: Speed,
    /// How many more turns streams are inspected in.
    inspected: u32,
    /// `None` if streams that are spawned are polled as they come.
    gathering: Option<Gathering>,
}

/// How many turns streams are inspected in after one was slow.
const INSPECTED_TURNS: u32 = 64;

impl<L: Link> Driver<L> {
    /// The driver of the link that `make` returns, which gets the spawner of its streams.
    pub(crate) fn new(make: impl FnOnce(Spawner) -> L) -> Self {
        let shared = Arc::new(Shared::default());
        let link = make(Spawner::new(&shared));
        let waker = Waker::from(Arc::clone(&shared));
        let tasks = Tasks::new(Arc::clone(&shared));
        Self {
            shared,
            waker,
            link: Some(link),
            found: Found::new(),
            tasks,
            paused: None,
            woken_first: false,
            outside: OutsideTasks::default(),
            speed: Speed::default(),
            inspected: 0,
            gathering: None,
        }
    }

    /// The same, where those whose streams have ended are likely to spawn others: a driver that was woken for the first of
    /// these lets the rest come first, so that all leave in one write.
    pub(crate) fn gathering(mut self) -> Self {
        self.gathering = Gathering::worth_while();
        self
    }

    /// What is kept until the last stream is gone, also those with tasks of their own: they end a little after
    /// the driver when it is dropped.
    pub(crate) fn keep(&mut self, keep: Keep) {
        self.outside.keep(keep);
    }

    /// One turn: the link, the new streams, the woken streams, the link again.
    ///
    /// Returns true if streams were left over because the turn's budget is spent.
    fn turn(&mut self) -> bool {
        let _wakes_later = WakesLater::start();
        let mut turn = self
            .paused
            .take()
            .map_or_else(|| self.start_turn(), Turn::resumed);
        self.poll_streams(&mut turn);
        turn.end();
        self.inspect(&turn);
        if turn.pauses() {
            self.paused = Some(turn);
            return true;
        }
        if turn.has_polled() {
            self.shared.settle();
            self.poll_link();
        }
        turn.is_over()
    }

    fn start_turn(&mut self) -> Turn {
        self.shared.next_turn();
        let started = self.speed.start();
        self.poll_link();
        if let Some(started) = started {
            self.speed.note(started, self.found.len());
        }
        Turn::new(self.speed.slow())
    }

    fn poll_link(&mut self) {
        let Some(link) = &mut self.link else { return };
        let mut cx = Context::from_waker(&self.waker);
        let found = &mut self.found;
        let polled = pin!(coop::unconstrained(poll_fn(|cx| link.poll_link(cx, found)))).poll(&mut cx);
        if polled.is_ready() {
            self.link = None;
        }
    }

    fn poll_streams(&mut self, turn: &mut Turn) {
        if self.woken_first {
            // Else new streams, if they use up each turn, would starve them.
            self.tasks.poll_woken(turn);
        }
        let used_up = turn.is_over();
        let mut found = self.found.drain(..);
        while turn.goes_on()
            && let Some(new) = found.next()
        {
            match new.begin() {
                Some((stream, Place::Inside)) => {
                    turn.poll();
                    self.tasks.begin(stream);
                }
                Some((stream, place)) => self.outside.spawn(Box::pin(stream), place),
                None => {}
            }
        }
        let mut spawned = self.shared.take_new().into_iter();
        while turn.goes_on()
            && let Some(task) = spawned.next()
        {
            turn.poll();
            self.tasks.start(task);
        }
        // The turn ended first. After slow new ones, what is new is better off elsewhere; else it queues.
        let slow = turn.is_slow() && !used_up;
        let found = found.filter_map(NewStream::begin);
        let found = found.map(|(stream, place)| -> (Task, Place) { (Box::pin(stream), place) });
        for (task, place) in found.chain(spawned.map(|task| (task, Place::Inside))) {
            match place {
                Place::Inside if !slow => self.tasks.queue(task),
                Place::Inside => self.outside.spawn(task, Place::Outside),
                place => self.outside.spawn(task, place),
            }
        }
        self.tasks.poll_woken(turn);
        self.woken_first = turn.is_over();
    }

    /// Has streams timed one by one for a while after they took long together.
    fn inspect(&mut self, turn: &Turn) {
        if turn.is_slow() {
            self.inspected = INSPECTED_TURNS;
            self.shared.inspection().start(self.speed.slow());
        } else if self.inspected > 0 {
            self.inspected -= 1;
            if self.inspected == 0 {
                self.shared.inspection().stop();
            }
        }
    }
}

impl<L: Link> Driver<L> {
    fn poll_turns(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        for _ in 0..TURNS_PER_POLL {
            if let Some(gathering) = &mut self.gathering
                && gathering.goes_on(self.tasks.take_ended(), &self.shared, cx)
            {
                return Poll::Pending;
            }
            let cut_short = self.turn();
            let found = !self.found.is_empty();
            let idle = self.link.is_none() && self.tasks.is_empty() && !found && self.shared.has_no_new();
            if idle && self.outside.poll_ended(cx).is_ready() {
                return Poll::Ready(());
            }
            if cut_short {
                break;
            }
            // Woken while it ran, by itself or from elsewhere: not worth a trip through the scheduler.
            if !found && self.shared.rest() {
                return Poll::Pending;
            }
        }
        self.shared.yield_now();
        Poll::Pending
    }
}

impl<L: Link> Future for Driver<L> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.shared.start_poll(cx.waker());
        self.found.take_room();
        let polled = self.poll_turns(cx);
        self.found.leave_room();
        polled
    }
}

impl<L: Link> Drop for Driver<L> {
    fn drop(&mut self) {
        self.shared.close();
    }
}

#[cfg(test)]
mod tests;
