//! Whether this thread may block: not while it runs async code.

use std::{
    future::Future,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
};

use tokio::{runtime::Handle, task::coop};

use crate::{Result, Status};

/// # Errors
/// FAILED_PRECONDITION on a thread that a tokio runtime polls a future on.
pub(crate) fn check_may_block() -> Result<()> {
    if is_in_async_code() {
        return Err(Status::failed_precondition(
            "a blocking call in async code would hold up what else its thread has to do: use the async API there, or \
             make the call inside `tokio::task::spawn_blocking`",
        ));
    }
    Ok(())
}

/// tokio knows, but says so only by panicking. What it does let see:
///
/// - a thread without a runtime runs none of its futures. In `spawn_blocking` there is one, as there is under an `enter`
///   guard;
/// - a scheduler that is polling on this thread puts off the wake-up of [`tokio::task::yield_now`]. Elsewhere, also inside
///   `block_in_place`, it comes at once;
/// - `block_on` of a multi-thread runtime polls its future without a scheduler, but with a budget.
///
/// So what goes unseen is a future inside [`tokio::task::unconstrained`] as that `block_on`'s own, and what the runtime's
/// shutdown drops. There the call blocks, and works: its connection is on a thread of its own.
fn is_in_async_code() -> bool {
    Handle::try_current().is_ok() && (is_polled_by_a_scheduler() || has_a_budget())
}

fn is_polled_by_a_scheduler() -> bool {
    let woken = Arc::new(Woken(AtomicBool::new(false)));
    let waker = Waker::from(Arc::clone(&woken));
    let polled = pin!(tokio::task::yield_now()).poll(&mut Context::from_waker(&waker));
    polled.is_pending() && !woken.0.load(Ordering::Relaxed)
}

/// Notes whether it was woken.
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// True if tokio's cooperative budget is limited here: then it can be used up.
fn has_a_budget() -> bool {
    /// More than the largest one: it is counted in a byte.
    const MORE_THAN_ANY: usize = 256;
    let mut cx = Context::from_waker(Waker::noop());
    let mut taken = Vec::new();
    while taken.len() < MORE_THAN_ANY && coop::has_budget_remaining() {
        match coop::poll_proceed(&mut cx) {
            Poll::Ready(unit) => taken.push(unit),
            Poll::Pending => break,
        }
    }
    let limited = !coop::has_budget_remaining();
    // Each puts back what there was before it, so the first has to be the last.
    while let Some(unit) = taken.pop() {
        drop(unit);
    }
    limited
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use tokio::{
        runtime::{Builder, Runtime},
        task::{LocalSet, block_in_place, spawn_blocking, unconstrained},
    };

    use super::*;

    fn runtimes() -> [Runtime; 2] {
        let mut one = Builder::new_current_thread();
        let mut many = Builder::new_multi_thread();
        [&mut one, many.worker_threads(1)].map(|builder| builder.enable_all().build().unwrap())
    }

    #[test]
    fn a_plain_thread_may_block() {
        assert!(!is_in_async_code());
        for runtime in runtimes() {
            let _guard = runtime.enter();
            assert!(!is_in_async_code(), "a runtime's guard is not its poll");
        }
    }

    #[test]
    fn a_runtimes_own_future_and_its_tasks_may_not_block() {
        for runtime in runtimes() {
            assert!(runtime.block_on(async { is_in_async_code() }));
            assert!(runtime.block_on(async { tokio::spawn(async { is_in_async_code() }).await.unwrap() }));
            let unbounded = async { tokio::spawn(unconstrained(async { is_in_async_code() })).await };
            assert!(runtime.block_on(unbounded).unwrap());
            assert!(!is_in_async_code(), "it is over");
        }
    }

    #[test]
    fn a_local_set_may_not_block() {
        for runtime in runtimes() {
            let local = LocalSet::new();
            let task = async { tokio::task::spawn_local(async { is_in_async_code() }).await };
            assert!(local.block_on(&runtime, task).unwrap());
        }
    }

    #[test]
    fn a_thread_for_blocking_code_may_block() {
        for runtime in runtimes() {
            assert!(!runtime.block_on(async { spawn_blocking(is_in_async_code).await.unwrap() }));
        }
        let [_, many] = runtimes();
        assert!(!many.block_on(async { block_in_place(is_in_async_code) }));
        let task = async { tokio::spawn(async { block_in_place(is_in_async_code) }).await };
        assert!(!many.block_on(task).unwrap());
    }

    #[test]
    fn async_code_inside_of_blocking_code_may_not_block() {
        for runtime in runtimes() {
            let handle = runtime.handle().clone();
            let nested = spawn_blocking_on(&runtime, move || handle.block_on(async { is_in_async_code() }));
            assert!(nested);
        }
    }

    #[test]
    fn a_destructor_may_not_block_where_a_task_is_dropped() {
        struct Asks(mpsc::Sender<bool>);
        impl Drop for Asks {
            fn drop(&mut self) {
                self.0.send(is_in_async_code()).unwrap();
            }
        }
        for runtime in runtimes() {
            let (sender, asked) = mpsc::channel();
            runtime.block_on(async {
                let asks = Asks(sender);
                let task = tokio::spawn(async move {
                    let _asks = asks;
                    std::future::pending::<()>().await;
                });
                tokio::task::yield_now().await;
                task.abort();
                assert!(task.await.unwrap_err().is_cancelled());
            });
            assert!(asked.recv().unwrap());
        }
    }

    #[test]
    fn asking_leaves_the_budget_as_it_was() {
        let [one, _] = runtimes();
        one.block_on(async {
            assert!(has_a_budget());
            assert!(has_a_budget());
            assert!(coop::has_budget_remaining());
        });
    }

    fn spawn_blocking_on<T: Send + 'static>(runtime: &Runtime, f: impl FnOnce() -> T + Send + 'static) -> T {
        runtime.block_on(async { spawn_blocking(f).await.unwrap() })
    }
}
