//! Calls whose requests come from an iterator.

use std::thread;

use super::background::Background;
use crate::{
    Result, Status,
    blocking::block_on,
    client::{OpenCall, RequestSender, Responses, options::CallOptions},
};

/// A call that is not open yet, and the iterator of its requests, whose type does not matter any more.
pub(super) trait Pumped<Resp>: Send {
    fn options(&mut self) -> &mut CallOptions;

    /// Opens the call, and sends the requests from a thread of their own while the responses are read here.
    ///
    /// # Errors
    /// That of the call; RESOURCE_EXHAUSTED if the system has no thread.
    fn open(self: Box<Self>, background: &Background) -> Result<Responses<Resp>>;
}

pub(super) struct Pump<Req, Resp, I> {
    call: OpenCall<Req, Resp>,
    requests: I,
}

impl<Req, Resp, I> Pump<Req, Resp, I> {
    pub(super) fn new(call: OpenCall<Req, Resp>, requests: I) -> Self {
        Self { call, requests }
    }
}

impl<Req, Resp, I> Pumped<Resp> for Pump<Req, Resp, I>
where
    Req: Send + 'static,
    Resp: Send + 'static,
    I: Iterator<Item = Result<Req>> + Send + 'static,
{
    fn options(&mut self) -> &mut CallOptions {
        self.call.options()
    }

    fn open(self: Box<Self>, background: &Background) -> Result<Responses<Resp>> {
        let Self { call, requests } = *self;
        let (sender, responses) = background.wait(call)?.split();
        thread::Builder::new()
            .name("grpc-requests".to_owned())
            .spawn(move || send_all(sender, requests))
            .map_err(|error| {
                Status::resource_exhausted(format!("start the thread of the call's requests: {error}"))
                    .with_source(error)
            })?;
        Ok(responses)
    }
}

/// Ends with the iterator, or with the call. Dropping the sender says that no request follows, or that the iterator has
/// panicked.
fn send_all<Req: Send + 'static>(
    mut sender: RequestSender<Req>,
    requests: impl Iterator<Item = Result<Req>>,
) {
    for request in requests {
        // Nothing of the runtime is needed to put a request in line.
        let sent = request.and_then(|request| block_on(sender.send(request)));
        if let Err(status) = sent {
            // If the call is over already, this changes nothing.
            return sender.fail(status);
        }
    }
}
