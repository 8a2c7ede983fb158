use grpc::Code;

use super::{
    Outcome, Setup,
    expect::{equal, fails, succeeds},
};
use crate::testing::{
    EchoStatus, Empty, SimpleRequest, StreamingOutputCallRequest, UnimplementedServiceStub,
};

pub(super) async fn status_code_and_message(setup: &Setup) -> Outcome {
    const MESSAGE: &str = "test status message";
    let stub = setup.stub();
    let unary = stub.unary_call(unknown(MESSAGE)).await;
    let status = fails("UnaryCall", unary, Code::Unknown)?;
    equal("UnaryCall: the message", status.message(), MESSAGE)?;

    let mut call = succeeds("FullDuplexCall", stub.full_duplex_call_call().await)?;
    let request = StreamingOutputCallRequest {
        response_status: unknown(MESSAGE).response_status,
        ..StreamingOutputCallRequest::default()
    };
    succeeds("send", call.send(request).await)?;
    succeeds("half-close", call.done_sending().await)?;
    let status = fails("FullDuplexCall", call.receive().await, Code::Unknown)?;
    equal("FullDuplexCall: the message", status.message(), MESSAGE)
}

/// White space at the ends, line breaks, and characters inside and outside of Unicode's first plane.
pub(super) async fn special_status_message(setup: &Setup) -> Outcome {
    const MESSAGE: &str = "\t\ntest with whitespace\r\nand Unicode BMP \u{263a} and non-BMP \u{1f608}\t\n";
    let call = setup.stub().unary_call(unknown(MESSAGE)).await;
    let status = fails("the call", call, Code::Unknown)?;
    equal("the message", status.message(), MESSAGE)
}

pub(super) async fn unimplemented_method(setup: &Setup) -> Outcome {
    let call = setup.stub().unimplemented_call(Empty {}).await;
    fails("the call", call, Code::Unimplemented).map(|_| ())
}

pub(super) async fn unimplemented_service(setup: &Setup) -> Outcome {
    let stub = UnimplementedServiceStub::new(&setup.channel());
    let call = stub.unimplemented_call(Empty {}).await;
    fails("the call", call, Code::Unimplemented).map(|_| ())
}

fn unknown(message: &str) -> SimpleRequest {
    SimpleRequest {
        response_status: Some(EchoStatus {
            code: Code::Unknown.number(),
            message: message.to_owned(),
        }),
        ..SimpleRequest::default()
    }
}
