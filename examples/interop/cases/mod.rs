//! The test cases, each under its name in the descriptions.

mod cancel;
mod compressed;
mod expect;
mod metadata;
mod soak;
mod status;
mod streaming;
mod unary;

use std::{pin::Pin, time::Duration};

use grpc::{Channel, ClientTls};

pub(crate) use self::{expect::Outcome, soak::Soak};
use crate::testing::{Payload, TestServiceStub};

/// What all cases go by.
pub(crate) struct Setup {
    pub(crate) target: String,
    /// `--server_host_override`
    pub(crate) authority: Option<String>,
    /// `--use_tls`
    pub(crate) tls: Option<ClientTls>,
    pub(crate) soak: Soak,
}

impl Setup {
    /// A channel of its own.
    fn channel(&self) -> Channel {
        let mut channel = Channel::builder(&self.target);
        if let Some(authority) = &self.authority {
            channel = channel.authority(authority);
        }
        if let Some(tls) = &self.tls {
            channel = channel.tls(tls.clone());
        }
        channel.build()
    }

    fn stub(&self) -> TestServiceStub {
        TestServiceStub::new(&self.channel())
    }
}

pub(crate) struct Case {
    pub(crate) name: &'static str,
    body: for<'a> fn(&'a Setup) -> Pin<Box<dyn Future<Output = Outcome> + Send + 'a>>,
}

impl Case {
    /// Runs it, for as long as a case may take at the most.
    pub(crate) async fn run(&self, setup: &Setup) -> Outcome {
        const LONGEST: Duration = Duration::from_secs(180);
        tokio::time::timeout(LONGEST, (self.body)(setup))
            .await
            .unwrap_or_else(|_| Err(format!("not done after {LONGEST:?}")))
    }
}

macro_rules! cases {
    ($($module:ident::$name:ident),* $(,)?) => {
        pub(crate) const CASES: &[Case] = &[$(Case {
            name: stringify!($name),
            body: |setup| Box::pin($module::$name(setup)),
        }),*];
    };
}

cases! {
    unary::empty_unary,
    unary::cacheable_unary,
    unary::large_unary,
    unary::concurrent_large_unary,
    unary::pick_first_unary,
    streaming::client_streaming,
    streaming::server_streaming,
    streaming::ping_pong,
    streaming::half_duplex,
    streaming::empty_stream,
    compressed::client_compressed_unary,
    compressed::server_compressed_unary,
    compressed::client_compressed_streaming,
    compressed::server_compressed_streaming,
    cancel::cancel_after_begin,
    cancel::cancel_after_first_response,
    cancel::timeout_on_sleeping_server,
    metadata::custom_metadata,
    status::status_code_and_message,
    status::special_status_message,
    status::unimplemented_method,
    status::unimplemented_service,
    soak::rpc_soak,
    soak::channel_soak,
}

fn zeros(size: usize) -> Option<Payload> {
    Some(Payload {
        body: vec![0; size],
        ..Payload::default()
    })
}
