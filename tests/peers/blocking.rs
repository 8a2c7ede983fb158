//! As [`interop`](super::interop), with handlers that block.

use std::{
    collections::HashSet,
    sync::{Condvar, Mutex},
    thread,
    time::{Duration, Instant},
};

use grpc::{blocking, prelude::*};

use super::{
    details::rich_status,
    interop::{
        asked_for, echo_metadata_of,
        proto::{
            CountRequest, Entries, Failure, Interop, Key, Number, Payload, SleepReply, SleepRequest, Total,
        },
    },
};

#[derive(Default)]
pub(crate) struct BlockingInterop {
    started: Keys,
    cancelled: Keys,
}

#[grpc::service(contract = Interop)]
impl BlockingInterop {
    #[rpc(blocking)]
    fn echo(&self, payload: Payload) -> Result<Payload> {
        Ok(payload)
    }

    #[rpc(blocking)]
    fn count(&self, request: CountRequest) -> impl Iterator<Item = Payload> {
        (0..request.count).map(move |index| Payload {
            index,
            body: vec![0; request.size as usize],
        })
    }

    #[rpc(blocking)]
    fn sum(&self, numbers: blocking::Streaming<Number>) -> Result<Total> {
        let mut total = Total::default();
        for number in numbers {
            total.value += number?.value;
            total.count += 1;
        }
        Ok(total)
    }

    #[rpc(blocking)]
    fn mirror(
        &self,
        payloads: blocking::Streaming<Payload>,
        context: Context,
    ) -> Result<blocking::Streaming<Payload>> {
        echo_metadata_of(&context)?;
        Ok(payloads)
    }

    #[rpc(blocking)]
    fn fail(&self, failure: Failure) -> Result<Payload> {
        Err(asked_for(failure))
    }

    #[rpc(blocking)]
    fn fail_later(&self, failure: Failure) -> impl Iterator<Item = Result<Payload>> {
        let payloads = (0..failure.after).map(|index| {
            Ok(Payload {
                index,
                ..Payload::default()
            })
        });
        payloads.chain([Err(asked_for(failure))])
    }

    #[rpc(blocking)]
    fn fail_richly(&self, key: Key) -> Result<Payload> {
        Err(rich_status(&key.key))
    }

    #[rpc(blocking)]
    fn sleep(&self, request: SleepRequest, context: Context) -> Result<SleepReply> {
        let remaining = context.time_remaining();
        let until = Instant::now() + Duration::from_millis(request.milliseconds.into());
        self.started.add(&request.key);
        while Instant::now() < until {
            if context.is_cancelled() {
                self.cancelled.add(&request.key);
                return Err(Status::cancelled("nobody waits"));
            }
            thread::sleep(Duration::from_millis(1));
        }
        Ok(SleepReply {
            has_deadline: remaining.is_some(),
            remaining_milliseconds: remaining
                .map_or(0, |left| u32::try_from(left.as_millis()).unwrap_or(u32::MAX)),
        })
    }

    #[rpc(blocking)]
    fn hang(&self, key: Key, context: Context) -> impl Iterator<Item = Payload> {
        self.started.add(&key.key);
        let never = std::iter::from_fn(move || {
            self.hang_until_cancelled(&key, &context);
            None
        });
        [Payload::default()].into_iter().chain(never)
    }

    #[rpc(blocking)]
    fn absorb(&self, mut keys: blocking::Streaming<Key>, context: Context) -> Result<Payload> {
        let key = keys.next().transpose()?.unwrap_or_default();
        self.started.add(&key.key);
        self.hang_until_cancelled(&key, &context);
        Err(Status::cancelled("nobody waits"))
    }

    #[rpc(blocking)]
    fn linger(
        &self,
        mut keys: blocking::Streaming<Key>,
        context: Context,
    ) -> Result<impl Iterator<Item = Payload>> {
        let key = keys.next().transpose()?.unwrap_or_default();
        self.started.add(&key.key);
        let never = std::iter::from_fn(move || {
            self.hang_until_cancelled(&key, &context);
            None
        });
        Ok([Payload::default()].into_iter().chain(never))
    }

    #[rpc(blocking)]
    fn started(&self, key: Key) -> Result<Payload> {
        self.started.wait_for(&key.key);
        Ok(Payload::default())
    }

    #[rpc(blocking)]
    fn cancelled(&self, key: Key) -> Result<Payload> {
        self.cancelled.wait_for(&key.key);
        Ok(Payload::default())
    }

    #[rpc(blocking)]
    fn echo_metadata(&self, _payload: Payload, context: Context) -> Result<Entries> {
        let entries = echo_metadata_of(&context)?;
        Ok(Entries { entries })
    }

    #[rpc(blocking)]
    fn unfinished(&self, _payload: Payload) -> Result<Payload> {
        Err(Status::unimplemented("no server implements this"))
    }
}

/// A set that can be waited on.
impl BlockingInterop {
    fn hang_until_cancelled(&self, key: &Key, context: &Context) {
        while !context.is_cancelled() {
            thread::sleep(Duration::from_millis(1));
        }
        self.cancelled.add(&key.key);
    }
}

#[derive(Default)]
struct Keys(Mutex<HashSet<String>>, Condvar);

impl Keys {
    fn add(&self, key: &str) {
        self.0.lock().unwrap().insert(key.to_owned());
        self.1.notify_all();
    }

    fn wait_for(&self, key: &str) {
        let keys = self.0.lock().unwrap();
        drop(self.1.wait_while(keys, |keys| !keys.contains(key)).unwrap());
    }
}
