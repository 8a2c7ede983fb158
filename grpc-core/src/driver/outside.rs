use std::{
    future::{Future, poll_fn},
    pin::Pin,
    task::{Context, Poll, ready},
};

use tokio::{
    runtime::{Handle, RuntimeFlavor},
    sync::Semaphore,
    task::{JoinSet, block_in_place},
};

use super::{Keep, Task};

/// Where a stream runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Place {
    /// In the driver, in turn with the other streams of its connection.
    #[default]
    Inside,
    /// On a tokio task of its own, because it computes.
    Outside,
    /// The same, and it keeps a thread for so long that tokio's other tasks are to have another meanwhile.
    Aside,
}

/// How many streams at a time, of all connections, may have tokio start a thread in place of theirs.
static THREADS: Semaphore = Semaphore::const_new(64);

/// Streams that are not to hold up the others of their connection: tasks of their own, aborted when this is dropped.
#[derive(Default)]
pub(super) struct OutsideTasks {
    tasks: JoinSet<()>,
    /// What each of them holds on to until it is gone.
    keep: Option<Keep>,
}

impl OutsideTasks {
    pub(super) fn keep(&mut self, keep: Keep) {
        self.keep = Some(keep);
    }

    pub(super) fn spawn(&mut self, task: Task, place: Place) {
        while self.tasks.try_join_next().is_some() {}
        let stream = Stream {
            task,
            _keep: self.keep.clone(),
        };
        let runtime = Handle::current();
        // A runtime of one thread has nobody who could take over.
        if place == Place::Aside && runtime.runtime_flavor() == RuntimeFlavor::MultiThread {
            self.tasks.spawn_on(run_aside(stream), &runtime);
        } else {
            self.tasks.spawn_on(stream, &runtime);
        }
    }

    /// Ready when all have ended.
    pub(super) fn poll_ended(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        while let Some(_joined) = ready!(self.tasks.poll_join_next(cx)) {}
        Poll::Ready(())
    }
}

/// Its fields are dropped in order.
struct Stream {
    task: Task,
    _keep: Option<Keep>,
}

impl Future for Stream {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.task.as_mut().poll(cx)
    }
}

/// Polls a stream where it may block the thread: the worker's other tasks, and the runtime's I/O, move to another.
async fn run_aside(mut stream: Stream) {
    loop {
        // An error would say that it was closed, which nobody does.
        let place = THREADS.acquire().await;
        let polled = poll_fn(|cx| Poll::Ready(block_in_place(|| Pin::new(&mut stream).poll(cx)))).await;
        drop(place);
        if polled.is_ready() {
            return;
        }
        woken().await;
    }
}

/// Waits for the next wake-up of this task: the stream has registered it.
async fn woken() {
    let mut waited = false;
    poll_fn(|_| {
        if std::mem::replace(&mut waited, true) {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
}
