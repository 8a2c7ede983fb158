use std::{future::Future, time::Duration};

use grpc_servicer_compat_tonic::{
    generated::echo::{Ping, Pong, echo_client::EchoClient},
    native::echo::{self as native, EchoStub},
};
use tonic::metadata::MetadataValue;

use super::Running;

/// What the tests ask of a client, whatever it is made of.
pub trait Caller: Clone + Send + 'static {
    /// The code of a call whose deadline has passed on the client's side.
    const LATE: i32 = 4;
    /// The code of a call whose connection broke.
    const BROKEN: i32 = 14;

    /// The client of this server.
    fn of(server: &Running) -> impl Future<Output = Self> + Send;
    fn one_to_one(&self, ping: Ping, how: How) -> impl Future<Output = Answer> + Send;
    fn one_to_many(&self, ping: Ping, how: How) -> impl Future<Output = Answer> + Send;
    fn many_to_one(&self, pings: Vec<Ping>, how: How) -> impl Future<Output = Answer> + Send;
    fn many_to_many(&self, pings: Vec<Ping>, how: How) -> impl Future<Output = Answer> + Send;
}

/// How a call is made.
#[derive(Clone, Copy, Default)]
pub struct How {
    pub timeout: Option<Duration>,
    pub metadata: bool,
}

/// What came of a call.
#[derive(Debug, Default, PartialEq)]
pub struct Answer {
    pub texts: Vec<String>,
    pub payload: Vec<u8>,
    /// The initial metadata that the service sets.
    pub head: Option<(String, Vec<u8>)>,
    pub failure: Option<Failure>,
}

#[derive(Debug, Default, PartialEq)]
pub struct Failure {
    pub code: i32,
    pub message: String,
    pub details: Vec<u8>,
    /// The trailing metadata that the service sets.
    pub why: Option<(String, Vec<u8>)>,
}

impl Answer {
    /// The code that the call failed with; 0 if it did not.
    pub fn code(&self) -> i32 {
        self.failure.as_ref().map_or(0, |failure| failure.code)
    }

    fn take(&mut self, text: String, payload: &[u8]) {
        self.texts.push(text);
        self.payload.extend_from_slice(payload);
    }
}

/// A client of generated code.
pub type GeneratedClient<T> = EchoClient<T>;

/// A caller of a client of generated code, on this channel, which this makes.
macro_rules! generated_caller {
    ($channel:ty, |$server:ident| $make:expr $(, $name:ident = $code:literal)*) => {
        impl Caller for EchoClient<$channel> {
            $(const $name: i32 = $code;)*

            async fn of($server: &Running) -> Self {
                EchoClient::new($make)
                    .max_decoding_message_size(usize::MAX)
                    .max_encoding_message_size(usize::MAX)
            }

            async fn one_to_one(&self, ping: Ping, how: How) -> Answer {
                one(self.clone().unary(how.request(ping)).await)
            }

            async fn one_to_many(&self, ping: Ping, how: How) -> Answer {
                many(self.clone().list(how.request(ping)).await).await
            }

            async fn many_to_one(&self, pings: Vec<Ping>, how: How) -> Answer {
                one(self
                    .clone()
                    .collect(how.request(tokio_stream::iter(pings)))
                    .await)
            }

            async fn many_to_many(&self, pings: Vec<Ping>, how: How) -> Answer {
                many(
                    self.clone()
                        .chat(how.request(tokio_stream::iter(pings)))
                        .await,
                )
                .await
            }
        }
    };
}

generated_caller!(grpc::Channel, |server| grpc::insecure_channel(&server.target));
// tonic's transport says CANCELLED of a deadline, and UNKNOWN of a connection that broke within a response.
generated_caller!(
    tonic::transport::Channel,
    |server| tonic::transport::Endpoint::new(server.uri())
        .unwrap()
        .connect_lazy(),
    LATE = 1,
    BROKEN = 2
);

impl How {
    fn request<T>(self, message: T) -> tonic::Request<T> {
        let mut request = tonic::Request::new(message);
        if let Some(timeout) = self.timeout {
            request.set_timeout(timeout);
        }
        if self.metadata {
            let metadata = request.metadata_mut();
            metadata.insert("x-tenant", "7".parse().unwrap());
            metadata.insert_bin("x-trace-bin", MetadataValue::from_bytes(&[0, 255]));
        }
        request
    }
}

fn one(response: Result<tonic::Response<Pong>, tonic::Status>) -> Answer {
    let mut answer = Answer::default();
    match response {
        Ok(response) => {
            answer.head = entry(response.metadata(), "x-head", "x-head-bin");
            let pong = response.into_inner();
            answer.take(pong.text, &pong.payload);
        }
        Err(status) => answer.failure = Some(status.into()),
    }
    answer
}

async fn many(response: Result<tonic::Response<tonic::Streaming<Pong>>, tonic::Status>) -> Answer {
    let mut answer = Answer::default();
    let mut pongs = match response {
        Ok(response) => response.into_inner(),
        Err(status) => {
            answer.failure = Some(status.into());
            return answer;
        }
    };
    loop {
        match pongs.message().await {
            Ok(Some(pong)) => answer.take(pong.text, &pong.payload),
            Ok(None) => return answer,
            Err(status) => {
                answer.failure = Some(status.into());
                return answer;
            }
        }
    }
}

impl From<tonic::Status> for Failure {
    fn from(status: tonic::Status) -> Self {
        Self {
            code: status.code() as i32,
            message: status.message().to_owned(),
            details: status.details().to_vec(),
            why: entry(status.metadata(), "x-why", "x-why-bin"),
        }
    }
}

fn entry(metadata: &tonic::metadata::MetadataMap, text: &str, bytes: &str) -> Option<(String, Vec<u8>)> {
    let text = metadata.get(text)?.to_str().ok()?.to_owned();
    Some((text, metadata.get_bin(bytes)?.to_bytes().ok()?.to_vec()))
}

// --- Our stub -------------------------------------------------------------------------------------------------

/// The builder methods that every kind of call has.
macro_rules! with {
    ($call:expr, $how:expr) => {{
        let mut call = $call.max_receive_message_size(usize::MAX);
        if let Some(timeout) = $how.timeout {
            call = call.timeout(timeout);
        }
        if $how.metadata {
            call = call.metadata("x-tenant", "7").metadata("x-trace-bin", &[0, 255]);
        }
        call
    }};
}

impl Caller for EchoStub {
    async fn of(server: &Running) -> Self {
        Self::new(&grpc::insecure_channel(&server.target))
    }

    async fn one_to_one(&self, ping: Ping, how: How) -> Answer {
        stub_one(
            with!(EchoStub::unary(self, to_native(ping)), how)
                .response()
                .await,
        )
    }

    async fn one_to_many(&self, ping: Ping, how: How) -> Answer {
        stub_many(with!(EchoStub::list(self, to_native(ping)), how).await).await
    }

    async fn many_to_one(&self, pings: Vec<Ping>, how: How) -> Answer {
        let pings: Vec<native::Ping> = pings.into_iter().map(to_native).collect();
        stub_one(with!(EchoStub::collect(self, pings), how).response().await)
    }

    async fn many_to_many(&self, pings: Vec<Ping>, how: How) -> Answer {
        let pings: Vec<native::Ping> = pings.into_iter().map(to_native).collect();
        stub_many(with!(EchoStub::chat(self, pings), how).await).await
    }
}

fn stub_one(response: grpc::Result<grpc::Response<native::Pong>>) -> Answer {
    let mut answer = Answer::default();
    match response {
        Ok(response) => {
            answer.head = stub_entry(&response.metadata, "x-head", "x-head-bin");
            answer.take(response.message.text, &response.message.payload);
        }
        Err(status) => answer.failure = Some(status.into()),
    }
    answer
}

async fn stub_many(responses: grpc::Result<grpc::Responses<native::Pong>>) -> Answer {
    let mut answer = Answer::default();
    let mut responses = match responses {
        Ok(responses) => responses,
        Err(status) => {
            answer.failure = Some(status.into());
            return answer;
        }
    };
    loop {
        match responses.receive().await {
            Ok(Some(pong)) => answer.take(pong.text, &pong.payload),
            Ok(None) => return answer,
            Err(status) => {
                answer.failure = Some(status.into());
                return answer;
            }
        }
    }
}

impl From<grpc::Status> for Failure {
    fn from(status: grpc::Status) -> Self {
        Self {
            code: status.code().number(),
            message: status.message().to_owned(),
            details: status.details().to_vec(),
            why: stub_entry(status.metadata(), "x-why", "x-why-bin"),
        }
    }
}

fn stub_entry(metadata: &grpc::Metadata, text: &str, bytes: &str) -> Option<(String, Vec<u8>)> {
    Some((metadata.get(text)?.to_owned(), metadata.get_bin(bytes)?.to_vec()))
}

fn to_native(ping: Ping) -> native::Ping {
    native::Ping {
        text: ping.text,
        payload: ping.payload,
        count: ping.count,
    }
}
