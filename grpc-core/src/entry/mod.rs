//! What `#[grpc::main]` and `#[grpc::test]` run on.

#[cfg(feature = "log")]
mod log;
mod output;
mod signals;
#[cfg(feature = "testing")]
mod test;

use std::{
    future::Future,
    io::{self, Write},
    process::ExitCode,
    time::Duration,
};

use tokio::runtime::{Builder, Runtime};

pub use self::output::MainOutput;
use self::signals::SignalWatch;
#[cfg(feature = "testing")]
pub use self::test::{Test, TestOutput};
use crate::{
    Error,
    server::threads::{LAST_WORDS, OfProgram, Program, cores},
};

/// The program of an `async fn main`: its runtime, its signals, its exit code. `#[grpc::main]` writes these calls.
#[derive(Clone, Debug)]
#[must_use = "nothing runs before `run`"]
pub struct Main {
    worker_threads: Option<usize>,
    max_blocking_threads: Option<usize>,
    flavor: Flavor,
    grace: Duration,
}

impl Main {
    /// One worker thread per core that share their work, and 25 seconds of grace.
    pub const fn new() -> Self {
        Self {
            worker_threads: None,
            max_blocking_threads: None,
            flavor: Flavor::MultiThread,
            grace: Duration::from_secs(25),
        }
    }

    /// Threads of the runtime, or of each server in the flavor `"thread_per_core"`; at least 1.
    pub const fn worker_threads(mut self, threads: usize) -> Self {
        self.worker_threads = Some(threads);
        self
    }

    /// Threads for blocking code, of each runtime; at least 1. 512, as tokio has it, unless this is called.
    pub const fn max_blocking_threads(mut self, threads: usize) -> Self {
        self.max_blocking_threads = Some(threads);
        self
    }

    /// `"current_thread"` runs everything on the thread that calls [`Main::run`]. `"thread_per_core"` does, too, but for the program's
    /// servers: each has threads of its own, as [`Server::thread_per_core`](crate::server::Server::thread_per_core) says. Any other
    /// name is `"multi_thread"`.
    pub fn flavor(mut self, flavor: &str) -> Self {
        self.flavor = match flavor {
            "current_thread" => Flavor::CurrentThread,
            "thread_per_core" => Flavor::ThreadPerCore,
            _ => Flavor::MultiThread,
        };
        self
    }

    /// Seconds that calls in flight have to finish after the first signal, before they are cancelled.
    pub const fn grace(mut self, seconds: u64) -> Self {
        self.grace = Duration::from_secs(seconds);
        self
    }

    /// Runs `body` to its end, and gives what its outcome means to the operating system.
    ///
    /// From the start of it SIGTERM (on unix) and Ctrl-C stop every running server gracefully. A second signal ends the
    /// program at once with 128 plus the signal's number, and so does a first one while no server is running. Signals are
    /// waited for on a thread of their own, so that this holds even if `body` blocks the runtime.
    ///
    /// Blocking code that still runs after `body` has one second more.
    pub fn run<F>(self, body: F) -> ExitCode
    where
        F: Future<Output: MainOutput>,
    {
        #[cfg(feature = "log")]
        log::start();
        let started = self.runtime().and_then(|runtime| {
            let watch = SignalWatch::start(runtime.handle().clone(), self.grace)?;
            Ok((runtime, watch))
        });
        let (runtime, watch) = match started {
            Ok(started) => started,
            Err(error) => return fail(&error),
        };
        let program = Program::begin(self.of_program());
        let code = runtime.block_on(body).exit_code();
        drop(watch);
        runtime.shutdown_timeout(LAST_WORDS);
        program.end(LAST_WORDS);
        code
    }

    fn runtime(&self) -> Result<Runtime, Error> {
        let mut builder = runtime(self.flavor != Flavor::MultiThread, self.worker_threads);
        if let Some(threads) = self.max_blocking_threads {
            builder.max_blocking_threads(threads.max(1));
        }
        builder
            .build()
            .map_err(|error| Error::new("start the runtime").with_source(error))
    }

    fn of_program(&self) -> OfProgram {
        let threads = match self.flavor {
            Flavor::ThreadPerCore => self.worker_threads.map_or_else(cores, |threads| threads.max(1)),
            Flavor::MultiThread | Flavor::CurrentThread => 0,
        };
        OfProgram {
            threads,
            max_blocking: self.max_blocking_threads,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flavor {
    MultiThread,
    CurrentThread,
    ThreadPerCore,
}

impl Default for Main {
    fn default() -> Self {
        Self::new()
    }
}

fn runtime(current_thread: bool, worker_threads: Option<usize>) -> Builder {
    let mut builder = if current_thread {
        Builder::new_current_thread()
    } else {
        Builder::new_multi_thread()
    };
    if let Some(threads) = worker_threads {
        builder.worker_threads(threads.max(1));
    }
    builder.enable_all();
    builder
}

/// Prints an error as a program's last words. That nobody reads them is no reason to panic.
fn fail(error: &dyn std::fmt::Display) -> ExitCode {
    let _ = writeln!(io::stderr(), "error: {error}");
    ExitCode::FAILURE
}

#[cfg(test)]
mod tests;
