//! A channel on one runtime: where calls find a connection, and where the worker puts them.

use std::{
    collections::BTreeMap,
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

use super::{
    balancer::{Always, Pick, PickInfo, Picker, SubchannelId},
    connection::Connection,
    subchannel::ConnectivityState,
};
use crate::Status;

/// What calls, on any thread, share with the channel's [`Worker`](super::worker::Worker).
pub(super) struct Hub(Mutex<State>);

struct State {
    picker: Arc<dyn Picker>,
    /// What the picker picks for every call, if it is the same: asked once.
    always: Option<SubchannelId>,
    /// Counts pickers and connections, so that a call notices that it looked at old ones.
    version: u64,
    connectivity: ConnectivityState,
    connections: Vec<(SubchannelId, Arc<Connection>)>,
    /// Calls that wait for the next version, in the order in which they came.
    waiting: BTreeMap<u64, Waker>,
    next_ticket: u64,
    notes: Notes,
    worker: Option<Waker>,
}

/// What the worker has not heard of yet.
#[derive(Default)]
pub(super) struct Notes {
    pub(super) call_waiting: bool,
    /// Connections that take no more calls, each with the number of the attempt that made it.
    pub(super) lost: Vec<(SubchannelId, u64)>,
    pub(super) closed: bool,
}

impl Hub {
    pub(super) fn new() -> Self {
        Self(Mutex::new(State {
            picker: Arc::new(Always(Pick::Queue)),
            always: None,
            version: 0,
            connectivity: ConnectivityState::Idle,
            connections: Vec::new(),
            waiting: BTreeMap::new(),
            next_ticket: 0,
            notes: Notes::default(),
            worker: None,
        }))
    }

    pub(super) fn connectivity(&self) -> ConnectivityState {
        self.lock().connectivity
    }

    pub(super) fn is_closed(&self) -> bool {
        self.lock().notes.closed
    }

    /// No more calls, and no more worker.
    pub(super) fn close(&self) {
        let mut state = self.lock();
        state.notes.closed = true;
        state.connectivity = ConnectivityState::Shutdown;
        state.always = None;
        state.picker = Arc::new(Always(Pick::Drop(Status::unavailable(
            "the channel's runtime is shutting down",
        ))));
        let connections = mem::take(&mut state.connections);
        let worker = state.worker.take();
        let waiting = state.announce();
        drop(state);
        drop(connections);
        waiting.into_values().chain(worker).for_each(Waker::wake);
    }

    /// A connection for a call, if there is one that takes it without waiting.
    pub(super) fn try_pick(&self, call: &PickInfo<'_>) -> Option<Arc<Connection>> {
        let picker = {
            let state = self.lock();
            if let Some(id) = state.always {
                return state.connection(id);
            }
            Arc::clone(&state.picker)
        };
        match picker.pick(call) {
            Pick::Subchannel(id) => self.lock().connection(id),
            _ => None,
        }
    }

    fn poll_pick(
        &self,
        cx: &mut Context<'_>,
        ticket: &mut Option<u64>,
        call: &PickInfo<'_>,
        wait_for_ready: bool,
    ) -> Poll<Result<Arc<Connection>, Status>> {
        loop {
            let (picker, version) = {
                let state = self.lock();
                (Arc::clone(&state.picker), state.version)
            };
            // Outside the lock: a picker may be the user's own.
            let pick = picker.pick(call);
            let mut state = self.lock();
            match pick {
                Pick::Subchannel(id) => {
                    if let Some(connection) = state.connection(id) {
                        return Poll::Ready(Ok(connection));
                    }
                }
                Pick::Drop(status) => return Poll::Ready(Err(status)),
                Pick::Fail(status) if !wait_for_ready => return Poll::Ready(Err(status)),
                Pick::Fail(_) | Pick::Queue => {}
            }
            if state.version != version {
                continue;
            }
            let number = *ticket.get_or_insert_with(|| {
                state.next_ticket += 1;
                state.next_ticket
            });
            state.waiting.insert(number, cx.waker().clone());
            if !mem::replace(&mut state.notes.call_waiting, true) {
                let worker = state.worker.take();
                drop(state);
                worker.into_iter().for_each(Waker::wake);
            }
            return Poll::Pending;
        }
    }

    // The worker's side.

    /// What has happened since the last time; wakes `cx` when something else does.
    pub(super) fn take_notes(&self, cx: &Context<'_>) -> Notes {
        let mut state = self.lock();
        state.worker = Some(cx.waker().clone());
        let closed = state.notes.closed;
        mem::replace(
            &mut state.notes,
            Notes {
                closed,
                ..Notes::default()
            },
        )
    }

    pub(super) fn publish(&self, connectivity: ConnectivityState, picker: Arc<dyn Picker>) {
        // Outside the lock, as always: it may be the user's own.
        let always = picker.always();
        let mut state = self.lock();
        if state.notes.closed {
            return;
        }
        state.picker = picker;
        state.always = always;
        state.connectivity = connectivity;
        let waiting = state.announce();
        drop(state);
        waiting.into_values().for_each(Waker::wake);
    }

    pub(super) fn add(&self, id: SubchannelId, connection: Arc<Connection>) {
        let mut state = self.lock();
        if state.notes.closed {
            return;
        }
        state.connections.push((id, connection));
        let waiting = state.announce();
        drop(state);
        waiting.into_values().for_each(Waker::wake);
    }

    pub(super) fn remove(&self, id: SubchannelId) {
        let mut state = self.lock();
        let removed: Vec<_> = state
            .connections
            .extract_if(.., |(other, _)| *other == id)
            .collect();
        drop(state);
        drop(removed);
    }

    /// Whether there are calls, and how many its connections have had.
    pub(super) fn activity(&self) -> (bool, u64) {
        let state = self.lock();
        let calls = state
            .connections
            .iter()
            .map(|(_, connection)| connection.streams.activity());
        calls.fold((!state.waiting.is_empty(), 0), |(open, all), (more, begun)| {
            (open || more, all + begun)
        })
    }

    /// Lets all connections go; their calls go on to their end.
    pub(super) fn remove_all(&self) {
        let removed = mem::take(&mut self.lock().connections);
        // Outside the lock.
        drop(removed);
    }

    pub(super) fn lost(&self, id: SubchannelId, attempt: u64) {
        let mut state = self.lock();
        state.notes.lost.push((id, attempt));
        let worker = state.worker.take();
        drop(state);
        worker.into_iter().for_each(Waker::wake);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn connection(&self, id: SubchannelId) -> Option<Arc<Connection>> {
        let (_, connection) = self.connections.iter().find(|(other, _)| *other == id)?;
        (!connection.streams.is_closed()).then(|| Arc::clone(connection))
    }

    /// There is something new: who waits for that is to be woken, outside the lock.
    fn announce(&mut self) -> BTreeMap<u64, Waker> {
        self.version += 1;
        mem::take(&mut self.waiting)
    }
}

/// A call that waits for a connection; it leaves the line when dropped.
pub(super) struct Waiter {
    hub: Arc<Hub>,
    ticket: Option<u64>,
}

impl Waiter {
    pub(super) fn new(hub: Arc<Hub>) -> Self {
        Self { hub, ticket: None }
    }

    pub(super) fn poll(
        &mut self,
        cx: &mut Context<'_>,
        call: &PickInfo<'_>,
        wait_for_ready: bool,
    ) -> Poll<Result<Arc<Connection>, Status>> {
        self.hub.poll_pick(cx, &mut self.ticket, call, wait_for_ready)
    }
}

impl Drop for Waiter {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket {
            self.hub.lock().waiting.remove(&ticket);
        }
    }
}
