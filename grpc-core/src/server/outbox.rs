use std::task::{Context, Poll, Waker};

use bytes::{Bytes, BytesMut};

use crate::{Result, Status, metadata::Metadata};

/// How many bytes of frames wait before a sender has to, and the size that a DATA frame is filled to.
pub(super) const BATCH: usize = 32 * 1024;

/// What a handler has said and the connection has not taken yet.
///
/// The handler fills it, on its connection's task or on any other; the response body empties it.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    /// In front of `frames`: what was handed over in one piece, and is not copied.
    chunk: Bytes,
    frames: BytesMut,
    /// How many messages have been accepted.
    messages: u64,
    head: Head,
    /// The handler has started to answer: its headers need not wait for its first message.
    started: bool,
    closed: bool,
    // Boxed, because most calls have neither.
    initial: Option<Box<Metadata>>,
    trailing: Option<Box<Metadata>>,
    /// The connection's task, to be woken when there is something to take; only while it waits.
    reader: Option<Waker>,
    reader_waits: bool,
    /// A sender that waits for room.
    writer: Option<Waker>,
}

/// How far the response's headers are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Head {
    /// They wait for the first message.
    #[default]
    Held,
    /// They are to leave now.
    Due,
    Sent,
}

/// The handler's side.
impl Outbox {
    /// Ready when a message may be pushed; CANCELLED when the call is over.
    pub(super) fn poll_room(&mut self, cx: &Context<'_>) -> Poll<Result<()>> {
        if self.closed {
            return Poll::Ready(Err(over()));
        }
        if self.chunk.len() + self.frames.len() < BATCH {
            return Poll::Ready(Ok(()));
        }
        self.writer = Some(cx.waker().clone());
        Poll::Pending
    }

    /// Takes over encoded frames, and leaves `frames` empty. The waker, if any, is to be woken once the lock is
    /// released.
    ///
    /// # Errors
    /// CANCELLED when the call is over.
    pub(super) fn push(&mut self, frames: &mut BytesMut, messages: u64) -> Result<Option<Waker>> {
        if self.closed {
            return Err(over());
        }
        self.messages += messages;
        if self.frames.is_empty() {
            std::mem::swap(&mut self.frames, frames);
        } else {
            self.frames.extend_from_slice(frames);
            frames.clear();
        }
        Ok(self.wake_reader())
    }

    /// Takes over a piece of encoded frames as it is: whoever pushes this way counts no messages.
    ///
    /// # Errors
    /// As [`Outbox::push`].
    pub(super) fn push_chunk(&mut self, chunk: Bytes) -> Result<Option<Waker>> {
        if self.closed {
            return Err(over());
        }
        if self.is_empty() {
            self.chunk = chunk;
        } else {
            self.frames.extend_from_slice(&chunk);
        }
        Ok(self.wake_reader())
    }

    /// How many messages have been pushed.
    pub(super) fn messages(&self) -> u64 {
        self.messages
    }

    /// From now on, having nothing to send does not hold back the headers.
    #[must_use]
    pub(super) fn start(&mut self) -> Option<Waker> {
        self.started = true;
        self.wake_reader()
    }

    /// Adds to the metadata that leaves with the headers.
    ///
    /// # Errors
    /// INTERNAL if they have left.
    pub(super) fn add_initial(&mut self, metadata: Metadata) -> Result<()> {
        if self.head == Head::Sent {
            return Err(Status::internal("the initial metadata has been sent already"));
        }
        self.initial.get_or_insert_default().extend(metadata);
        Ok(())
    }

    /// Lets the headers leave now.
    #[must_use]
    pub(super) fn send_initial(&mut self) -> Option<Waker> {
        if self.head == Head::Held {
            self.head = Head::Due;
        }
        self.wake_reader()
    }

    pub(super) fn add_trailing(&mut self, metadata: Metadata) {
        self.trailing.get_or_insert_default().extend(metadata);
    }

    #[must_use]
    pub(super) fn wake_reader(&mut self) -> Option<Waker> {
        if std::mem::take(&mut self.reader_waits) {
            self.reader.clone()
        } else {
            None
        }
    }
}

/// What a test looks at.
#[cfg(feature = "testing")]
impl Outbox {
    pub(super) fn initial(&self) -> Metadata {
        self.initial.as_deref().cloned().unwrap_or_default()
    }

    pub(super) fn trailing(&self) -> Metadata {
        self.trailing.as_deref().cloned().unwrap_or_default()
    }
}

/// The response's side.
impl Outbox {
    /// The response is about to look by itself: no need to wake it.
    pub(super) fn stop_waiting(&mut self) {
        self.reader_waits = false;
    }

    /// The response has found nothing, and waits on the task of `cx`.
    fn wait(&mut self, cx: &Context<'_>) {
        self.reader_waits = true;
        match &mut self.reader {
            Some(reader) => reader.clone_from(cx.waker()),
            none => *none = Some(cx.waker().clone()),
        }
    }

    /// Ready when the headers have to leave although the handler goes on.
    pub(super) fn poll_head(&mut self, cx: &Context<'_>) -> Poll<()> {
        if self.started || self.head == Head::Due || !self.is_empty() {
            return Poll::Ready(());
        }
        self.wait(cx);
        Poll::Pending
    }

    fn is_empty(&self) -> bool {
        self.chunk.is_empty() && self.frames.is_empty()
    }

    /// As [`initial_over`].
    pub(super) fn initial_over(&self, limit: usize) -> Option<Status> {
        initial_over(self.initial.as_deref(), limit)
    }

    /// The initial metadata, as the headers leave.
    pub(super) fn take_initial(&mut self) -> Option<Box<Metadata>> {
        self.head = Head::Sent;
        self.initial.take()
    }

    /// What waits, as one DATA frame; pending with [`Outbox::wait`] if that is nothing.
    pub(super) fn poll_frames(&mut self, cx: &Context<'_>) -> Poll<Taken> {
        if self.is_empty() {
            self.wait(cx);
            return Poll::Pending;
        }
        let frames = if self.chunk.is_empty() {
            std::mem::take(&mut self.frames).freeze()
        } else {
            std::mem::take(&mut self.chunk)
        };
        let writer = self.writer.take();
        // One on the task that takes them is polled again for the next, and needs no waking.
        let is_ours = writer.as_ref().is_some_and(|writer| writer.will_wake(cx.waker()));
        let is_followed = is_ours || !self.is_empty();
        if !is_followed {
            self.wait(cx);
        }
        Poll::Ready(Taken {
            frames,
            writer: writer.filter(|_| !is_ours),
            is_followed,
        })
    }

    /// Everything that is left when the handler is through, and the end of it: at once, for one lock instead of five.
    pub(super) fn take_left(&mut self) -> Left {
        let (chunk, frames) = (std::mem::take(&mut self.chunk), std::mem::take(&mut self.frames));
        let rest = match (chunk.is_empty(), frames.is_empty()) {
            (true, true) => None,
            (true, false) => Some(frames.freeze()),
            (false, true) => Some(chunk),
            (false, false) => Some([chunk, frames.freeze()].concat().into()),
        };
        Left {
            untouched: self.head == Head::Held && rest.is_none(),
            initial: self.take_initial(),
            rest,
            trailing: self.trailing.take(),
            writer: self.close(),
        }
    }

    /// No message is accepted any more.
    #[must_use]
    pub(super) fn close(&mut self) -> Option<Waker> {
        self.closed = true;
        self.writer.take()
    }
}

/// What a handler has said, on its way to the client.
#[derive(Debug)]
pub(super) struct Taken {
    pub(super) frames: Bytes,
    /// To be woken once the outbox is unlocked.
    pub(super) writer: Option<Waker>,
    /// There is more at once, if the handler is polled. Else the outbox waits, as with [`Outbox::wait`]: the handler
    /// waits for something else, and would have nothing to say.
    pub(super) is_followed: bool,
}

/// What a handler has said that the client does not have yet.
#[derive(Debug)]
pub(super) struct Left {
    /// A status would be all that there is to send.
    pub(super) untouched: bool,
    pub(super) initial: Option<Box<Metadata>>,
    pub(super) rest: Option<Bytes>,
    pub(super) trailing: Option<Box<Metadata>>,
    /// To be woken once the outbox is unlocked.
    pub(super) writer: Option<Waker>,
}

/// Why headers with this metadata cannot leave: it is larger than the client's limit has room for, in bytes as HTTP/2 counts
/// them. The client would close the connection, with all of its calls. RESOURCE_EXHAUSTED is what C++ makes of it.
pub(super) fn initial_over(initial: Option<&Metadata>, limit: usize) -> Option<Status> {
    /// What the headers of HTTP and gRPC take, rounded up.
    const OTHERS: usize = 256;
    let size = initial?.list_size();
    let room = limit.saturating_sub(OTHERS);
    (size > room).then(|| {
        Status::resource_exhausted(format!(
            "initial metadata of {size} bytes is over the {room} that the client's limit on headers has room for"
        ))
    })
}

/// Wakes, if there is somebody to wake: once the outbox is unlocked.
pub(super) fn wake(waker: Option<Waker>) {
    if let Some(waker) = waker {
        waker.wake();
    }
}

pub(super) fn over() -> Status {
    Status::cancelled("the call is over")
}
