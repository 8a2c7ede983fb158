use std::{fmt::Display, future::Future};

use super::runtime;

/// The runtime of an `async fn` that is a test. `#[grpc::test]` writes these calls.
#[derive(Clone, Debug)]
#[must_use = "nothing runs before `run`"]
pub struct Test {
    worker_threads: Option<usize>,
    multi_thread: bool,
    start_paused: bool,
}

impl Test {
    /// Everything on the test's own thread, and time passes.
    pub const fn new() -> Self {
        Self {
            worker_threads: None,
            multi_thread: false,
            start_paused: false,
        }
    }

    /// Threads of the runtime; at least 1.
    pub const fn worker_threads(mut self, threads: usize) -> Self {
        self.worker_threads = Some(threads);
        self
    }

    /// `"multi_thread"` has worker threads; any other name is `"current_thread"`.
    pub fn flavor(mut self, flavor: &str) -> Self {
        self.multi_thread = flavor == "multi_thread";
        self
    }

    /// Time stands still, and moves on to the next timer when there is nothing else to do.
    pub const fn start_paused(mut self, paused: bool) -> Self {
        self.start_paused = paused;
        self
    }

    /// Runs `body` to its end.
    ///
    /// # Panics
    /// If `body` does, or its output is an error; if time is to be paused with worker threads.
    #[track_caller]
    pub fn run<F>(self, body: F)
    where
        F: Future<Output: TestOutput>,
    {
        let runtime = runtime(!self.multi_thread, self.worker_threads)
            .start_paused(self.start_paused)
            .build();
        match runtime {
            Ok(runtime) => runtime.block_on(body).check(),
            Err(error) => panic!("start the runtime: {error}"),
        }
    }
}

impl Default for Test {
    fn default() -> Self {
        Self::new()
    }
}

/// What a test may return. An error shows as its text, unlike what [`std::process::Termination`] makes of it.
#[diagnostic::on_unimplemented(
    message = "`#[grpc::test]` cannot return `{Self}`",
    label = "expected `()` or `Result<(), E>` with `E: Display`"
)]
pub trait TestOutput {
    /// Panics with the error, if it is one.
    #[track_caller]
    fn check(self);
}

impl TestOutput for () {
    fn check(self) {}
}

impl<E: Display> TestOutput for Result<(), E> {
    fn check(self) {
        if let Err(error) = self {
            panic!("the test ended with an error: {error}");
        }
    }
}
