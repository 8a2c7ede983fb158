//! The service that the test cases call.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use grpc::{Code, Compression, Metadata, prelude::*};

use crate::testing::{
    self, BoolValue, EchoStatus, Empty, Payload, PayloadType, ResponseParameters, SimpleRequest,
    SimpleResponse, StreamingInputCallRequest, StreamingInputCallResponse, StreamingOutputCallRequest,
    StreamingOutputCallResponse,
};

const ECHO_INITIAL: &str = "x-grpc-test-echo-initial";
const ECHO_TRAILING: &str = "x-grpc-test-echo-trailing-bin";

pub(crate) struct TestService {
    server_id: String,
    cache: Cache,
}

impl TestService {
    /// The service on the server of this name.
    pub(crate) fn new(server_id: String) -> Self {
        Self {
            server_id,
            cache: Cache::default(),
        }
    }
}

#[grpc::service(contract = testing::TestService)]
impl TestService {
    async fn empty_call(&self, _: Empty, context: Context) -> Result<Empty> {
        echo_metadata(&context)?;
        Ok(Empty {})
    }

    async fn unary_call(&self, request: SimpleRequest, context: Context) -> Result<SimpleResponse> {
        echo_metadata(&context)?;
        check_compression(request.expect_compressed, &context)?;
        compress_if(asks_for(request.response_compressed), &context);
        fail_as_asked(request.response_status)?;
        Ok(SimpleResponse {
            payload: Some(zeros(request.response_size)?),
            server_id: if request.fill_server_id {
                self.server_id.clone()
            } else {
                String::new()
            },
            ..SimpleResponse::default()
        })
    }

    /// The descriptions have a caching proxy in front of the server; here the server is its own.
    async fn cacheable_unary_call(&self, request: SimpleRequest, context: Context) -> Result<SimpleResponse> {
        const MAX_AGE: Duration = Duration::from_secs(60);
        context.set_initial_metadata(metadata("cache-control", "max-age=60, public")?);
        let key = request.payload.unwrap_or_default().body;
        let body = self.cache.get(key, MAX_AGE, || {
            let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            now.as_nanos().to_string().into_bytes()
        });
        Ok(SimpleResponse {
            payload: Some(payload(body)),
            ..SimpleResponse::default()
        })
    }

    fn streaming_output_call(
        &self,
        request: StreamingOutputCallRequest,
        context: Context,
    ) -> impl ResponseStream<StreamingOutputCallResponse> {
        stream!({
            echo_metadata(&context)?;
            fail_as_asked(request.response_status)?;
            compress_if(any_asks_for(&request.response_parameters), &context);
            for parameters in request.response_parameters {
                yield respond(&parameters, &context).await?;
            }
        })
    }

    async fn streaming_input_call(
        &self,
        mut requests: Streaming<StreamingInputCallRequest>,
        context: Context,
    ) -> Result<StreamingInputCallResponse> {
        echo_metadata(&context)?;
        let mut size = 0;
        while let Some(request) = requests.receive().await? {
            check_compression(request.expect_compressed, &context)?;
            size += request.payload.map_or(0, |payload| payload.body.len());
        }
        let size = i32::try_from(size).map_err(|_| Status::out_of_range("the payloads exceed 2 GiB"))?;
        Ok(StreamingInputCallResponse {
            aggregated_payload_size: size,
        })
    }

    fn full_duplex_call(
        &self,
        requests: Streaming<StreamingOutputCallRequest>,
        context: Context,
    ) -> impl ResponseStream<StreamingOutputCallResponse> {
        stream!({
            echo_metadata(&context)?;
            for await request in requests {
                let request = request?;
                fail_as_asked(request.response_status)?;
                compress_if(any_asks_for(&request.response_parameters), &context);
                for parameters in request.response_parameters {
                    yield respond(&parameters, &context).await?;
                }
            }
        })
    }

    fn half_duplex_call(
        &self,
        mut requests: Streaming<StreamingOutputCallRequest>,
        context: Context,
    ) -> impl ResponseStream<StreamingOutputCallResponse> {
        stream!({
            echo_metadata(&context)?;
            let mut asked_for = Vec::new();
            while let Some(request) = requests.receive().await? {
                asked_for.extend(request.response_parameters);
            }
            compress_if(any_asks_for(&asked_for), &context);
            for parameters in asked_for {
                yield respond(&parameters, &context).await?;
            }
        })
    }

    async fn unimplemented_call(&self, _: Empty) -> Result<Empty> {
        Err(Status::unimplemented("there is nothing to this method"))
    }
}

/// Feature "Echo Metadata".
fn echo_metadata(context: &Context) -> Result<()> {
    if let Some(value) = context.metadata().get(ECHO_INITIAL) {
        context.set_initial_metadata(metadata(ECHO_INITIAL, value)?);
    }
    if let Some(value) = context.metadata().get_bin(ECHO_TRAILING) {
        context.set_trailing_metadata(metadata(ECHO_TRAILING, value)?);
    }
    Ok(())
}

fn metadata(key: &str, value: impl Into<grpc::metadata::Value>) -> Result<Metadata> {
    let mut metadata = Metadata::new();
    metadata
        .insert(key, value)
        .map_err(|error| Status::internal(error.to_string()))?;
    Ok(metadata)
}

/// Feature "Echo Status".
fn fail_as_asked(status: Option<EchoStatus>) -> Result<()> {
    match status {
        Some(EchoStatus { code, message }) if code != 0 => {
            Err(Status::new(Code::from_number(code.into()), message))
        }
        _ => Ok(()),
    }
}

/// Feature "CompressedRequest": the message that was read last came as it says.
fn check_compression(expected: Option<BoolValue>, context: &Context) -> Result<()> {
    let compressed = context.request_was_compressed();
    match expected {
        Some(BoolValue { value }) if value != compressed => Err(Status::invalid_argument(format!(
            "compressed: expected {value}, the request came with {compressed}"
        ))),
        _ => Ok(()),
    }
}

/// Feature "CompressedResponse": only what is asked for is compressed. The other cases are as they would be without.
fn compress_if(asked_for: bool, context: &Context) {
    if asked_for {
        context.set_compression(Compression::Gzip);
    }
}

fn any_asks_for(responses: &[ResponseParameters]) -> bool {
    responses.iter().any(|response| asks_for(response.compressed))
}

fn asks_for(compressed: Option<BoolValue>) -> bool {
    compressed.is_some_and(|compressed| compressed.value)
}

async fn respond(parameters: &ResponseParameters, context: &Context) -> Result<StreamingOutputCallResponse> {
    if !asks_for(parameters.compressed) {
        context.disable_compression_next();
    }
    if let Ok(interval @ 1..) = u64::try_from(parameters.interval_us) {
        tokio::time::sleep(Duration::from_micros(interval)).await;
    }
    Ok(StreamingOutputCallResponse {
        payload: Some(zeros(parameters.size)?),
    })
}

fn zeros(size: i32) -> Result<Payload> {
    /// The test cases ask for less than a third of a megabyte.
    const MOST: usize = 16 * 1024 * 1024;
    match usize::try_from(size) {
        Ok(size @ ..=MOST) => Ok(payload(vec![0; size])),
        _ => Err(Status::invalid_argument(format!(
            "{size} is no size for a payload"
        ))),
    }
}

fn payload(body: Vec<u8>) -> Payload {
    Payload {
        r#type: PayloadType::Compressable.into(),
        body,
    }
}

/// What a caching proxy remembers.
#[derive(Default)]
struct Cache(Mutex<HashMap<Vec<u8>, Kept>>);

struct Kept {
    since: Instant,
    body: Vec<u8>,
}

impl Cache {
    fn get(&self, key: Vec<u8>, max_age: Duration, make: impl FnOnce() -> Vec<u8>) -> Vec<u8> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|_, kept| kept.since.elapsed() < max_age);
        let fresh = || Kept {
            since: Instant::now(),
            body: make(),
        };
        kept.entry(key).or_insert_with(fresh).body.clone()
    }
}
