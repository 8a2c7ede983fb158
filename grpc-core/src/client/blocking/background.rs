use std::{
    future::Future,
    io,
    sync::{Arc, Mutex, PoisonError, Weak},
    thread,
    time::Duration,
};

use tokio::{
    runtime::{Builder, Handle},
    sync::oneshot,
};

use crate::{
    Result, Status,
    blocking::{block_on, check_may_block},
};

/// How long connections have to say goodbye, once nobody uses the runtime.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// The runtime that the blocking channels of this process share, on one thread. It starts with the first call, and ends when the
/// last channel or call that has used it is gone.
#[derive(Debug)]
pub(super) struct Background {
    runtime: Handle,
    /// Dropping it ends the runtime.
    _stop: oneshot::Sender<()>,
}

static SHARED: Mutex<Weak<Background>> = Mutex::new(Weak::new());

impl Background {
    /// The one that runs, or a new one.
    ///
    /// # Errors
    /// UNAVAILABLE if the system has no thread or no file descriptor for it.
    pub(super) fn shared() -> Result<Arc<Self>> {
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(running) = shared.upgrade() {
            return Ok(running);
        }
        let started = Self::start().map_err(|error| {
            Status::unavailable(format!("start the thread of blocking channels: {error}")).with_source(error)
        })?;
        let started = Arc::new(started);
        *shared = Arc::downgrade(&started);
        Ok(started)
    }

    /// Waits for the future on this thread; what it starts runs in the background.
    ///
    /// # Errors
    /// The future's; FAILED_PRECONDITION in async code, and where the thread is about to end.
    pub(super) fn wait<T>(&self, future: impl Future<Output = Result<T>>) -> Result<T> {
        check_may_block()?;
        check_thread_locals()?;
        let _timers_and_tasks_are_its = self.runtime.enter();
        block_on(future)
    }

    pub(super) fn handle(&self) -> &Handle {
        &self.runtime
    }

    fn start() -> io::Result<Self> {
        let runtime = Builder::new_current_thread()
            .enable_all()
            // It has no other threads than those that look up names.
            .thread_name("grpc-lookup")
            .build()?;
        let handle = runtime.handle().clone();
        let (stop, stopped) = oneshot::channel::<()>();
        thread::Builder::new()
            .name("grpc-blocking".to_owned())
            .spawn(move || {
                runtime.block_on(async {
                    // An error: the sender is dropped, and never used.
                    let _ = stopped.await;
                    let _ = tokio::time::timeout(LAST_WORDS, all_tasks_end()).await;
                });
                // Without waiting: a lookup may take long.
                runtime.shutdown_background();
            })?;
        Ok(Self {
            runtime: handle,
            _stop: stop,
        })
    }
}

/// To enter a runtime takes tokio's thread-locals. Where another one's destructor runs they may be gone, and a panic there would
/// end the program.
fn check_thread_locals() -> Result<()> {
    match Handle::try_current() {
        Err(error) if error.is_thread_local_destroyed() => Err(Status::failed_precondition(
            "a blocking call where a thread ends, after its thread-locals",
        )),
        _ => Ok(()),
    }
}

/// Resolves when the runtime has no task left.
async fn all_tasks_end() {
    let metrics = Handle::current().metrics();
    while metrics.num_alive_tasks() > 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_runtime_ends_with_its_last_user() {
        let background = Background::start().unwrap();
        let (kept, dropped) = oneshot::channel::<()>();
        background.handle().spawn(async move {
            let _kept = kept;
            std::future::pending::<()>().await;
        });
        let background = Arc::new(background);
        let user = Arc::clone(&background);
        drop(background);
        user.wait(async {
            tokio::time::sleep(Duration::from_millis(1)).await;
            Ok(())
        })
        .unwrap();
        drop(user);
        assert!(dropped.blocking_recv().is_err(), "its task is dropped with it");
    }
}
