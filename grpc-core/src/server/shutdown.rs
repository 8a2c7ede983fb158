//! The life of a server: what runs for it, and how that comes to an end.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
};

use tokio::{sync::watch, task::AbortHandle};

use super::{connection::Connection, handle::ServerHandle};

/// The servers of this process that run now: those that a signal has to stop.
pub(crate) fn running() -> Vec<ServerHandle> {
    let mut servers = SERVERS.lock().unwrap_or_else(PoisonError::into_inner);
    servers.retain(|server| server.strong_count() > 0);
    servers
        .iter()
        .filter_map(Weak::upgrade)
        .filter(|lifecycle| lifecycle.state().phase == Phase::Serving)
        .map(ServerHandle::new)
        .collect()
}

static SERVERS: Mutex<Vec<Weak<Lifecycle>>> = Mutex::new(Vec::new());

/// Where a server stands, shared by the server, its handles and its tasks.
#[derive(Debug)]
pub(super) struct Lifecycle {
    state: Mutex<State>,
    terminated: watch::Sender<bool>,
}

#[derive(Debug)]
struct State {
    phase: Phase,
    /// What has not ended yet.
    tasks: HashMap<u64, Task>,
    next_id: u64,
}

#[derive(Debug)]
enum Task {
    Starting,
    Accepting(AbortHandle),
    Connection(Arc<Connection>, AbortHandle),
}

impl Task {
    fn abort(&self) {
        if let Self::Accepting(task) | Self::Connection(_, task) = self {
            task.abort();
        }
    }

    fn drain(&self) {
        match self {
            Self::Starting => {}
            Self::Accepting(task) => task.abort(),
            Self::Connection(connection, _) => connection.drain(),
        }
    }
}

/// A server only ever goes forward through these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    New,
    Serving,
    /// No new connections, no new calls; open calls finish.
    Draining,
    /// Open calls are cancelled.
    Cancelling,
}

impl Lifecycle {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self {
            state: Mutex::new(State {
                phase: Phase::New,
                tasks: HashMap::new(),
                next_id: 0,
            }),
            terminated: watch::Sender::new(false),
        })
    }

    pub(super) fn phase(&self) -> Phase {
        self.state().phase
    }

    /// From now on [`running`] lists it. False if it has been stopped before.
    pub(super) fn serve(self: &Arc<Self>) -> bool {
        {
            let mut state = self.state();
            if state.phase != Phase::New {
                return false;
            }
            state.phase = Phase::Serving;
        }
        let mut servers = SERVERS.lock().unwrap_or_else(PoisonError::into_inner);
        servers.retain(|server| server.strong_count() > 0);
        servers.push(Arc::downgrade(self));
        true
    }

    /// Counts a task; `None` if the server is no longer taking up work.
    pub(super) fn enter(self: &Arc<Self>) -> Option<Running> {
        let mut state = self.state();
        if state.phase != Phase::Serving {
            return None;
        }
        let id = state.next_id;
        state.next_id += 1;
        state.tasks.insert(id, Task::Starting);
        Some(Running {
            lifecycle: Arc::clone(self),
            id,
        })
    }

    /// Remembers an accept loop, to end it when the server stops.
    pub(super) fn add_accept_loop(&self, id: u64, task: AbortHandle) {
        self.add(id, Task::Accepting(task));
    }

    /// Remembers a connection, to close it when the server stops.
    pub(super) fn add_connection(&self, id: u64, connection: Arc<Connection>, task: AbortHandle) {
        self.add(id, Task::Connection(connection, task));
    }

    fn add(&self, id: u64, task: Task) {
        let mut state = self.state();
        let phase = state.phase;
        // It may have ended already.
        if let Some(known) = state.tasks.get_mut(&id) {
            *known = task;
            match phase {
                Phase::Cancelling => known.abort(),
                Phase::Draining => known.drain(),
                Phase::New | Phase::Serving => {}
            }
        }
    }

    /// Stops accepting and tells every connection to finish its calls and to take no more.
    pub(super) fn drain(&self) {
        let mut state = self.state();
        if matches!(state.phase, Phase::New | Phase::Serving) {
            state.phase = Phase::Draining;
            state.tasks.values().for_each(Task::drain);
            self.note_end(state);
        }
    }

    /// Closes every connection, which cancels its calls.
    pub(super) fn cancel(&self) {
        self.drain();
        let mut state = self.state();
        state.phase = Phase::Cancelling;
        state.tasks.values().for_each(Task::abort);
    }

    /// Resolves when the server has been stopped and nothing of it is left.
    pub(super) async fn terminated(&self) {
        // It cannot fail: the sender is in `self`.
        let _ = self
            .terminated
            .subscribe()
            .wait_for(|terminated| *terminated)
            .await;
    }

    fn note_end(&self, state: MutexGuard<'_, State>) {
        if state.tasks.is_empty() && matches!(state.phase, Phase::Draining | Phase::Cancelling) {
            drop(state);
            self.terminated.send_replace(true);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One task of a server, for as long as it is held.
#[derive(Debug)]
pub(super) struct Running {
    lifecycle: Arc<Lifecycle>,
    id: u64,
}

impl Running {
    pub(super) fn id(&self) -> u64 {
        self.id
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let mut state = self.lifecycle.state();
        let removed = state.tasks.remove(&self.id);
        self.lifecycle.note_end(state);
        drop(removed);
    }
}
