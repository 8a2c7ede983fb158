use std::{
    future::{Future, poll_fn},
    pin::pin,
    process,
    task::Poll,
    thread,
    time::Duration,
};

use tokio::{
    runtime::{Builder, Handle},
    sync::oneshot,
};

use crate::{
    Error,
    server::{ServerHandle, shutdown::running},
};

/// A thread that waits for signals, until this is dropped.
pub(super) struct SignalWatch {
    _ended: oneshot::Sender<()>,
}

impl SignalWatch {
    /// Returns once the signals are being watched, so that one during start-up is not lost.
    ///
    /// # Errors
    /// If the operating system gives no thread, or no signals.
    pub(super) fn start(program: Handle, grace: Duration) -> Result<Self, Error> {
        let failed = |error| Error::new("watch for signals").with_source(error);
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(failed)?;
        let mut signals = {
            let _guard = runtime.enter();
            Signals::listen().map_err(failed)?
        };
        let (_ended, ended) = oneshot::channel::<()>();
        let watch = async move || {
            let stop = |servers: Vec<ServerHandle>| stop_all(&program, servers, grace);
            let react = react(async || signals.next().await, running, stop);
            if let Some(signal) = until(ended, react).await {
                process::exit(128 + signal);
            }
        };
        thread::Builder::new()
            .name("grpc-signals".to_owned())
            .spawn(move || runtime.block_on(watch()))
            .map_err(failed)?;
        Ok(Self { _ended })
    }
}

/// The first signal stops the servers. The second one, or the first with no server running, is the program's end: it is
/// returned.
async fn react<S>(
    mut next_signal: impl AsyncFnMut() -> i32,
    running: impl FnOnce() -> Vec<S>,
    stop: impl FnOnce(Vec<S>),
) -> i32 {
    let signal = next_signal().await;
    let servers = running();
    if servers.is_empty() {
        return signal;
    }
    stop(servers);
    next_signal().await
}

/// On the program's own runtime, to which the servers belong.
fn stop_all(program: &Handle, servers: Vec<ServerHandle>, grace: Duration) {
    for server in servers {
        program.spawn(async move { server.stop(grace).await });
    }
}

/// What `work` gives, or `None` if `end` comes first.
async fn until<T>(end: impl Future, work: impl Future<Output = T>) -> Option<T> {
    let (mut end, mut work) = (pin!(end), pin!(work));
    poll_fn(|cx| match end.as_mut().poll(cx) {
        Poll::Ready(_) => Poll::Ready(None),
        Poll::Pending => work.as_mut().poll(cx).map(Some),
    })
    .await
}

/// SIGTERM and SIGINT, under their numbers.
#[cfg(unix)]
struct Signals {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn listen() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    async fn next(&mut self) -> i32 {
        use tokio::signal::unix::SignalKind;
        poll_fn(|cx| {
            if self.terminate.poll_recv(cx).is_ready() {
                Poll::Ready(SignalKind::terminate())
            } else {
                self.interrupt.poll_recv(cx).map(|_| SignalKind::interrupt())
            }
        })
        .await
        .as_raw_value()
    }
}

/// Ctrl-C, under the number of SIGINT.
#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn listen() -> std::io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) -> i32 {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        2
    }
}

#[cfg(test)]
mod tests;
