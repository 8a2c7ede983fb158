use std::sync::atomic::{AtomicUsize, Ordering};

/// How many there are of something that begins on one task and may end on any.
///
/// Two counts and not one, as a count that a single task adds to needs no atomic addition. They wrap around.
#[derive(Debug, Default)]
pub(super) struct Tally {
    begun: AtomicUsize,
    ended: AtomicUsize,
}

impl Tally {
    /// Only for the one task: of two at the same time, one may be lost.
    pub(super) fn begin(&self) {
        let begun = self.begun.load(Ordering::Relaxed);
        self.begun.store(begun.wrapping_add(1), Ordering::Relaxed);
    }

    pub(super) fn end(&self) {
        self.ended.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.begun.load(Ordering::Relaxed) == self.ended.load(Ordering::Relaxed)
    }

    /// How many there have been.
    pub(super) fn begun(&self) -> usize {
        self.begun.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_empty_when_as_many_have_ended_as_have_begun() {
        let tally = Tally::default();
        assert!(tally.is_empty());
        tally.begin();
        tally.begin();
        tally.end();
        assert!(!tally.is_empty());
        tally.end();
        assert!(tally.is_empty());
        assert_eq!(tally.begun(), 2);
    }
}
