//! The incoming call that this thread works for at the moment, so that the calls which its handler makes can take over
//! its deadline, its cancellation and some of its metadata.
//!
//! It is set around every poll of a handler, and nowhere else: a server sets it, a client looks at it, and neither has
//! to know of the other.

use std::{
    cell::Cell,
    future::Future,
    mem,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Instant,
};

use crate::{BoxFuture, metadata::Metadata};

/// What an incoming call is for those that are made for it.
pub(crate) trait IncomingCall: Send + Sync {
    /// When they have to be over.
    fn deadline(&self) -> Option<Instant>;

    /// What it came with.
    fn metadata(&self) -> &Metadata;

    /// Why they are of no use any more, if that is so.
    fn abandoned(&self) -> Option<Abandoned>;

    /// Resolves when the call has ended, however that was; `None` if it does not matter to them.
    fn ended(self: Arc<Self>) -> Option<BoxFuture<'static, ()>>;
}

/// Why nobody waits for the answer to an incoming call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Abandoned {
    Cancelled,
    DeadlinePassed,
}

/// An incoming call, whoever it came from.
pub(crate) type Current = Arc<dyn IncomingCall>;

thread_local! {
    static CURRENT: Cell<Option<Current>> = const { Cell::new(None) };
}

/// The call that this thread works for.
pub(crate) fn current() -> Option<Current> {
    // An error: the thread is ending.
    let taken = CURRENT.try_with(|current| {
        let taken = current.take();
        current.set(taken.clone());
        taken
    });
    taken.ok().flatten()
}

/// Makes `call` this thread's current one until the guard is dropped, which puts it back.
pub(crate) fn enter(call: &mut Option<Current>) -> Entered<'_> {
    swap(call);
    Entered(call)
}

/// Dropping it restores what was current before: also while a panic passes.
pub(crate) struct Entered<'a>(&'a mut Option<Current>);

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        swap(self.0);
    }
}

fn swap(call: &mut Option<Current>) {
    // An error: the thread is ending, and polls nothing that makes calls.
    let _ = CURRENT.try_with(|current| *call = current.replace(mem::take(call)));
}

pin_project_lite::pin_project! {
    /// A future that works for a call, wherever it is polled.
    pub(crate) struct Scoped<F> {
        call: Option<Current>,
        #[pin]
        future: F,
    }
}

impl<F> Scoped<F> {
    pub(crate) fn new(call: Current, future: F) -> Self {
        Self {
            call: Some(call),
            future,
        }
    }
}

impl<F: Future> Future for Scoped<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let _entered = enter(this.call);
        this.future.poll(cx)
    }
}

/// The same call for what goes on without it: only its metadata counts.
pub(crate) fn outliving(call: Current) -> Current {
    struct Outliving(Current);

    impl IncomingCall for Outliving {
        fn deadline(&self) -> Option<Instant> {
            None
        }

        fn metadata(&self) -> &Metadata {
            self.0.metadata()
        }

        fn abandoned(&self) -> Option<Abandoned> {
            None
        }

        fn ended(self: Arc<Self>) -> Option<BoxFuture<'static, ()>> {
            None
        }
    }

    Arc::new(Outliving(call))
}

#[cfg(test)]
mod tests {
    use std::{
        panic::{AssertUnwindSafe, catch_unwind},
        sync::OnceLock,
        time::Duration,
    };

    use super::*;

    struct Until(Instant);

    impl IncomingCall for Until {
        fn deadline(&self) -> Option<Instant> {
            Some(self.0)
        }

        fn metadata(&self) -> &Metadata {
            static NONE: OnceLock<Metadata> = OnceLock::new();
            NONE.get_or_init(Metadata::new)
        }

        fn abandoned(&self) -> Option<Abandoned> {
            Some(Abandoned::Cancelled)
        }

        fn ended(self: Arc<Self>) -> Option<BoxFuture<'static, ()>> {
            Some(Box::pin(std::future::ready(())))
        }
    }

    fn until(deadline: Instant) -> Option<Current> {
        Some(Arc::new(Until(deadline)))
    }

    fn current_deadline() -> Option<Instant> {
        current().and_then(|call| call.deadline())
    }

    #[test]
    fn a_call_is_current_inside_of_its_guard_only_and_hides_the_one_around_it() {
        let first = Instant::now();
        let second = first + Duration::from_secs(1);
        let (mut outer, mut inner) = (until(first), until(second));
        assert_eq!(current_deadline(), None);
        {
            let _outer = enter(&mut outer);
            assert_eq!(current_deadline(), Some(first));
            {
                let _inner = enter(&mut inner);
                assert_eq!(current_deadline(), Some(second));
            }
            assert_eq!(current_deadline(), Some(first));
        }
        assert_eq!(current_deadline(), None);
        assert!(outer.is_some() && inner.is_some(), "each is back at its place");
    }

    #[test]
    fn a_panic_restores_what_was_current() {
        let mut call = until(Instant::now());
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            let _entered = enter(&mut call);
            panic!("in a handler");
        }));
        assert!(panicked.is_err());
        assert!(current().is_none());
    }

    #[test]
    fn what_outlives_a_call_has_neither_its_deadline_nor_its_end() {
        let call = outliving(Arc::new(Until(Instant::now())));
        assert_eq!((call.deadline(), call.abandoned()), (None, None));
        assert!(call.ended().is_none());
    }
}
