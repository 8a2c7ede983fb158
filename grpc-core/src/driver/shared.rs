use std::{
    collections::VecDeque,
    mem,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicU8, AtomicUsize, Ordering},
    },
    task::{Wake, Waker},
};

use atomic_waker::AtomicWaker;

use super::{Inspection, Task};

/// Nothing to do: a wake-up has to go to the driver's task.
const IDLE: u8 = 0;
/// The driver is being polled, and will look again before it rests.
const RUNNING: u8 = 1;
/// The driver has been woken, or will be.
const NOTIFIED: u8 = 2;

/// How many polls of the link there may be in a turn.
pub(super) const POLLS_PER_TURN: usize = 2;

/// What the driver shares with its wakers and spawners, which may be on any thread.
#[derive(Default)]
pub(super) struct Shared {
    state: AtomicU8,
    task: AtomicWaker,
    /// Streams not polled yet.
    new: Mutex<New>,
    /// Slots that were woken, in order.
    ready: Mutex<VecDeque<usize>>,
    /// Counts the polls of the link: each turn has [`POLLS_PER_TURN`] of them, of which the last may be left out.
    polls: Arc<AtomicUsize>,
    inspection: Arc<Inspection>,
}

#[derive(Default)]
struct New {
    tasks: Vec<Task>,
    closed: bool,
}

impl Shared {
    /// The driver's poll begins; `waker` is its task's.
    pub(super) fn start_poll(&self, waker: &Waker) {
        // An atomic waker is taken by each wake, so it is registered anew at every poll; and before the
        // state says running, so that no wake-up falls between the two.
        self.task.register(waker);
        self.state.store(RUNNING, Ordering::SeqCst);
    }

    /// The link is about to be polled for the last time in a turn: it need not be again for what it was woken for until now, as it is by each
    /// stream that sends something. It has to look at all of that anew, also at its socket. That leaves streams, which [`Shared::rest`] looks for.
    pub(super) fn settle(&self) {
        self.polls.fetch_add(1, Ordering::Relaxed);
        self.state.store(RUNNING, Ordering::SeqCst);
    }

    /// The driver has done all it knew of. False if there is more, or it was woken meanwhile, and it has to go on.
    pub(super) fn rest(&self) -> bool {
        let rested = self.has_no_ready()
            && self.has_no_new()
            && self
                .state
                .compare_exchange(RUNNING, IDLE, Ordering::SeqCst, Ordering::SeqCst)
                .is_ok();
        if !rested {
            self.state.store(RUNNING, Ordering::SeqCst);
        }
        rested
    }

    /// The driver has more to do, after others have had their turn.
    pub(super) fn yield_now(&self) {
        self.state.store(NOTIFIED, Ordering::SeqCst);
        self.task.wake();
    }

    /// The driver's task is about to be woken by itself: nobody else has to.
    pub(super) fn will_wake(&self) {
        self.state.store(NOTIFIED, Ordering::SeqCst);
    }

    pub(super) fn notify(&self) {
        if self.state.swap(NOTIFIED, Ordering::SeqCst) == IDLE {
            self.task.wake();
        }
    }

    pub(super) fn next_turn(&self) {
        let polls = self.polls.load(Ordering::Relaxed);
        let next = (polls / POLLS_PER_TURN)
            .wrapping_add(1)
            .wrapping_mul(POLLS_PER_TURN);
        self.polls.store(next, Ordering::Relaxed);
    }

    pub(super) fn take_new(&self) -> Vec<Task> {
        mem::take(&mut self.lock_new().tasks)
    }

    pub(super) fn has_no_new(&self) -> bool {
        self.lock_new().tasks.is_empty()
    }

    fn has_no_ready(&self) -> bool {
        self.lock_ready().is_empty()
    }

    pub(super) fn inspection(&self) -> &Arc<Inspection> {
        &self.inspection
    }

    pub(super) fn push_ready(&self, slot: usize) {
        self.lock_ready().push_back(slot);
        self.notify();
    }

    pub(super) fn pop_ready(&self) -> Option<usize> {
        self.lock_ready().pop_front()
    }

    /// No stream is taken in from here on; those that wait are dropped.
    pub(super) fn close(&self) {
        let left = {
            let mut new = self.lock_new();
            new.closed = true;
            mem::take(&mut new.tasks)
        };
        // Outside the lock: dropping a stream runs the destructors of a handler.
        drop(left);
    }

    fn push_new(&self, task: Task) {
        let mut new = self.lock_new();
        if new.closed {
            drop(new);
            drop(task);
        } else {
            new.tasks.push(task);
            drop(new);
            self.notify();
        }
    }

    fn lock_ready(&self) -> MutexGuard<'_, VecDeque<usize>> {
        self.ready.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock_new(&self) -> MutexGuard<'_, New> {
        self.new.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Wakes the driver on behalf of its link.
impl Wake for Shared {
    fn wake(self: Arc<Self>) {
        self.notify();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.notify();
    }
}

/// Adds streams to a driver, from any thread. It does not keep the driver alive: a stream that is spawned
/// on a driver that is gone is dropped.
#[derive(Clone)]
pub(crate) struct Spawner {
    // Weak, because the link and the streams, which the driver owns, hold clones of it.
    shared: Weak<Shared>,
}

impl Spawner {
    pub(super) fn new(shared: &Arc<Shared>) -> Self {
        Self {
            shared: Arc::downgrade(shared),
        }
    }

    /// Adds streams to a driver that is gone.
    #[cfg(feature = "testing")]
    pub(crate) fn detached() -> Self {
        Self { shared: Weak::new() }
    }

    /// Adds a stream, to be polled by the driver.
    pub(crate) fn spawn(&self, task: Task) {
        if let Some(shared) = self.shared.upgrade() {
            shared.push_new(task);
        }
    }

    /// Whether it is worth timing what streams do.
    pub(crate) fn inspection(&self) -> Arc<Inspection> {
        self.shared
            .upgrade()
            .map(|shared| Arc::clone(&shared.inspection))
            .unwrap_or_default()
    }

    /// A count that moves with every poll of the link.
    pub(super) fn polls(&self) -> Arc<AtomicUsize> {
        self.shared
            .upgrade()
            .map(|shared| Arc::clone(&shared.polls))
            .unwrap_or_default()
    }
}
