use std::{collections::VecDeque, sync::Arc};

use tokio::time::Instant;

use super::{Always, Balancer, BalancerAction, BalancerEvent, Pick, SubchannelId};
use crate::{Status, client::subchannel::ConnectivityState, transport::Address};

/// Tries the addresses in order and sends every call to the first that connects (gRFC A62 `pick_first`).
#[derive(Default)]
pub struct PickFirst {
    addresses: Vec<Address>,
    /// The subchannels of `addresses`, made for a pass; only the connected one is left once there is one.
    subchannels: Vec<Child>,
    mode: Mode,
    next_id: u64,
    actions: VecDeque<BalancerAction>,
}

struct Child {
    id: SubchannelId,
    address: Address,
    failed: bool,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Mode {
    /// Before the first list of addresses.
    #[default]
    Unresolved,
    /// Connected before; waits for a call.
    Idle,
    /// Going through the addresses, at this one.
    Connecting(usize),
    /// All have failed. Each is tried again when its backoff is over.
    Failed,
    Ready(SubchannelId),
}

impl PickFirst {
    /// A balancer that knows no addresses yet.
    pub fn new() -> Self {
        Self::default()
    }

    fn update(&mut self, addresses: Vec<Address>) {
        if addresses.is_empty() {
            self.remove_all();
            self.addresses.clear();
            return self.fail(Status::unavailable("the name resolved to no addresses"));
        }
        self.addresses = addresses;
        match self.mode {
            // A62: a connection whose address is still listed stays.
            Mode::Ready(_)
                if self
                    .subchannels
                    .iter()
                    .all(|child| self.addresses.contains(&child.address)) => {}
            Mode::Idle => {}
            Mode::Ready(_) => {
                self.remove_all();
                self.idle();
            }
            Mode::Connecting(_) if self.same_addresses() => {}
            Mode::Failed if self.same_addresses() => {}
            Mode::Unresolved | Mode::Connecting(_) => self.connect_first(),
            Mode::Failed => {
                // A62: TRANSIENT_FAILURE is left only for READY, so the picker stays.
                self.recreate();
                self.connect_next(0);
            }
        }
    }

    fn same_addresses(&self) -> bool {
        self.subchannels
            .iter()
            .map(|child| &child.address)
            .eq(&self.addresses)
    }

    fn connect_first(&mut self) {
        self.publish(ConnectivityState::Connecting, Pick::Queue);
        self.recreate();
        self.connect_next(0);
    }

    /// Makes a subchannel for every address.
    fn recreate(&mut self) {
        self.remove_all();
        for address in &self.addresses {
            self.next_id += 1;
            let id = SubchannelId(self.next_id);
            self.actions
                .push_back(BalancerAction::Create(id, address.clone()));
            self.subchannels.push(Child {
                id,
                address: address.clone(),
                failed: false,
            });
        }
    }

    /// Goes on with the first address from `start` that has not failed in this pass; false if there is none.
    fn connect_next(&mut self, start: usize) -> bool {
        let next = self
            .subchannels
            .iter()
            .enumerate()
            .skip(start)
            .find(|(_, child)| !child.failed);
        let Some((index, child)) = next else { return false };
        self.actions.push_back(BalancerAction::Connect(child.id));
        self.mode = Mode::Connecting(index);
        true
    }

    fn changed(&mut self, id: SubchannelId, state: ConnectivityState, error: Option<Status>) {
        let Some(index) = self.subchannels.iter().position(|child| child.id == id) else {
            return;
        };
        match state {
            ConnectivityState::Ready => {
                for other in self.subchannels.extract_if(.., |child| child.id != id) {
                    self.actions.push_back(BalancerAction::Remove(other.id));
                }
                self.mode = Mode::Ready(id);
                self.publish(ConnectivityState::Ready, Pick::Subchannel(id));
            }
            ConnectivityState::TransientFailure => {
                self.subchannels[index].failed = true;
                let goes_on = match self.mode {
                    Mode::Connecting(current) => current != index || self.connect_next(index + 1),
                    Mode::Failed => false,
                    _ => true,
                };
                if !goes_on {
                    if self.mode != Mode::Failed {
                        // Those whose backoff ended during the pass are idle, and will not say so again.
                        let idle = self.subchannels.iter().filter(|child| !child.failed);
                        self.actions
                            .extend(idle.map(|child| BalancerAction::Connect(child.id)));
                    }
                    self.fail(error.unwrap_or_else(|| Status::unavailable("the connection failed")));
                    // A62: the addresses may be old ones.
                    self.actions.push_back(BalancerAction::Resolve);
                }
            }
            ConnectivityState::Idle if self.mode == Mode::Ready(id) => {
                self.remove_all();
                self.idle();
                self.actions.push_back(BalancerAction::Resolve);
            }
            // A62: in TRANSIENT_FAILURE every address is tried again as soon as its backoff allows.
            ConnectivityState::Idle => {
                self.subchannels[index].failed = false;
                if self.mode == Mode::Failed {
                    self.actions.push_back(BalancerAction::Connect(id));
                }
            }
            _ => {}
        }
    }

    fn idle(&mut self) {
        self.mode = Mode::Idle;
        self.publish(ConnectivityState::Idle, Pick::Queue);
    }

    fn fail(&mut self, error: Status) {
        self.mode = Mode::Failed;
        self.publish(ConnectivityState::TransientFailure, Pick::Fail(error));
    }

    fn publish(&mut self, state: ConnectivityState, pick: Pick) {
        self.actions
            .push_back(BalancerAction::Publish(state, Arc::new(Always(pick))));
    }

    fn remove_all(&mut self) {
        self.actions.extend(
            self.subchannels
                .drain(..)
                .map(|child| BalancerAction::Remove(child.id)),
        );
    }
}

impl Balancer for PickFirst {
    fn handle(&mut self, event: BalancerEvent, _now: Instant) {
        match event {
            BalancerEvent::Addresses(addresses) => self.update(addresses),
            BalancerEvent::ResolveFailed(error) => {
                if self.addresses.is_empty() {
                    self.fail(error);
                }
            }
            BalancerEvent::Subchannel { id, state, error } => self.changed(id, state, error),
            BalancerEvent::CallWaiting => {
                if self.mode == Mode::Idle {
                    self.connect_first();
                }
            }
            BalancerEvent::Timeout => {}
        }
    }

    fn next_action(&mut self) -> Option<BalancerAction> {
        self.actions.pop_front()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drain(balancer: &mut PickFirst) -> Vec<String> {
        std::iter::from_fn(|| balancer.next_action())
            .map(|action| match action {
                BalancerAction::Create(id, address) => format!("create {} {address}", id.0),
                BalancerAction::Connect(id) => format!("connect {}", id.0),
                BalancerAction::Remove(id) => format!("remove {}", id.0),
                BalancerAction::Publish(state, _) => format!("{state:?}"),
                BalancerAction::Resolve => "resolve".to_owned(),
            })
            .collect()
    }

    fn addresses(ports: &[u16]) -> BalancerEvent {
        BalancerEvent::Addresses(
            ports
                .iter()
                .map(|port| Address::Tcp(([127, 0, 0, 1], *port).into()))
                .collect(),
        )
    }

    fn step(balancer: &mut PickFirst, event: BalancerEvent) -> Vec<String> {
        balancer.handle(event, Instant::now());
        drain(balancer)
    }

    fn change(id: u64, state: ConnectivityState) -> BalancerEvent {
        let failed = state == ConnectivityState::TransientFailure;
        let error = failed.then(|| Status::unavailable("refused"));
        BalancerEvent::Subchannel {
            id: SubchannelId(id),
            state,
            error,
        }
    }

    #[test]
    fn the_addresses_are_tried_in_order_and_the_first_that_connects_stays() {
        let mut balancer = PickFirst::new();
        assert_eq!(
            step(&mut balancer, addresses(&[1, 2])),
            [
                "Connecting",
                "create 1 127.0.0.1:1",
                "create 2 127.0.0.1:2",
                "connect 1"
            ]
        );
        assert_eq!(
            step(&mut balancer, change(1, ConnectivityState::TransientFailure)),
            ["connect 2"]
        );
        assert_eq!(
            step(&mut balancer, change(2, ConnectivityState::Ready)),
            ["remove 1", "Ready"]
        );
        assert_eq!(
            step(&mut balancer, addresses(&[2, 3])),
            Vec::<String>::new(),
            "still listed"
        );
        assert_eq!(
            step(&mut balancer, addresses(&[3])),
            ["remove 2", "Idle"],
            "no longer listed"
        );
        assert_eq!(
            step(&mut balancer, BalancerEvent::CallWaiting),
            ["Connecting", "create 3 127.0.0.1:3", "connect 3"]
        );
    }

    #[test]
    fn transient_failure_is_kept_until_a_connection_is_made() {
        let mut balancer = PickFirst::new();
        step(&mut balancer, addresses(&[1]));
        assert_eq!(
            step(&mut balancer, change(1, ConnectivityState::TransientFailure)),
            ["TransientFailure", "resolve"]
        );
        assert_eq!(
            step(&mut balancer, change(1, ConnectivityState::Idle)),
            ["connect 1"]
        );
        assert_eq!(
            step(&mut balancer, change(1, ConnectivityState::Connecting)),
            Vec::<String>::new()
        );
        assert_eq!(
            step(&mut balancer, change(1, ConnectivityState::Ready)),
            ["Ready"]
        );
        assert_eq!(
            step(&mut balancer, change(1, ConnectivityState::Idle)),
            ["remove 1", "Idle", "resolve"]
        );
    }

    #[test]
    fn an_address_whose_backoff_ended_during_the_pass_is_tried_again_after_it() {
        let mut balancer = PickFirst::new();
        step(&mut balancer, addresses(&[1, 2]));
        step(&mut balancer, change(1, ConnectivityState::TransientFailure));
        // The second takes longer to fail than the first has to wait.
        assert_eq!(
            step(&mut balancer, change(1, ConnectivityState::Idle)),
            Vec::<String>::new()
        );
        assert_eq!(
            step(&mut balancer, change(2, ConnectivityState::TransientFailure)),
            ["connect 1", "TransientFailure", "resolve"]
        );
    }

    #[test]
    fn a_failed_resolution_counts_only_without_addresses() {
        let mut balancer = PickFirst::new();
        let failed = || BalancerEvent::ResolveFailed(Status::unavailable("no such host"));
        assert_eq!(step(&mut balancer, failed()), ["TransientFailure"]);
        step(&mut balancer, addresses(&[1]));
        assert_eq!(step(&mut balancer, failed()), Vec::<String>::new());
        assert_eq!(
            step(&mut balancer, addresses(&[])),
            ["remove 1", "TransientFailure"]
        );
    }
}
