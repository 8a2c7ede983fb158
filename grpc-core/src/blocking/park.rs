use std::{
    future::Future,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
    thread::{self, Thread},
};

/// Polls the future on this thread, which sleeps in between, until it is ready.
///
/// Not tokio's `block_on`: that panics in async code, and would set up a runtime around what needs none.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    let sleeper = Arc::new(Sleeper {
        thread: thread::current(),
        woken: AtomicBool::new(false),
    });
    let waker = Waker::from(Arc::clone(&sleeper));
    let mut cx = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut cx) {
            return output;
        }
        // Others may park and unpark this thread too: only the flag counts.
        while !sleeper.woken.swap(false, Ordering::Acquire) {
            thread::park();
        }
    }
}

struct Sleeper {
    thread: Thread,
    woken: AtomicBool,
}

impl Wake for Sleeper {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.woken.swap(true, Ordering::Release) {
            self.thread.unpark();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{future::poll_fn, thread};

    use super::*;

    #[test]
    fn a_future_is_woken_from_another_thread_and_from_its_own_poll() {
        let mut polls = 0;
        let output = block_on(poll_fn(|cx| {
            polls += 1;
            let waker = cx.waker().clone();
            match polls {
                1 => waker.wake(),
                2 => drop(thread::spawn(move || waker.wake())),
                _ => return Poll::Ready(polls),
            }
            Poll::Pending
        }));
        assert_eq!(output, 3);
    }

    #[test]
    fn a_wake_that_comes_while_the_thread_waits_for_something_else_is_not_lost() {
        let mut polls = 0;
        block_on(poll_fn(|cx| {
            polls += 1;
            if polls == 2 {
                return Poll::Ready(());
            }
            cx.waker().wake_by_ref();
            // Takes the unpark that the wake has left.
            block_on(poll_fn({
                let mut first = true;
                move |cx| {
                    cx.waker().wake_by_ref();
                    if std::mem::take(&mut first) {
                        Poll::Pending
                    } else {
                        Poll::Ready(())
                    }
                }
            }));
            Poll::Pending
        }));
        assert_eq!(polls, 2);
    }
}
