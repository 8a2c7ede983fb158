//! How much memory the requests hold that have come and that no handler has read: a state machine without I/O.
//!
//! Flow control counts their bytes. But h2 keeps what it reads in blocks, each for as long as anything in it is unread: a byte of a request holds what
//! came around it, and much may come that flow control does not count.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::tally::Tally;

/// What a connection's handlers have read, over its life; it wraps around.
#[derive(Debug, Default)]
pub(super) struct Taken {
    frames: AtomicUsize,
    bytes: AtomicUsize,
    /// Requests that may yet be read.
    readers: Tally,
}

impl Taken {
    /// Only for the connection's task.
    pub(super) fn begin(&self) {
        self.readers.begin();
    }

    pub(super) fn end(&self) {
        self.readers.end();
    }

    /// The payload of a DATA frame has been read.
    pub(super) fn take(&self, payload: usize) {
        if payload > 0 {
            self.frames.fetch_add(1, Ordering::Relaxed);
            self.bytes.fetch_add(payload, Ordering::Relaxed);
        }
    }
}

/// What has come, on the side of the connection.
#[derive(Debug)]
pub(super) struct Unread {
    /// How much may be held before no more calls are taken.
    limit: usize,
    /// DATA frames that have come since all of them were read, and the most that they hold.
    frames: usize,
    held: usize,
    /// What had been taken by then.
    frames_before: usize,
    bytes_before: usize,
    /// How much has come since the last DATA frame.
    between: usize,
    full: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Room {
    Enough,
    /// For no more calls; it is said once.
    Full,
    /// For nothing.
    None,
}

impl Unread {
    /// As much as h2 has in a block, or a little more.
    const BLOCK: usize = 16 * 1024;
    /// A frame's header (RFC 9113 §4.1).
    const HEADER: usize = 9;
    /// Below this there is no need to be strict, whatever the window.
    const LEAST: usize = 16 * 1024 * 1024;

    /// For a connection whose client may send this much ahead.
    pub(super) fn new(window: u32) -> Self {
        let window = usize::try_from(window).unwrap_or(usize::MAX).max(Self::LEAST);
        Self {
            limit: window.saturating_add(window / 8),
            frames: 0,
            held: 0,
            frames_before: 0,
            bytes_before: 0,
            between: 0,
            full: false,
        }
    }

    /// A frame that is not of DATA, or empty, has come.
    pub(super) fn other(&mut self, payload: usize) {
        self.between = self
            .between
            .saturating_add(Self::HEADER + payload)
            .min(Self::BLOCK);
    }

    /// A DATA frame has come that is not empty.
    pub(super) fn data(&mut self, payload: usize, taken: &Taken) -> Room {
        let frames_taken = taken.frames.load(Ordering::Relaxed);
        let bytes_taken = taken.bytes.load(Ordering::Relaxed);
        let since = frames_taken.wrapping_sub(self.frames_before);
        if since == self.frames || taken.readers.is_empty() {
            (self.frames, self.held) = (0, 0);
            (self.frames_before, self.bytes_before) = (frames_taken, bytes_taken);
        }
        self.frames += 1;
        self.held += std::mem::take(&mut self.between) + Self::HEADER + payload;
        self.room(frames_taken, bytes_taken)
    }

    /// Two bounds, the lower of which is believed: by what each unread frame can hold at most, and by what has come and cannot have gone. Neither
    /// knows which frames were read.
    fn room(&mut self, frames_taken: usize, bytes_taken: usize) -> Room {
        let taken = frames_taken.wrapping_sub(self.frames_before);
        let unread = self.frames.saturating_sub(taken);
        let gone = bytes_taken.wrapping_sub(self.bytes_before) + taken * Self::HEADER;
        let most = (unread * 2 * Self::BLOCK).min(self.held.saturating_sub(gone));
        if most > self.limit + self.limit / 8 {
            Room::None
        } else if most > self.limit && !self.full {
            self.full = true;
            Room::Full
        } else {
            Room::Enough
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: u32 = 16 * 1024 * 1024;

    fn reader() -> Taken {
        let taken = Taken::default();
        taken.begin();
        taken
    }

    #[test]
    fn a_full_window_is_no_reason_to_worry_however_large_its_frames_are() {
        for size in [256, 1000, 16_384] {
            let mut unread = Unread::new(WINDOW);
            let taken = reader();
            for _ in 0..WINDOW as usize / size {
                assert_eq!(unread.data(size, &taken), Room::Enough, "{size}");
            }
        }
    }

    #[test]
    fn bytes_that_hold_blocks_fill_it_and_then_are_too_much() {
        let mut unread = Unread::new(WINDOW);
        let taken = reader();
        let mut full = 0;
        let frames = (1..)
            .find(|_| {
                unread.other(100_000);
                let room = unread.data(1, &taken);
                full += usize::from(room == Room::Full);
                room == Room::None
            })
            .unwrap();
        assert_eq!(full, 1, "it is said once");
        let held = frames * Unread::BLOCK;
        assert!(held > WINDOW as usize && held < WINDOW as usize * 3 / 2, "{held}");
    }

    #[test]
    fn what_is_read_at_once_may_come_for_ever() {
        let mut unread = Unread::new(WINDOW);
        let taken = reader();
        for _ in 0..1_000_000 {
            unread.other(300);
            assert_eq!(unread.data(100, &taken), Room::Enough);
            taken.take(100);
        }
    }

    #[test]
    fn a_few_frames_that_stay_unread_are_no_reason_to_worry_whatever_passes_by() {
        let mut unread = Unread::new(WINDOW);
        let taken = reader();
        for _ in 0..100 {
            assert_eq!(unread.data(100, &taken), Room::Enough);
        }
        for _ in 0..1_000_000 {
            unread.other(300);
            assert_eq!(unread.data(100, &taken), Room::Enough);
            taken.take(100);
        }
    }

    #[test]
    fn frames_that_went_unread_with_their_call_are_forgotten_when_there_is_none() {
        let mut unread = Unread::new(WINDOW);
        let taken = reader();
        for _ in 0..100_000 {
            taken.end();
            unread.other(16_384);
            assert_eq!(unread.data(100, &taken), Room::Enough);
            taken.begin();
        }
    }
}
