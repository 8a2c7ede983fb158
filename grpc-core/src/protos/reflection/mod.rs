//! Descriptors from a live server: gRPC's server reflection.

mod collect;
#[cfg(test)]
mod tests;
mod wire;

use std::{
    fmt,
    future::IntoFuture,
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::sync::Mutex;

use self::{
    collect::{Collector, MOST_BYTES},
    wire::{Question, Request, Response},
};
use super::Protos;
use crate::{
    BoxFuture, Code, Method, Result, Status,
    client::{Callee, Channel, ClientCall, OpenCall},
    message::Prost,
    metadata::Value,
};

/// How long it may take, unless the caller says otherwise.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The reading of a server's descriptors, to be awaited: [`Protos::from_reflection`].
#[must_use = "nothing is asked until it is awaited"]
pub struct Reflection {
    callee: Callee,
    timeout: Duration,
    metadata: Vec<(String, Value)>,
    wait_for_ready: bool,
    refresh: bool,
}

/// What a channel has of its server's descriptors. The lock is held while they are asked for, so that who comes in the
/// meantime waits for them, and does not ask again.
type Known = Arc<Mutex<Option<Protos>>>;

impl Reflection {
    /// Asks the server even if the channel knows its descriptors already, as after an update of the server.
    pub fn refresh(mut self) -> Self {
        self.refresh = true;
        self
    }

    /// How long it may take, all in all; 10 seconds unless this is called. Past that it is DEADLINE_EXCEEDED.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Adds a value to the metadata of the calls to the server, for one that wants to know who asks.
    pub fn metadata(mut self, key: impl Into<String>, value: impl Into<Value>) -> Self {
        self.metadata.push((key.into(), value.into()));
        self
    }

    /// Waits for a connection, where it is UNAVAILABLE otherwise.
    pub fn wait_for_ready(mut self) -> Self {
        self.wait_for_ready = true;
        self
    }

    pub(super) fn new(callee: Callee) -> Self {
        Self {
            callee,
            timeout: TIMEOUT,
            metadata: Vec::new(),
            wait_for_ready: false,
            refresh: false,
        }
    }

    async fn read(self) -> Result<Protos> {
        let channel = self.callee.clone().channel()?;
        let known: Known = channel.extension();
        let mut known = known.lock().await;
        if let Some(protos) = &*known
            && !self.refresh
        {
            return Ok(protos.clone());
        }
        let deadline = Instant::now().checked_add(self.timeout);
        let protos = match self.ask(&channel, &wire::V1).await {
            // Servers from before 2023, and many since, have only the older name of the same service.
            Err(status) if status.code() == Code::Unimplemented => self
                .ask(&channel, &wire::V1_ALPHA)
                .await
                .map_err(|status| match status.code() {
                    Code::Unimplemented => Status::unimplemented(
                        "the server has no reflection: neither grpc.reflection.v1 nor grpc.reflection.v1alpha",
                    ),
                    _ => status,
                })?,
            asked => asked?,
        };
        // The server's descriptors are as large as it likes, within limits: no work for a thread that others wait for.
        let protos = tokio::task::spawn_blocking(move || protos.finish(deadline))
            .await
            .map_err(|error| Status::internal("check the server's descriptors").with_source(error))??;
        *known = Some(protos.clone());
        Ok(protos)
    }

    /// Asks all there is to ask.
    async fn ask(&self, channel: &Channel, method: &'static Method) -> Result<Collector> {
        let mut call = OpenCall::open(channel, method, Prost).max_receive_message_size(2 * MOST_BYTES);
        for (key, value) in &self.metadata {
            call = call.metadata(key, value.clone());
        }
        if self.wait_for_ready {
            call = call.wait_for_ready();
        }
        let mut call = call.timeout(self.timeout).await?;
        let mut collector = Collector::new();
        while let Some(question) = collector.next() {
            let response = ask_one(&mut call, question.clone()).await?;
            collector.answer(&question, response.answer)?;
        }
        call.done_sending().await?;
        Ok(collector)
    }
}

async fn ask_one(call: &mut ClientCall<Request, Response>, question: Question) -> Result<Response> {
    let request = Request {
        question: Some(question),
    };
    // A call that has ended says why to who receives from it.
    let sent = call.send(request).await;
    match call.receive().await? {
        Some(response) => Ok(response),
        None => {
            sent?;
            Err(Status::internal(
                "the server's reflection ended before it answered",
            ))
        }
    }
}

impl IntoFuture for Reflection {
    type Output = Result<Protos>;
    type IntoFuture = BoxFuture<'static, Result<Protos>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let timeout = self.timeout;
            tokio::time::timeout(timeout, self.read())
                .await
                .unwrap_or_else(|_| {
                    Err(Status::deadline_exceeded(format!(
                        "the server's reflection took more than {timeout:?}"
                    )))
                })
        })
    }
}

impl fmt::Debug for Reflection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reflection").finish_non_exhaustive()
    }
}
