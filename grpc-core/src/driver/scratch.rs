//! Room that the connections of a thread take turns with.

use std::{cell::RefCell, mem, ops};

/// A buffer of [`Scratch::SIZE`] bytes, which goes back to the thread that it is dropped on.
///
/// A connection has it while it reads or writes, and not while it waits, so that one that is quiet costs none; and it is not allocated anew for each burst:
/// memory of this size goes back to the system when it is freed, and comes from there page by page.
#[derive(Debug)]
pub(super) struct Scratch(Box<[u8]>);

/// One that is read into and one that is written from, and as many more.
const KEPT: usize = 4;

thread_local! {
    static SPARE: RefCell<Vec<Box<[u8]>>> = const { RefCell::new(Vec::new()) };
}

impl Scratch {
    pub(super) const SIZE: usize = 64 * 1024;

    pub(super) fn take() -> Self {
        // An error: the thread is ending.
        let spare = SPARE.try_with(|spare| spare.borrow_mut().pop());
        Self(spare.ok().flatten().unwrap_or_else(|| vec![0; Self::SIZE].into()))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let buffer = mem::take(&mut self.0);
        let _ = SPARE.try_with(|spare| {
            let mut spare = spare.borrow_mut();
            if spare.len() < KEPT {
                spare.push(buffer);
            }
        });
    }
}

impl ops::Deref for Scratch {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl ops::DerefMut for Scratch {
    fn deref_mut(&mut self) -> &mut [u8] {
        &mut self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_given_back_is_taken_again_and_no_more_is_kept_than_a_few() {
        let taken: Vec<_> = (0..KEPT + 2).map(|_| Scratch::take()).collect();
        let places: Vec<_> = taken.iter().map(|buffer| buffer.as_ptr()).collect();
        drop(taken);
        assert_eq!(SPARE.with_borrow(Vec::len), KEPT);
        assert!(places.contains(&Scratch::take().as_ptr()));
    }
}
