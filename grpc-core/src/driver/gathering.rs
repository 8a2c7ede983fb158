use std::{future::Future, mem, pin::pin, task::Context};

use tokio::{
    runtime::{Handle, RuntimeFlavor},
    task::yield_now,
};

use super::shared::Shared;

/// Whether the driver waits for more of the streams that are spawned on it.
///
/// On a runtime of several threads, whoever spawns the first stream after a pause wakes the driver, and tokio polls what was woken
/// last before all else: the driver would write that stream's request, and then each of the others by itself. So it
/// steps back once, until its thread has nothing else to do (or has done 60 other things). On one thread the queue is fair,
/// and everybody has come before the driver's turn.
pub(super) struct Gathering {
    /// How many streams have ended since others were spawned.
    ended: usize,
}

impl Gathering {
    /// Those of so many streams are waited for: one alone gains nothing.
    const WORTH_WHILE: usize = 2;

    /// `None` where it is of no use.
    pub(super) fn worth_while() -> Option<Self> {
        let runtime = Handle::try_current().ok()?;
        (runtime.runtime_flavor() != RuntimeFlavor::CurrentThread).then_some(Self { ended: 0 })
    }

    /// True if the driver is to wait: it is woken then. `ended` streams have since the last time.
    pub(super) fn goes_on(&mut self, ended: usize, shared: &Shared, cx: &mut Context<'_>) -> bool {
        self.ended += ended;
        if shared.has_no_new() || mem::take(&mut self.ended) < Self::WORTH_WHILE {
            return false;
        }
        shared.will_wake();
        // Not a wake-up: tokio would have an idle thread look for it.
        pin!(yield_now()).poll(cx).is_pending()
    }
}
