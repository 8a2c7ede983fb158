//! Frames that are to leave together.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    task::{Context, Poll, ready},
};

use tokio::io::AsyncWrite;

use super::scratch::Scratch;
use crate::transport::Io;

/// What has been written and has not left yet.
///
/// h2 writes each frame of DATA by itself, and they have 16 KiB for most peers. To copy some of them costs less than to go through the system's
/// network stack for each: by a fifth of the CPU for messages of 64 KiB.
#[derive(Debug, Default)]
pub(super) struct WriteBuffer {
    buffer: Option<Scratch>,
    /// The part of the buffer that has not left.
    start: usize,
    end: usize,
}

impl WriteBuffer {
    pub(super) fn is_empty(&self) -> bool {
        self.start == self.end
    }

    /// Takes it all, if there is room for it. It is to leave with what comes next.
    pub(super) fn hold(&mut self, bufs: &[IoSlice<'_>]) -> bool {
        let length: usize = bufs.iter().map(|buf| buf.len()).sum();
        if length > Scratch::SIZE - self.end {
            return false;
        }
        let buffer = self.buffer.get_or_insert_with(Scratch::take);
        for buf in bufs {
            buffer[self.end..][..buf.len()].copy_from_slice(buf);
            self.end += buf.len();
        }
        true
    }

    /// Writes what is held, and some of these behind it: how much of them. None of them only if that is none.
    pub(super) fn poll_write(
        &mut self,
        io: &mut Box<dyn Io>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        while !self.is_empty() {
            let held = self.end - self.start;
            let mut all = [IoSlice::new(&[]); 4];
            all[0] = IoSlice::new(self.held());
            let others = all[1..].iter_mut().zip(bufs);
            others.for_each(|(one, buf)| *one = IoSlice::new(buf));
            let written = match ready!(Pin::new(&mut *io).poll_write_vectored(cx, &all))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                written => written,
            };
            if written < held {
                self.start += written;
                continue;
            }
            *self = Self::default();
            if written > held {
                return Poll::Ready(Ok(written - held));
            }
        }
        match bufs {
            [] => Poll::Ready(Ok(0)),
            bufs => Pin::new(io).poll_write_vectored(cx, bufs),
        }
    }

    /// What is held, for whoever writes it.
    pub(super) fn take(&mut self) -> Vec<u8> {
        let held = self.held().to_vec();
        *self = Self::default();
        held
    }

    fn held(&self) -> &[u8] {
        self.buffer
            .as_ref()
            .map_or(&[], |buffer| &buffer[self.start..self.end])
    }
}

#[cfg(test)]
mod tests {
    use std::{future::poll_fn, task::Waker};

    use proptest::prelude::*;
    use tokio::io::AsyncReadExt;

    use super::*;

    fn pieces() -> impl Strategy<Value = Vec<(Vec<u8>, bool)>> {
        let piece = (0usize..40_000, any::<u8>(), any::<bool>()).prop_map(|(length, first, holds)| {
            let bytes = (0..length).map(|n| first.wrapping_add((n % 251) as u8)).collect();
            (bytes, holds)
        });
        prop::collection::vec(piece, 0..8)
    }

    proptest! {
        #[test]
        fn all_leaves_once_and_in_order_however_little_the_other_side_takes(
            pieces in pieces(),
            room in 1usize..50_000,
        ) {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            let expected: Vec<u8> = pieces.iter().flat_map(|(piece, _)| piece.clone()).collect();
            let received = runtime.block_on(async {
                let (ours, mut theirs) = tokio::io::duplex(room);
                let mut ours: Box<dyn Io> = Box::new(ours);
                let mut buffer = WriteBuffer::default();
                let write = async move {
                    for (piece, holds) in &pieces {
                        let mut left = &piece[..];
                        while !left.is_empty() {
                            let (head, tail) = left.split_at(left.len().min(9));
                            let bufs = [IoSlice::new(head), IoSlice::new(tail)];
                            if *holds && buffer.hold(&bufs) {
                                break;
                            }
                            let written = poll_fn(|cx| buffer.poll_write(&mut ours, cx, &bufs)).await.unwrap();
                            assert!(written > 0);
                            left = &left[written..];
                        }
                    }
                    poll_fn(|cx| buffer.poll_write(&mut ours, cx, &[])).await.unwrap();
                    assert!(buffer.is_empty());
                };
                let mut received = Vec::new();
                let (_, read) = tokio::join!(write, theirs.read_to_end(&mut received));
                read.unwrap();
                received
            });
            prop_assert_eq!(received, expected);
        }
    }

    #[test]
    fn no_more_is_held_than_there_is_room_for() {
        let mut buffer = WriteBuffer::default();
        let piece = [7; 30_000];
        assert!(buffer.hold(&[IoSlice::new(&piece)]));
        assert!(buffer.hold(&[IoSlice::new(&piece), IoSlice::new(&[])]));
        assert!(!buffer.hold(&[IoSlice::new(&piece)]));
        assert_eq!(buffer.take().len(), 60_000);
        assert!(buffer.is_empty());
    }

    #[test]
    fn a_side_that_takes_nothing_is_an_error() {
        struct Full;

        impl tokio::io::AsyncRead for Full {
            fn poll_read(
                self: Pin<&mut Self>,
                _: &mut Context<'_>,
                _: &mut tokio::io::ReadBuf<'_>,
            ) -> Poll<io::Result<()>> {
                Poll::Pending
            }
        }

        impl AsyncWrite for Full {
            fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, _: &[u8]) -> Poll<io::Result<usize>> {
                Poll::Ready(Ok(0))
            }

            fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
                Poll::Ready(Ok(()))
            }

            fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
                Poll::Ready(Ok(()))
            }
        }

        let mut buffer = WriteBuffer::default();
        assert!(buffer.hold(&[IoSlice::new(b"frame")]));
        let mut io: Box<dyn Io> = Box::new(Full);
        let polled = buffer.poll_write(&mut io, &mut Context::from_waker(Waker::noop()), &[]);
        assert!(matches!(polled, Poll::Ready(Err(error)) if error.kind() == io::ErrorKind::WriteZero));
    }
}
