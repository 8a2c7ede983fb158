use std::{cell::RefCell, mem, task::Waker};

thread_local! {
    static TURNS: RefCell<Turns> = const { RefCell::new(Turns { under_way: 0, waiting: Vec::new() }) };
}

/// The turns of drivers on this thread: one, or one inside of another one's waker.
struct Turns {
    under_way: usize,
    /// Who is to be woken at their end.
    waiting: Vec<Waker>,
}

/// Wakes a task of somebody else's at the end of the turn that this is called in; at once outside of one.
///
/// On a runtime of several threads each wake-up may call another thread. If a turn wakes a hundred tasks one by one, as it
/// ends their calls, that thread takes the few that there are, is through with them, and goes back to sleep, many times over.
pub(crate) fn wake_later(waker: Waker) {
    let mut waker = Some(waker);
    // An error: the thread is ending.
    let _ = TURNS.try_with(|turns| {
        let mut turns = turns.borrow_mut();
        if turns.under_way > 0 {
            turns.waiting.extend(waker.take());
        }
    });
    waker.into_iter().for_each(Waker::wake);
}

/// A turn, as far as [`wake_later`] goes: until it is dropped, also by a panic.
pub(super) struct WakesLater(());

impl WakesLater {
    pub(super) fn start() -> Self {
        let _ = TURNS.try_with(|turns| turns.borrow_mut().under_way += 1);
        Self(())
    }
}

impl Drop for WakesLater {
    fn drop(&mut self) {
        let _ = TURNS.try_with(|turns| {
            let mut waiting = {
                let mut turns = turns.borrow_mut();
                turns.under_way -= 1;
                if turns.under_way > 0 || turns.waiting.is_empty() {
                    return;
                }
                mem::take(&mut turns.waiting)
            };
            // Outside of the borrow: a waker may do anything.
            waiting.drain(..).for_each(Waker::wake);
            // Its room is for the next turn.
            turns.borrow_mut().waiting = waiting;
        });
    }
}

#[cfg(test)]
mod tests {
    use std::{
        panic::catch_unwind,
        sync::{
            Arc,
            atomic::{AtomicUsize, Ordering},
        },
        task::Wake,
    };

    use super::*;

    #[derive(Default)]
    struct Count(AtomicUsize);

    impl Count {
        fn get(&self) -> usize {
            self.0.load(Ordering::SeqCst)
        }
    }

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    #[test]
    fn who_is_woken_in_a_turn_is_woken_at_its_end() {
        let woken = Arc::new(Count::default());
        wake_later(Arc::clone(&woken).into());
        assert_eq!(woken.get(), 1, "outside of a turn");
        for before in [1, 3] {
            let turn = WakesLater::start();
            wake_later(Arc::clone(&woken).into());
            drop(WakesLater::start());
            wake_later(Arc::clone(&woken).into());
            assert_eq!(woken.get(), before);
            drop(turn);
            assert_eq!(woken.get(), before + 2);
        }
    }

    #[test]
    fn a_turn_that_panics_wakes_them_too() {
        let woken = Arc::new(Count::default());
        let waker = Arc::clone(&woken).into();
        catch_unwind(|| {
            let _turn = WakesLater::start();
            wake_later(waker);
            panic!("in a turn");
        })
        .unwrap_err();
        assert_eq!(woken.get(), 1);
    }
}
