//! Threads of a server's own: each has a runtime, and a socket at each of the server's ports.

use std::{
    convert::Infallible,
    num::NonZero,
    sync::{Arc, Mutex, PoisonError, mpsc},
    thread,
    time::Duration,
};

use tokio::{
    runtime::{Builder, Handle, Runtime},
    sync::oneshot,
};

use super::{
    Server,
    bound::{Bound, Sockets},
    shutdown::Lifecycle,
};
use crate::{Error, transport::Listener};

impl Server {
    /// Serves on so many threads of the server's own, or with `None` on one per core. Each is a tokio runtime of one thread (the flavor
    /// `current_thread`) with a socket of its own at each port (SO_REUSEPORT), over which the system spreads the connections. 0, the
    /// default: on the runtime that the server is started on.
    ///
    /// A connection and its calls stay on their thread, so a call takes no wake-ups and locks between threads; but connections are
    /// not moved from a busy thread to an idle one, and a handler that blocks or computes holds up all connections of its thread. The
    /// guide's page on execution says when that pays off, and what is different for handlers.
    ///
    /// It is to be set before ports are added. Limits, such as [`Server::max_connections`], are those of the whole server, and so is its
    /// end. An address is this server's alone, as it is without this. All threads accept from one unix socket. What
    /// [`Server::add_listener`] was given is served on the runtime that the server is started on.
    ///
    /// The threads end once the server has been stopped and what its handlers have left to tasks of their own is over; or with
    /// the runtime that the server was started on.
    ///
    /// TCP takes Linux: elsewhere [`Server::add_insecure_port`] fails when there is more than one thread.
    pub fn thread_per_core(&mut self, threads: impl Into<Option<usize>>) -> &mut Self {
        self.options.threads = threads.into().unwrap_or_else(cores);
        self
    }
}

/// How many cores this process may use.
pub(crate) fn cores() -> usize {
    thread::available_parallelism().map_or(1, NonZero::get)
}

/// What `#[grpc::main]` says of the threads of its program's servers.
#[derive(Clone, Debug)]
pub(crate) struct OfProgram {
    /// How many a server has, unless it says otherwise.
    pub(crate) threads: usize,
    /// How many blocking threads the runtime of each may have.
    pub(crate) max_blocking: Option<usize>,
}

static PROGRAM: Mutex<Option<(OfProgram, Held)>> = Mutex::new(None);

/// Each thread has one until its end.
type Held = mpsc::Sender<Infallible>;

/// The program, which its servers' threads are to end with.
pub(crate) struct Program(mpsc::Receiver<Infallible>);

impl Program {
    pub(crate) fn begin(settings: OfProgram) -> Self {
        let (held, ended) = mpsc::channel();
        *PROGRAM.lock().unwrap_or_else(PoisonError::into_inner) = Some((settings, held));
        Self(ended)
    }

    /// Waits for the servers' threads, which the end of their servers' runtime ends.
    pub(crate) fn end(self, timeout: Duration) {
        PROGRAM.lock().unwrap_or_else(PoisonError::into_inner).take();
        // It always fails: nobody sends, and all are gone or the time is over.
        let _ = self.0.recv_timeout(timeout);
    }

    fn current() -> Option<(OfProgram, Held)> {
        PROGRAM.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// How many threads a new server has.
pub(super) fn default() -> usize {
    Program::current().map_or(0, |(program, _)| program.threads)
}

/// Threads that run until this is dropped.
#[derive(Default)]
pub(super) struct Threads(Vec<Thread>);

struct Thread {
    runtime: Handle,
    _ends: oneshot::Sender<Infallible>,
}

impl Threads {
    /// # Errors
    /// If the system has no more threads.
    pub(super) fn start(count: usize) -> Result<Self, Error> {
        let program = Program::current();
        let max_blocking = program.as_ref().and_then(|(program, _)| program.max_blocking);
        let threads = (0..count).map(|number| {
            let name = format!("grpc-server-{number}");
            let runtime = runtime(&name, max_blocking)?;
            let (ends, end) = oneshot::channel();
            let thread = Thread {
                runtime: runtime.handle().clone(),
                _ends: ends,
            };
            let held = program.as_ref().map(|(_, held)| held.clone());
            thread::Builder::new().name(name).spawn(move || {
                let _until_the_end = held;
                // It always fails: nobody sends.
                let _ = runtime.block_on(end);
                runtime.shutdown_timeout(LAST_WORDS);
            })?;
            Ok(thread)
        });
        let threads: std::io::Result<_> = threads.collect();
        threads
            .map(Self)
            .map_err(|error| Error::new("start the server's threads").with_source(error))
    }

    pub(super) fn runtimes(&self) -> impl Iterator<Item = &Handle> {
        self.0.iter().map(|thread| &thread.runtime)
    }

    /// The listeners of a port, registered with the runtimes that they are for.
    ///
    /// # Errors
    /// If one cannot be registered, or the port was bound for another number of threads.
    pub(super) fn listen(&self, bound: Bound) -> Result<Vec<Listening>, Error> {
        let address = bound.address().clone();
        let here = Handle::current();
        let sockets: Vec<_> = match bound.into_sockets() {
            Sockets::Given(listener) => vec![(here, listener)],
            Sockets::Own(listeners) if listeners.len() != self.0.len().max(1) => {
                return Err(Error::new(format!(
                    "start the server: thread_per_core is to be set before ports are added, and {address} was there before"
                )));
            }
            Sockets::Own(listeners) if self.0.is_empty() => listeners
                .into_iter()
                .map(|listener| (here.clone(), listener))
                .collect(),
            Sockets::Own(listeners) => self.runtimes().cloned().zip(listeners).collect(),
        };
        let registered = sockets.into_iter().map(|(runtime, into_listener)| {
            let listener = {
                let _entered = runtime.enter();
                into_listener()?
            };
            Ok(Listening { runtime, listener })
        });
        let registered: std::io::Result<_> = registered.collect();
        registered.map_err(|error| Error::new(format!("listen on {address}")).with_source(error))
    }

    /// Lets them run until the server has been stopped and has left no task behind, or until the current runtime ends.
    pub(super) fn run_until_the_end_of(self, server: Arc<Lifecycle>) {
        if self.0.is_empty() {
            return;
        }
        tokio::spawn(async move {
            server.terminated().await;
            drop(server);
            // Handlers' own tasks, which nobody else knows of.
            while self
                .runtimes()
                .any(|thread| thread.metrics().num_alive_tasks() > 0)
            {
                tokio::time::sleep(LOOK).await;
            }
        });
    }
}

/// A listener, and the runtime that it is registered with.
pub(super) struct Listening {
    pub(super) runtime: Handle,
    pub(super) listener: Box<dyn Listener>,
}

fn runtime(name: &str, max_blocking: Option<usize>) -> std::io::Result<Runtime> {
    let mut builder = Builder::new_current_thread();
    // Its blocking threads.
    builder.thread_name(name).enable_all();
    if let Some(threads) = max_blocking {
        builder.max_blocking_threads(threads.max(1));
    }
    builder.build()
}

/// How often to see whether a stopped server's threads still have something to do.
const LOOK: Duration = Duration::from_millis(100);

/// How long blocking code may run on after the end of `main`, or of its thread's runtime.
pub(crate) const LAST_WORDS: Duration = Duration::from_secs(1);
