//! Rules of gRPC's documents for clients that no other file is about; `src/docs/wire.md` lists them all.

mod client_support;

use bytes::Bytes;
use client_support::*;
use grpc_core::{
    __prost_types::Timestamp,
    Code,
    client::{Call, Channel, StreamingCall, insecure_channel},
    message::{Prost, Raw},
};
use http::HeaderMap;

fn unary(channel: &Channel) -> Call<Bytes> {
    Call::unary(channel, &UNARY, Bytes::from_static(b"request"), Raw)
}

#[tokio::test]
async fn no_response_or_two_to_a_client_stream_is_unimplemented() {
    for count in [0, 2] {
        let target = serve(move |mut stream: Stream| async move {
            let mut answer = stream.open();
            for _ in 0..count {
                answer.message(b"reply");
            }
            answer.finish(0);
        })
        .await;
        let channel = insecure_channel(target);
        let call = Call::<Bytes>::client_streaming(&channel, &CLIENT_STREAM, [Bytes::new()], Raw);
        let error = call.await.unwrap_err();
        assert_eq!(error.code(), Code::Unimplemented, "{count}: {error}");
    }
}

#[tokio::test]
async fn an_error_without_a_response_is_that_error() {
    let target = serve(|mut stream: Stream| async move { stream.open().finish(7) }).await;
    let error = unary(&insecure_channel(target)).await.unwrap_err();
    assert_eq!(error.code(), Code::PermissionDenied);
}

#[tokio::test]
async fn a_response_that_the_codec_cannot_decode_is_internal() {
    let target = serve(|mut stream: Stream| async move { stream.answer(b"\xff\xff\xff") }).await;
    let channel = insecure_channel(target);
    let error = Call::<Timestamp>::unary(&channel, &UNARY, Timestamp::default(), Prost)
        .await
        .unwrap_err();
    assert_eq!(error.code(), Code::Internal, "{error}");
    let mut replies =
        StreamingCall::<Timestamp>::server_streaming(&channel, &SERVER_STREAM, Timestamp::default(), Prost)
            .await
            .unwrap();
    let error = replies.receive().await.unwrap_err();
    assert_eq!(error.code(), Code::Internal, "{error}");
}

#[tokio::test]
async fn every_code_is_read_and_those_out_of_range_are_unknown() {
    for (value, code) in (1..=16)
        .map(|number| (number.to_string(), Code::from_number(number)))
        .chain(["17", "-1", "abc", ""].map(|value| (value.to_owned(), Code::Unknown)))
    {
        let sent = value.clone();
        let target = serve(move |mut stream: Stream| {
            let mut end = HeaderMap::new();
            end.insert("grpc-status", sent.parse().unwrap());
            async move { stream.open().0.send_trailers(end).unwrap() }
        })
        .await;
        let error = unary(&insecure_channel(target)).await.unwrap_err();
        assert_eq!(error.code(), code, "{value:?}");
    }
}

#[tokio::test]
async fn a_message_of_a_status_is_percent_decoded_and_never_lost() {
    for (sent, read) in [
        ("no%20such%20caf%C3%A9", "no such caf\u{e9}"),
        ("50% off, %zz, %4", "50% off, %zz, %4"),
        ("%ff", "\u{FFFD}"),
    ] {
        let target = serve(move |mut stream: Stream| async move { stream.fail(5, sent) }).await;
        let error = unary(&insecure_channel(target)).await.unwrap_err();
        assert_eq!((error.code(), error.message()), (Code::NotFound, read));
    }
}

#[tokio::test]
async fn binary_metadata_of_a_response_is_read_padded_unpadded_and_joined() {
    let target = serve(|mut stream: Stream| async move {
        let mut metadata = HeaderMap::new();
        metadata.append("x-bin", "AQI=,AQI, /w".parse().unwrap());
        metadata.append("x-bin", "AAAAAA==".parse().unwrap());
        let mut answer = stream.open_with(metadata);
        answer.message(b"");
        answer.finish(0);
    })
    .await;
    let response = unary(&insecure_channel(target)).response().await.unwrap();
    let values: Vec<Bytes> = response.metadata.get_all_bin("x-bin").collect();
    assert_eq!(values, [&[1u8, 2][..], &[1, 2], &[255], &[0; 4]]);
}

#[tokio::test]
async fn response_headers_over_the_limit_end_the_call_and_the_connection_lives() {
    let target = serve(|mut stream: Stream| async move {
        let requests = stream.body.all().await;
        let mut metadata = HeaderMap::new();
        let size = if requests == ["request"] { 20_000 } else { 10_000 };
        metadata.insert("x-large", "v".repeat(size).parse().unwrap());
        let mut answer = stream.open_with(metadata);
        answer.message(b"");
        // The call may have been reset.
        let _ = answer.0.send_trailers(trailers(0, ""));
    })
    .await;
    let channel = insecure_channel(target);
    let error = unary(&channel).await.unwrap_err();
    assert_eq!(error.code(), Code::Internal, "{error}");
    let fits = Call::<Bytes>::unary(&channel, &UNARY, Bytes::new(), Raw);
    assert_eq!(fits.response().await.unwrap().metadata.len(), 1);
}
