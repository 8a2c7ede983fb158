use std::{cell::Cell, mem, ops, thread::LocalKey};

use super::NewStream;

/// Room for streams that a connection has found: a thread's, which its connections take turns with. What has come of a call is some 300 bytes large,
/// and a hundred of them may come at a time, on any of ten thousand connections.
pub(crate) type Room<N> = LocalKey<Cell<Vec<N>>>;

/// How much room a thread keeps, in streams.
const KEPT: usize = 256;

/// The streams that a connection has found and that have not begun.
pub(super) struct Found<N>(Vec<N>);

impl<N: NewStream> Found<N> {
    pub(super) fn new() -> Self {
        Self(Vec::new())
    }

    /// The connection is polled, on this thread.
    pub(super) fn take_room(&mut self) {
        if self.0.capacity() == 0 {
            // An error: the thread is ending.
            self.0 = N::room().try_with(Cell::take).unwrap_or_default();
        }
    }

    /// It has been polled. Any that are left keep their room.
    pub(super) fn leave_room(&mut self) {
        if self.0.is_empty() {
            let room = mem::take(&mut self.0);
            if room.capacity() <= KEPT {
                let _ = N::room().try_with(|spare| spare.set(room));
            }
        }
    }
}

impl<N> ops::Deref for Found<N> {
    type Target = Vec<N>;

    fn deref(&self) -> &Vec<N> {
        &self.0
    }
}

impl<N> ops::DerefMut for Found<N> {
    fn deref_mut(&mut self) -> &mut Vec<N> {
        &mut self.0
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{Place, Task},
        *,
    };

    fn stream() -> (Task, Place) {
        (Box::pin(std::future::ready(())), Place::Inside)
    }

    #[test]
    fn a_connection_that_waits_keeps_no_room() {
        let mut found = Found::new();
        found.take_room();
        found.extend((0..10).map(|_| stream()));
        found.leave_room();
        assert_eq!(found.len(), 10, "what is there keeps its room");
        found.take_room();
        found.clear();
        found.leave_room();
        assert_eq!(found.capacity(), 0);
        let mut next = Found::<(Task, Place)>::new();
        next.take_room();
        assert!(next.capacity() >= 10, "{}", next.capacity());
    }

    #[test]
    fn a_thread_keeps_no_more_than_some() {
        let mut found = Found::new();
        found.extend((0..=KEPT).map(|_| stream()));
        found.clear();
        found.leave_room();
        found.take_room();
        assert_eq!(found.capacity(), 0);
    }
}
