use super::{
    Outcome, Setup,
    expect::{self, equal, succeeds},
    zeros,
};
use crate::testing::{
    ResponseParameters, StreamingInputCallRequest, StreamingOutputCallRequest, StreamingOutputCallResponse,
};

pub(super) const REQUEST_SIZES: [usize; 4] = [27182, 8, 1828, 45904];
const RESPONSE_SIZES: [i32; 4] = [31415, 9, 2653, 58979];

pub(super) async fn client_streaming(setup: &Setup) -> Outcome {
    let requests = REQUEST_SIZES.map(|size| StreamingInputCallRequest {
        payload: zeros(size),
        ..StreamingInputCallRequest::default()
    });
    let response = succeeds("the call", setup.stub().streaming_input_call(requests).await)?;
    equal("the size of all", response.aggregated_payload_size, 74922)
}

pub(super) async fn server_streaming(setup: &Setup) -> Outcome {
    let request = StreamingOutputCallRequest {
        response_parameters: RESPONSE_SIZES.map(response_of).into(),
        ..StreamingOutputCallRequest::default()
    };
    let mut responses = succeeds("the call", setup.stub().streaming_output_call(request).await)?;
    for size in RESPONSE_SIZES {
        is_of_size(responses.receive().await, size)?;
    }
    is_over(responses.receive().await)
}

pub(super) async fn ping_pong(setup: &Setup) -> Outcome {
    let mut call = succeeds("the call", setup.stub().full_duplex_call_call().await)?;
    for (request, response) in REQUEST_SIZES.into_iter().zip(RESPONSE_SIZES) {
        succeeds("send", call.send(request_for(request, response)).await)?;
        is_of_size(call.receive().await, response)?;
    }
    succeeds("half-close", call.done_sending().await)?;
    is_over(call.receive().await)
}

/// The server may answer no request before it has all.
pub(super) async fn half_duplex(setup: &Setup) -> Outcome {
    let requests = REQUEST_SIZES
        .into_iter()
        .zip(RESPONSE_SIZES)
        .map(|(request, response)| request_for(request, response));
    let mut responses = succeeds("the call", setup.stub().half_duplex_call(requests).await)?;
    for size in RESPONSE_SIZES {
        is_of_size(responses.receive().await, size)?;
    }
    is_over(responses.receive().await)
}

pub(super) async fn empty_stream(setup: &Setup) -> Outcome {
    let mut call = succeeds("the call", setup.stub().full_duplex_call_call().await)?;
    succeeds("half-close", call.done_sending().await)?;
    is_over(call.receive().await)
}

pub(super) fn request_for(request: usize, response: i32) -> StreamingOutputCallRequest {
    StreamingOutputCallRequest {
        response_parameters: vec![response_of(response)],
        payload: zeros(request),
        ..StreamingOutputCallRequest::default()
    }
}

fn response_of(size: i32) -> ResponseParameters {
    ResponseParameters {
        size,
        ..ResponseParameters::default()
    }
}

type Received = grpc::Result<Option<StreamingOutputCallResponse>>;

pub(super) fn is_of_size(received: Received, size: i32) -> Outcome {
    match succeeds("receive", received)? {
        Some(response) => {
            let size = usize::try_from(size).unwrap_or_default();
            expect::zeros("a response", response.payload.as_ref(), size)
        }
        None => Err(format!("the responses ended before that of {size} bytes")),
    }
}

pub(super) fn is_over(received: Received) -> Outcome {
    match succeeds("the call's end", received)? {
        None => Ok(()),
        Some(_) => Err("a response too many".to_owned()),
    }
}
