use std::{
    future::Future,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Wake, Waker},
};

use tokio::task::coop;

use super::{Task, shared::Shared, turn::Turn};

/// The streams of a connection that wait for something: a slab, and a queue of those that were woken.
///
/// Woken streams are polled in the order of their wake-ups, so none can starve the others.
pub(super) struct Tasks {
    shared: Arc<Shared>,
    slots: Vec<Slot>,
    /// Indices of the slots without a stream.
    vacant: Vec<usize>,
    /// How many have ended since somebody asked.
    ended: usize,
}

struct Slot {
    task: Option<Task>,
    alarm: Arc<Alarm>,
    waker: Waker,
}

/// Wakes one slot. It is reused by the slot's next stream, for which a late wake-up is at worst a poll
/// too many.
struct Alarm {
    shared: Arc<Shared>,
    slot: usize,
    queued: AtomicBool,
}

impl Tasks {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self {
            shared,
            slots: Vec::new(),
            vacant: Vec::new(),
            ended: 0,
        }
    }

    /// How many streams have ended since the last time.
    pub(super) fn take_ended(&mut self) -> usize {
        std::mem::take(&mut self.ended)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.vacant.len() == self.slots.len()
    }

    /// Polls a new stream once, and keeps it if it has to wait.
    pub(super) fn begin<S: Future<Output = ()> + Send + Unpin + 'static>(&mut self, mut stream: S) {
        let index = self.take_vacant();
        let slot = &mut self.slots[index];
        let polled = Pin::new(&mut stream).poll(&mut Context::from_waker(&slot.waker));
        if polled.is_ready() {
            self.end(index);
        } else {
            slot.task = Some(Box::pin(stream));
            slot.keep_waiting();
        }
    }

    /// The same for one that is boxed.
    pub(super) fn start(&mut self, task: Task) {
        let index = self.insert(task);
        self.poll(index);
    }

    /// Keeps a new stream for its first poll, behind those that were woken before.
    pub(super) fn queue(&mut self, task: Task) {
        let index = self.insert(task);
        self.slots[index].waker.wake_by_ref();
    }

    fn insert(&mut self, task: Task) -> usize {
        let index = self.take_vacant();
        self.slots[index].task = Some(task);
        index
    }

    fn take_vacant(&mut self) -> usize {
        self.vacant.pop().unwrap_or_else(|| {
            let alarm = Arc::new(Alarm {
                shared: Arc::clone(&self.shared),
                slot: self.slots.len(),
                queued: false.into(),
            });
            let waker = Waker::from(Arc::clone(&alarm));
            self.slots.push(Slot {
                task: None,
                alarm,
                waker,
            });
            self.slots.len() - 1
        })
    }

    fn end(&mut self, index: usize) {
        self.slots[index].task = None;
        self.vacant.push(index);
        self.ended += 1;
    }

    /// Polls the streams that were woken, until none is left or the turn is over.
    pub(super) fn poll_woken(&mut self, turn: &mut Turn) {
        while turn.goes_on()
            && let Some(index) = self.shared.pop_ready()
        {
            let slot = &self.slots[index];
            // Cleared before the poll, so that a wake-up during it counts.
            slot.alarm.queued.store(false, Ordering::SeqCst);
            if slot.task.is_some() {
                turn.poll();
                self.poll(index);
            }
        }
    }

    fn poll(&mut self, index: usize) {
        let slot = &mut self.slots[index];
        let Some(task) = &mut slot.task else { return };
        if task
            .as_mut()
            .poll(&mut Context::from_waker(&slot.waker))
            .is_ready()
        {
            self.end(index);
        } else {
            slot.keep_waiting();
        }
    }
}

impl Slot {
    /// Its stream has been polled, and is not over.
    fn keep_waiting(&self) {
        if !coop::has_budget_remaining() {
            // It may have been cut off, and tokio wakes such tasks late and in no fair order: queue it now.
            self.waker.wake_by_ref();
        }
    }
}

impl Wake for Alarm {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.queued.swap(true, Ordering::SeqCst) {
            self.shared.push_ready(self.slot);
        }
    }
}
