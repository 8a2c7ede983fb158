//! Each side has to see on the wire that the other compresses what it should, and nothing else.

use grpc::{Code, Compression};

use super::{
    Outcome, Setup,
    expect::{equal, fails, succeeds},
    streaming::{is_of_size, is_over},
    unary::{is_large, large},
    zeros,
};
use crate::testing::{
    BoolValue, ResponseParameters, SimpleRequest, StreamingInputCallRequest, StreamingOutputCallRequest,
};

pub(super) async fn client_compressed_unary(setup: &Setup) -> Outcome {
    let stub = setup.stub();
    let expecting = |compressed| SimpleRequest {
        expect_compressed: bool_value(compressed),
        ..large()
    };
    // A server that does not look has no opinion on the calls below.
    let lie = stub.unary_call(expecting(true)).await;
    fails("the probe", lie, Code::InvalidArgument)?;
    for compression in [Compression::Gzip, Compression::Identity] {
        let request = expecting(compression != Compression::Identity);
        let call = stub.unary_call(request).compression(compression);
        let response = succeeds(&format!("the call with {compression}"), call.await)?;
        is_large(&response)?;
    }
    Ok(())
}

pub(super) async fn client_compressed_streaming(setup: &Setup) -> Outcome {
    let stub = setup.stub();
    let expecting = |size, compressed| StreamingInputCallRequest {
        payload: zeros(size),
        expect_compressed: bool_value(compressed),
    };
    let lie = stub.streaming_input_call([expecting(27182, true)]).await;
    fails("the probe", lie, Code::InvalidArgument)?;

    let opening = stub.streaming_input_call_call().compression(Compression::Gzip);
    let mut call = succeeds("the call", opening.await)?;
    succeeds("send, compressed", call.send(expecting(27182, true)).await)?;
    call.disable_compression_next();
    succeeds("send, as it is", call.send(expecting(45904, false)).await)?;
    succeeds("half-close", call.done_sending().await)?;
    match succeeds("the call", call.receive().await)? {
        Some(response) => equal("the size of both", response.aggregated_payload_size, 73086),
        None => Err("there was no response".to_owned()),
    }
}

pub(super) async fn server_compressed_unary(setup: &Setup) -> Outcome {
    let stub = setup.stub();
    for compressed in [true, false] {
        let request = SimpleRequest {
            response_compressed: bool_value(compressed),
            ..large()
        };
        let response = succeeds("the call", stub.unary_call(request).response().await)?;
        came(compressed, response.compressed)?;
        is_large(&response.message)?;
    }
    Ok(())
}

pub(super) async fn server_compressed_streaming(setup: &Setup) -> Outcome {
    const RESPONSES: [(i32, bool); 2] = [(31415, true), (92653, false)];
    let request = StreamingOutputCallRequest {
        response_parameters: RESPONSES
            .map(|(size, compressed)| ResponseParameters {
                size,
                compressed: bool_value(compressed),
                ..ResponseParameters::default()
            })
            .into(),
        ..StreamingOutputCallRequest::default()
    };
    let mut responses = succeeds("the call", setup.stub().streaming_output_call(request).await)?;
    for (size, compressed) in RESPONSES {
        is_of_size(responses.receive().await, size)?;
        came(compressed, responses.response_was_compressed())?;
    }
    is_over(responses.receive().await)
}

fn came(expected: bool, compressed: bool) -> Outcome {
    equal("the response came compressed", compressed, expected)
}

fn bool_value(value: bool) -> Option<BoolValue> {
    Some(BoolValue { value })
}
