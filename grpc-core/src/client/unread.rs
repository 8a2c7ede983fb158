//! What has come of a response and its caller has not taken: as little memory for it as its bytes need, whatever frames they come in.
//!
//! HTTP/2 reads into blocks, and a piece of a response is a slice of one: a byte that is kept keeps what came around it. So slices are
//! kept where they are most of their blocks, and others are copied together.

use std::{collections::VecDeque, mem};

use bytes::{Bytes, BytesMut};

/// About as much as h2 has in a block, in bytes: a frame of the usual greatest size.
const BLOCK: usize = 16 * 1024;

/// A piece of at least this size is most of its block.
const LARGE: usize = BLOCK - 1024;

/// A piece that is smaller than this is copied even out of a block that is kept: as a slice of its own it would take a hundred
/// bytes more.
const SMALL: usize = 1024;

/// How far apart two pieces of a block are: a frame's header (RFC 9113 §4.1), and an empty frame or two.
const NEAR: usize = 64;

/// Pieces of a response, in order.
#[derive(Debug, Default)]
pub(super) struct Unread {
    pieces: VecDeque<Bytes>,
    /// Behind `pieces`: those that were copied.
    copied: BytesMut,
    bytes: usize,
    /// How many pieces keep a block that they are the lesser part of.
    loose: usize,
    /// Where the last piece that was kept ends in memory.
    end: usize,
}

impl Unread {
    pub(super) fn of(pieces: VecDeque<Bytes>) -> Self {
        Self {
            bytes: pieces.iter().map(Bytes::len).sum(),
            pieces,
            ..Self::default()
        }
    }

    /// How many bytes there are.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Adds a piece; `loose` pieces may each keep a block that they are the lesser part of.
    pub(super) fn push(&mut self, piece: Bytes, loose: usize) {
        self.bytes += piece.len();
        let start = piece.as_ptr().addr();
        let is_near = (self.end..=self.end + NEAR).contains(&start);
        let is_kept = piece.len() >= LARGE
            || self.bytes == piece.len()
            || (piece.len() >= SMALL && (is_near || self.loose < loose));
        if is_kept {
            self.loose += usize::from(piece.len() < LARGE && !is_near);
            self.end = start + piece.len();
            self.close_copied();
            self.pieces.push_back(piece);
            return;
        }
        if self.copied.len() + piece.len() > BLOCK {
            self.close_copied();
        }
        self.copied.extend_from_slice(&piece);
    }

    /// Moves pieces to `into`, which is empty, until that has `most` bytes or more.
    pub(super) fn take(&mut self, most: usize, into: &mut VecDeque<Bytes>) {
        self.close_copied();
        if self.bytes <= most {
            mem::swap(&mut self.pieces, into);
            (self.bytes, self.loose, self.end) = (0, 0, 0);
            return;
        }
        let mut taken = 0;
        while taken < most
            && let Some(piece) = self.pieces.pop_front()
        {
            taken += piece.len();
            into.push_back(piece);
        }
        self.bytes -= taken;
    }

    /// Gives up all of it.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    fn close_copied(&mut self) {
        if !self.copied.is_empty() {
            self.pieces.push_back(mem::take(&mut self.copied).freeze());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A piece of a block of its own, which is near no other.
    fn alone(length: usize, fill: u8) -> Bytes {
        Bytes::from(vec![fill; length + 2 * NEAR]).slice(2 * NEAR..)
    }

    fn lengths(unread: &mut Unread, most: usize) -> Vec<usize> {
        let mut pieces = VecDeque::new();
        unread.take(most, &mut pieces);
        pieces.iter().map(Bytes::len).collect()
    }

    #[test]
    fn pieces_stay_in_order_whether_they_are_copied_or_not() {
        let mut unread = Unread::default();
        let mut pushed = Vec::new();
        for length in [1, 1, 1, LARGE, 1, SMALL, 2 * LARGE, LARGE, 1] {
            let piece = alone(length, u8::try_from(pushed.len() % 251).unwrap());
            pushed.extend_from_slice(&piece);
            unread.push(piece, 0);
        }
        assert_eq!(unread.bytes(), pushed.len());
        let mut pieces = VecDeque::new();
        unread.take(usize::MAX, &mut pieces);
        let lengths: Vec<_> = pieces.iter().map(Bytes::len).collect();
        assert_eq!(lengths, [1, 2, LARGE, 1 + SMALL, 2 * LARGE, LARGE, 1]);
        assert_eq!(pieces.into_iter().flatten().collect::<Vec<u8>>(), pushed);
        assert_eq!(unread.bytes(), 0);
    }

    #[test]
    fn pieces_of_blocks_of_their_own_are_copied_but_for_the_first_few() {
        let mut unread = Unread::default();
        (0..40).for_each(|_| unread.push(alone(2000, 0), 3));
        assert_eq!(
            lengths(&mut unread, usize::MAX),
            [2000, 2000, 2000, 16_000, 16_000, 16_000, 16_000, 10_000]
        );
        // And again once those have been taken.
        (0..3).for_each(|_| unread.push(alone(2000, 0), 0));
        assert_eq!(lengths(&mut unread, usize::MAX), [2000, 4000]);
    }

    #[test]
    fn pieces_of_one_block_are_left_where_they_are() {
        let block = Bytes::from(vec![0; BLOCK]);
        let mut unread = Unread::default();
        for start in (0..15_000).step_by(1500) {
            unread.push(block.slice(start..start + 1500 - 9), 0);
        }
        assert_eq!(lengths(&mut unread, usize::MAX), [1491; 10]);
    }

    #[test]
    fn no_more_is_taken_than_was_asked_for_and_the_piece_that_reaches_it() {
        let mut unread = Unread::default();
        (0..4).for_each(|_| unread.push(vec![0; BLOCK].into(), 0));
        unread.push(vec![0; 10].into(), 0);
        assert_eq!(lengths(&mut unread, BLOCK + 1), [BLOCK, BLOCK]);
        assert_eq!(unread.bytes(), 2 * BLOCK + 10);
        assert_eq!(lengths(&mut unread, usize::MAX), [BLOCK, BLOCK, 10]);
        assert_eq!(unread.bytes(), 0);
    }
}
