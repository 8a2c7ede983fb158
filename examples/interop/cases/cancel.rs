use std::time::Duration;

use grpc::Code;

use super::{
    Outcome, Setup,
    expect::{fails, succeeds},
    streaming::{REQUEST_SIZES, is_of_size, request_for},
    zeros,
};
use crate::testing::StreamingOutputCallRequest;

pub(super) async fn cancel_after_begin(setup: &Setup) -> Outcome {
    let mut call = succeeds("the call", setup.stub().streaming_input_call_call().await)?;
    call.cancel();
    fails("the call", call.receive().await, Code::Cancelled).map(|_| ())
}

pub(super) async fn cancel_after_first_response(setup: &Setup) -> Outcome {
    let mut call = succeeds("the call", setup.stub().full_duplex_call_call().await)?;
    succeeds("send", call.send(request_for(REQUEST_SIZES[0], 31415)).await)?;
    is_of_size(call.receive().await, 31415)?;
    call.cancel();
    fails("the call", call.receive().await, Code::Cancelled).map(|_| ())
}

/// A deadline that is sure to pass: the server has nothing to answer, and its client does not end.
pub(super) async fn timeout_on_sleeping_server(setup: &Setup) -> Outcome {
    let opening = setup
        .stub()
        .full_duplex_call_call()
        .timeout(Duration::from_millis(1));
    // The deadline may pass at any of these.
    let outcome = async {
        let mut call = opening.await?;
        let request = StreamingOutputCallRequest {
            payload: zeros(REQUEST_SIZES[0]),
            ..StreamingOutputCallRequest::default()
        };
        // What ended the call is what `receive` says, too.
        let _ = call.send(request).await;
        call.receive().await
    };
    fails("the call", outcome.await, Code::DeadlineExceeded).map(|_| ())
}
