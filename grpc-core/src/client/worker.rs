//! The task behind a channel: it feeds resolver, balancer and subchannels with events and time, and does
//! what they say.

use std::{
    collections::HashMap,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use tokio::time::{Instant, Sleep};

use super::{
    balancer::{Always, Balancer, BalancerAction, BalancerEvent, Pick, SubchannelId},
    config::Config,
    connection::{self, Connection},
    hub::Hub,
    idle::IdleTime,
    resolver::Resolver,
    subchannel::{ConnectivityState, Subchannel, Timeout},
};
use crate::{BoxFuture, Status, transport::Address};

/// Runs until its channel or its runtime is gone.
pub(super) struct Worker {
    hub: Arc<Hub>,
    config: Arc<Config>,
    resolver: Box<dyn Resolver>,
    balancer: Box<dyn Balancer>,
    subchannels: HashMap<SubchannelId, Entry>,
    attempts: u64,
    timer: Option<Pin<Box<Sleep>>>,
    idle: Option<IdleTime>,
    /// There was no call for so long that the connections were let go; the next one changes that.
    asleep: bool,
}

struct Entry {
    address: Address,
    machine: Subchannel,
    /// The number of the last attempt, and the attempt while it runs.
    number: u64,
    attempt: Option<Connecting>,
}

type Connecting = BoxFuture<'static, Result<Connection, Status>>;

impl Worker {
    pub(super) fn new(hub: Arc<Hub>, config: Arc<Config>) -> Self {
        let (resolver, balancer) = ((config.resolver)(), (config.balancer)());
        let idle = config
            .idle_timeout
            .map(|after| IdleTime::new(after, Instant::now()));
        Self {
            hub,
            config,
            resolver,
            balancer,
            subchannels: HashMap::new(),
            attempts: 0,
            timer: None,
            idle,
            asleep: false,
        }
    }

    /// Goes back to where it was before the first call, if there was none for long.
    fn sleep_if_idle(&mut self, now: Instant) {
        let Some(idle) = &mut self.idle else { return };
        let (open, begun) = self.hub.activity();
        if !idle.is_over(now, open, begun) {
            return;
        }
        self.asleep = true;
        self.subchannels.clear();
        (self.resolver, self.balancer) = ((self.config.resolver)(), (self.config.balancer)());
        self.hub
            .publish(ConnectivityState::Idle, Arc::new(Always(Pick::Queue)));
        self.hub.remove_all();
    }

    fn wake_up(&mut self, now: Instant) {
        self.asleep = false;
        let timeout = self.config.idle_timeout;
        self.idle = timeout.map(|after| IdleTime::new(after, now));
    }

    /// Does what can be done now; true if something was.
    fn step(&mut self, cx: &mut Context<'_>, now: Instant) -> bool {
        let mut busy = false;
        while let Poll::Ready(resolved) = self.resolver.poll_resolve(cx, now) {
            busy = true;
            self.tell(
                now,
                match resolved {
                    Ok(addresses) => BalancerEvent::Addresses(addresses),
                    Err(error) => BalancerEvent::ResolveFailed(error),
                },
            );
        }
        for (id, outcome) in self.poll_attempts(cx) {
            busy = true;
            self.attempt_over(id, outcome, now);
        }
        for (id, timeout) in self.timeouts(now) {
            busy = true;
            match timeout {
                Timeout::GiveUp => {
                    let address = self.subchannels.get_mut(&id).map(|entry| {
                        entry.attempt = None;
                        entry.address.to_string()
                    });
                    let address = address.unwrap_or_default();
                    self.failed(
                        id,
                        Status::unavailable(format!("connect to {address}: it took too long")),
                        now,
                    );
                }
                Timeout::BackoffOver => self.changed(id, ConnectivityState::Idle, now),
            }
        }
        if self.balancer.next_timeout().is_some_and(|timeout| timeout <= now) {
            busy = true;
            self.tell(now, BalancerEvent::Timeout);
        }
        busy
    }

    fn poll_attempts(&mut self, cx: &mut Context<'_>) -> Vec<(SubchannelId, Result<Connection, Status>)> {
        let mut over = Vec::new();
        for (id, entry) in &mut self.subchannels {
            if let Some(attempt) = &mut entry.attempt
                && let Poll::Ready(outcome) = attempt.as_mut().poll(cx)
            {
                entry.attempt = None;
                over.push((*id, outcome));
            }
        }
        over
    }

    fn attempt_over(&mut self, id: SubchannelId, outcome: Result<Connection, Status>, now: Instant) {
        let Some(entry) = self.subchannels.get_mut(&id) else {
            return;
        };
        let outcome = outcome.and_then(|connection| {
            // It has said so already, while its attempt was not over: nothing would ever replace it.
            if connection.streams.is_closed() {
                let why = format!(
                    "connect to {}: the server closed the connection at once",
                    entry.address
                );
                return Err(Status::unavailable(why));
            }
            Ok(connection)
        });
        match outcome {
            Ok(connection) => {
                entry.machine.connected();
                self.hub.add(id, Arc::new(connection));
                self.changed(id, ConnectivityState::Ready, now);
            }
            Err(error) => {
                entry.machine.failed(now);
                self.failed(id, error, now);
            }
        }
    }

    fn timeouts(&mut self, now: Instant) -> Vec<(SubchannelId, Timeout)> {
        let due = self.subchannels.iter_mut();
        due.filter_map(|(id, entry)| Some((*id, entry.machine.handle_timeout(now)?)))
            .collect()
    }

    fn lost(&mut self, id: SubchannelId, attempt: u64, now: Instant) {
        let Some(entry) = self.subchannels.get_mut(&id) else {
            return;
        };
        // One that an attempt has given up may say so late, when the next has succeeded.
        if entry.number == attempt && entry.machine.lost() {
            self.hub.remove(id);
            self.changed(id, ConnectivityState::Idle, now);
        }
    }

    fn changed(&mut self, id: SubchannelId, state: ConnectivityState, now: Instant) {
        self.tell(
            now,
            BalancerEvent::Subchannel {
                id,
                state,
                error: None,
            },
        );
    }

    fn failed(&mut self, id: SubchannelId, error: Status, now: Instant) {
        tracing::debug!(%error, "a connection was not made");
        let state = ConnectivityState::TransientFailure;
        self.tell(
            now,
            BalancerEvent::Subchannel {
                id,
                state,
                error: Some(error),
            },
        );
    }

    fn tell(&mut self, now: Instant, event: BalancerEvent) {
        self.balancer.handle(event, now);
        while let Some(action) = self.balancer.next_action() {
            match action {
                BalancerAction::Create(id, address) => {
                    let machine = Subchannel::new(self.config.backoff);
                    self.subchannels.insert(
                        id,
                        Entry {
                            address,
                            machine,
                            number: 0,
                            attempt: None,
                        },
                    );
                }
                BalancerAction::Connect(id) => self.connect(id, now),
                BalancerAction::Remove(id) => {
                    self.subchannels.remove(&id);
                    self.hub.remove(id);
                }
                BalancerAction::Publish(connectivity, picker) => self.hub.publish(connectivity, picker),
                BalancerAction::Resolve => self.resolver.resolve_again(now),
            }
        }
    }

    fn connect(&mut self, id: SubchannelId, now: Instant) {
        let Some(entry) = self.subchannels.get_mut(&id) else {
            return;
        };
        if !entry.machine.connect(now) {
            return;
        }
        self.attempts += 1;
        let number = self.attempts;
        entry.number = number;
        // Weak: a connection that is let go must not keep the channel's state.
        let hub = Arc::downgrade(&self.hub);
        let lost = move || {
            if let Some(hub) = hub.upgrade() {
                hub.lost(id, number);
            }
        };
        entry.attempt = Some(Box::pin(connection::connect(
            Arc::clone(&self.config),
            entry.address.clone(),
            lost,
        )));
    }

    fn next_timeout(&self) -> Option<Instant> {
        let machines = self
            .subchannels
            .values()
            .filter_map(|entry| entry.machine.next_timeout());
        let idle = self.idle.as_ref().and_then(IdleTime::next_timeout);
        machines.chain(self.balancer.next_timeout()).chain(idle).min()
    }
}

impl Future for Worker {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        loop {
            let now = Instant::now();
            let notes = this.hub.take_notes(cx);
            if notes.closed {
                return Poll::Ready(());
            }
            for (id, attempt) in notes.lost {
                this.lost(id, attempt, now);
            }
            if this.asleep && notes.call_waiting {
                this.wake_up(now);
            }
            if !this.asleep {
                this.sleep_if_idle(now);
            }
            if this.asleep {
                return Poll::Pending;
            }
            if notes.call_waiting {
                this.tell(now, BalancerEvent::CallWaiting);
            }
            if this.step(cx, now) {
                continue;
            }
            let Some(timeout) = this.next_timeout() else {
                return Poll::Pending;
            };
            let timer = this
                .timer
                .get_or_insert_with(|| Box::pin(tokio::time::sleep_until(timeout)));
            if timer.deadline() != timeout {
                timer.as_mut().reset(timeout);
            }
            std::task::ready!(timer.as_mut().poll(cx));
        }
    }
}

/// Its runtime may go first: whoever waits is told, and the next call starts anew.
impl Drop for Worker {
    fn drop(&mut self) {
        self.hub.close();
    }
}

#[cfg(test)]
mod tests {
    use std::{future::pending, io, sync::Mutex, task::Waker};

    use tokio::{
        io::{AsyncWriteExt, DuplexStream},
        sync::oneshot,
    };

    use super::*;
    use crate::{
        client::channel::Channel,
        transport::{Connector, Io, Peer},
    };

    /// Connects to this end, and then never again.
    struct Pipe(Mutex<Option<DuplexStream>>);

    impl Connector for Pipe {
        fn connect(&self, address: &Address) -> BoxFuture<'_, io::Result<(Box<dyn Io>, Peer)>> {
            let Some(end) = self.0.lock().unwrap().take() else {
                return Box::pin(pending());
            };
            let peer = Peer::new(address.clone());
            Box::pin(async move { Ok((Box::new(end) as Box<dyn Io>, peer)) })
        }
    }

    #[tokio::test]
    async fn a_connection_that_is_lost_before_it_is_taken_up_counts_as_failed() {
        let (ours, mut theirs) = tokio::io::duplex(1024);
        let connector = Pipe(Mutex::new(Some(ours)));
        let channel = Channel::builder("127.0.0.1:1").connector(connector).build();
        let config = Arc::clone(channel.try_config().unwrap());
        let settings = [0, 0, 0, 4, 0, 0, 0, 0, 0];
        theirs.write_all(&settings).await.unwrap();
        let (lost, is_lost) = oneshot::channel();
        let lost = move || lost.send(()).unwrap();
        let address = Address::Tcp(([127, 0, 0, 1], 1).into());
        let connection = connection::connect(Arc::clone(&config), address, lost).await;
        drop(theirs);
        is_lost.await.unwrap();

        let hub = Arc::new(Hub::new());
        let mut worker = Worker::new(Arc::clone(&hub), config);
        let mut cx = Context::from_waker(Waker::noop());
        let now = Instant::now();
        assert!(worker.step(&mut cx, now), "the address starts the attempt");
        let (id, entry) = worker.subchannels.iter_mut().next().unwrap();
        let (id, number) = (*id, entry.number);
        entry.attempt = Some(Box::pin(async { connection }));
        // Both happened before the worker looked; it hears of the loss first.
        worker.lost(id, number, now);
        worker.step(&mut cx, now);
        assert_eq!(hub.connectivity(), ConnectivityState::TransientFailure);
    }
}
