//! Our server of `tests/peers/interop.proto`; `tests/peers/python/server.py` is theirs.

use std::{collections::HashSet, future, time::Duration};

use grpc::{Code, Metadata, prelude::*};
use tokio::sync::watch;

use self::proto::{
    CountRequest, Entries, Entry, Failure, Key, Number, Payload, SleepReply, SleepRequest, Total,
};
use super::details::rich_status;

pub(crate) mod proto {
    grpc::proto!("tests/peers/interop.proto");
}

/// Notes, by key, the handlers that have begun and those that were dropped before their end.
#[derive(Default)]
pub(crate) struct Interop {
    started: Keys,
    cancelled: Keys,
}

#[grpc::service(contract = proto::Interop)]
impl Interop {
    async fn echo(&self, payload: Payload) -> Result<Payload> {
        Ok(payload)
    }

    fn count(&self, request: CountRequest) -> impl ResponseStream<Payload> {
        stream!({
            for index in 0..request.count {
                yield Payload {
                    index,
                    body: vec![0; request.size as usize],
                };
            }
        })
    }

    async fn sum(&self, mut numbers: Streaming<Number>) -> Result<Total> {
        let mut total = Total::default();
        while let Some(number) = numbers.receive().await? {
            total.value += number.value;
            total.count += 1;
        }
        Ok(total)
    }

    fn mirror(&self, payloads: Streaming<Payload>, context: Context) -> impl ResponseStream<Payload> {
        stream!({
            echo_metadata_of(&context)?;
            for await payload in payloads {
                yield payload?;
            }
        })
    }

    async fn fail(&self, failure: Failure) -> Result<Payload> {
        Err(asked_for(failure))
    }

    fn fail_later(&self, failure: Failure) -> impl ResponseStream<Payload> {
        stream!({
            for index in 0..failure.after {
                yield Payload {
                    index,
                    ..Payload::default()
                };
            }
            return Err(asked_for(failure));
        })
    }

    async fn fail_richly(&self, key: Key) -> Result<Payload> {
        Err(rich_status(&key.key))
    }

    async fn sleep(&self, request: SleepRequest, context: Context) -> Result<SleepReply> {
        let running = self.note(request.key);
        let remaining = context.time_remaining();
        tokio::time::sleep(Duration::from_millis(request.milliseconds.into())).await;
        running.finish();
        Ok(SleepReply {
            has_deadline: remaining.is_some(),
            remaining_milliseconds: remaining
                .map_or(0, |left| u32::try_from(left.as_millis()).unwrap_or(u32::MAX)),
        })
    }

    fn hang(&self, key: Key) -> impl ResponseStream<Payload> {
        stream!({
            let _running = self.note(key.key);
            yield Payload::default();
            future::pending::<()>().await;
        })
    }

    async fn absorb(&self, mut keys: Streaming<Key>) -> Result<Payload> {
        let key = keys.receive().await?.unwrap_or_default();
        let _running = self.note(key.key);
        future::pending().await
    }

    fn linger(&self, mut keys: Streaming<Key>) -> impl ResponseStream<Payload> {
        stream!({
            let key = keys.receive().await?.unwrap_or_default();
            let _running = self.note(key.key);
            yield Payload::default();
            future::pending::<()>().await;
        })
    }

    async fn started(&self, key: Key) -> Result<Payload> {
        self.started.wait_for(&key.key).await;
        Ok(Payload::default())
    }

    async fn cancelled(&self, key: Key) -> Result<Payload> {
        self.cancelled.wait_for(&key.key).await;
        Ok(Payload::default())
    }

    async fn echo_metadata(&self, _payload: Payload, context: Context) -> Result<Entries> {
        let entries = echo_metadata_of(&context)?;
        Ok(Entries { entries })
    }

    async fn unfinished(&self, _payload: Payload) -> Result<Payload> {
        Err(Status::unimplemented("no server implements this"))
    }
}

impl Interop {
    fn note(&self, key: String) -> Running<'_> {
        self.started.add(key.clone());
        Running {
            cancelled: &self.cancelled,
            key,
            finished: false,
        }
    }
}

/// A handler under way; dropped unfinished, it was cancelled.
struct Running<'a> {
    cancelled: &'a Keys,
    key: String,
    finished: bool,
}

impl Running<'_> {
    fn finish(mut self) {
        self.finished = true;
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        if !self.finished {
            self.cancelled.add(std::mem::take(&mut self.key));
        }
    }
}

/// A set that can be waited on.
#[derive(Default)]
struct Keys(watch::Sender<HashSet<String>>);

impl Keys {
    fn add(&self, key: String) {
        self.0.send_modify(|keys| {
            keys.insert(key);
        });
    }

    async fn wait_for(&self, key: &str) {
        let mut keys = self.0.subscribe();
        // The sender is in `self`, so it cannot be gone.
        let _ = keys.wait_for(|keys| keys.contains(key)).await;
    }
}

pub(crate) fn asked_for(failure: Failure) -> Status {
    Status::new(Code::from_number(failure.code.into()), failure.message).with_details(failure.details)
}

/// Sends each `x-` entry back as it is at once, and as `t-` at the end.
pub(crate) fn echo_metadata_of(context: &Context) -> Result<Vec<Entry>> {
    let (mut initial, mut trailing) = (Metadata::new(), Metadata::new());
    let mut entries = Vec::new();
    for (key, value) in context.metadata().iter() {
        let Some(name) = key.strip_prefix("x-") else {
            continue;
        };
        initial.append(key, value.clone())?;
        trailing.append(format!("t-{name}"), value.clone())?;
        entries.push(Entry {
            key: key.to_owned(),
            value: bytes_of(value),
        });
    }
    context.send_initial_metadata(initial)?;
    context.set_trailing_metadata(trailing);
    Ok(entries)
}

fn bytes_of(value: grpc::metadata::Value) -> Vec<u8> {
    match value {
        grpc::metadata::Value::Ascii(text) => text.into_bytes(),
        grpc::metadata::Value::Binary(bytes) => bytes.into(),
        other => panic!("a new kind of metadata value: {other:?}"),
    }
}
