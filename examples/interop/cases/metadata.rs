use grpc::Metadata;

use super::{
    Outcome, Setup,
    expect::{equal, succeeds},
    streaming::{is_of_size, is_over, request_for},
    unary::{REQUEST_SIZE, RESPONSE_SIZE, large},
};

const INITIAL: (&str, &str) = ("x-grpc-test-echo-initial", "test_initial_metadata_value");
const TRAILING: (&str, [u8; 3]) = ("x-grpc-test-echo-trailing-bin", [0xab, 0xab, 0xab]);

/// The server sends back what it is told to, before the messages and after.
pub(super) async fn custom_metadata(setup: &Setup) -> Outcome {
    let stub = setup.stub();
    let call = stub
        .unary_call(large())
        .metadata(INITIAL.0, INITIAL.1)
        .metadata(TRAILING.0, &TRAILING.1[..])
        .response();
    let response = succeeds("UnaryCall", call.await)?;
    came_back("UnaryCall", &response.metadata, Some(&response.trailers))?;

    let opening = stub
        .full_duplex_call_call()
        .metadata(INITIAL.0, INITIAL.1)
        .metadata(TRAILING.0, &TRAILING.1[..]);
    let mut call = succeeds("FullDuplexCall", opening.await)?;
    succeeds("send", call.send(request_for(REQUEST_SIZE, RESPONSE_SIZE)).await)?;
    is_of_size(call.receive().await, RESPONSE_SIZE)?;
    succeeds("half-close", call.done_sending().await)?;
    is_over(call.receive().await)?;
    let initial = succeeds("FullDuplexCall", call.metadata().await)?.clone();
    came_back("FullDuplexCall", &initial, call.trailers())
}

fn came_back(call: &str, initial: &Metadata, trailing: Option<&Metadata>) -> Outcome {
    equal(
        &format!("{call}: {}", INITIAL.0),
        initial.get(INITIAL.0),
        Some(INITIAL.1),
    )?;
    let value = trailing.and_then(|trailing| trailing.get_bin(TRAILING.0));
    equal(
        &format!("{call}: {}", TRAILING.0),
        value.as_deref(),
        Some(&TRAILING.1[..]),
    )
}
