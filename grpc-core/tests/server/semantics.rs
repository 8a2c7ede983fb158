//! Rules of gRPC's documents that no other file is about; `src/docs/wire.md` lists them all.

use bytes::Bytes;
use grpc_core::{
    __prost_types::Timestamp,
    Code, Status,
    message::Prost,
    metadata::Metadata,
    server::{One, Server},
};
use http::Request;

use super::support::{Client, Reply, SERVER_STREAM, Tests, UNARY, frame, stream};

async fn echo() -> (Server, Client) {
    Tests::new()
        .unary(|request, _| async move { Ok(request) })
        .start()
        .await
}

/// A server whose handler fails with what `status` makes of the request.
async fn failing(status: impl Fn(&[u8]) -> Status + Clone + Send + Sync + 'static) -> (Server, Client) {
    Tests::new()
        .unary(move |request, _| {
            let status = status(&request);
            async move { Err(status) }
        })
        .start()
        .await
}

#[tokio::test]
async fn no_content_type_is_415() {
    let (_server, client) = echo().await;
    let request = Request::post(format!("http://{}/test.Test/Unary", client.address));
    let mut call = client.request(request.body(()).unwrap()).await.unwrap();
    call.send(b"x", true);
    assert_eq!(call.reply().await.http, 415);
}

#[tokio::test]
async fn no_request_or_two_to_a_server_streaming_method_is_unimplemented() {
    let (_server, client) = Tests::new()
        .server_stream(|_, _| stream(|_| std::task::Poll::Ready(None)))
        .start()
        .await;
    let mut none = client.open(&SERVER_STREAM).await;
    none.half_close();
    assert_eq!(none.reply().await.code(), 12);
    let mut two = client.open(&SERVER_STREAM).await;
    two.send(b"one", false);
    two.send(b"two", true);
    assert_eq!(two.reply().await.code(), 12);
    assert_eq!(client.call(&SERVER_STREAM, b"one").await.code(), 0);
}

#[tokio::test]
async fn every_unit_of_a_timeout_is_understood() {
    let (_server, client) = Tests::new()
        .unary(|_, context| async move {
            let remaining = context.time_remaining().map_or(0, |left| left.as_secs());
            Ok(Bytes::from(remaining.to_string()))
        })
        .start()
        .await;
    for (timeout, seconds) in [
        ("3H", 10_800),
        ("200M", 12_000),
        ("50S", 50),
        ("00000050S", 50),
        ("60000m", 60),
        ("99999999u", 99),
    ] {
        let reply = client
            .call_with(&UNARY, &[("grpc-timeout", timeout)], b"")
            .await
            .ok();
        let left: u64 = std::str::from_utf8(&reply[0]).unwrap().parse().unwrap();
        assert!((seconds - 20..=seconds).contains(&left), "{timeout}: {left}");
    }
    // A tenth of a second at most.
    let reply = client
        .call_with(&UNARY, &[("grpc-timeout", "99999999n")], b"")
        .await;
    assert!(matches!(reply.code(), 0 | 4), "{reply:?}");
    if let Some(left) = reply.messages.first() {
        assert_eq!(left, "0");
    }
}

#[tokio::test]
async fn a_request_that_the_codec_cannot_decode_is_internal() {
    let (_server, client) = Tests::new()
        .add(&UNARY, |mut call| async move {
            let timestamp = call.request::<Timestamp, One, _>(Prost).await?;
            call.once(Ok::<_, Status>(timestamp), Prost).await
        })
        .start()
        .await;
    let reply = client.call(&UNARY, b"\xff\xff\xff").await;
    assert_eq!(reply.code(), 13, "{reply:?}");
    assert!(reply.message().contains("decode"), "{}", reply.message());
    assert_eq!(client.call(&UNARY, b"\x08\x07").await.ok(), [&b"\x08\x07"[..]]);
}

#[tokio::test]
async fn every_code_arrives_in_trailers_and_ok_does_too() {
    let (_server, client) = failing(|request| {
        Status::new(Code::from_number(request[0].into()), "as asked").with_details(vec![1u8, 2])
    })
    .await;
    for number in 1..=16u8 {
        let reply = client.call(&UNARY, &[number]).await;
        assert_eq!((reply.http, reply.code()), (200, number.into()));
        assert_eq!(reply.message(), "as asked");
    }
    let (_server, client) = echo().await;
    let reply = client.call(&UNARY, b"x").await;
    assert!(!reply.trailers_only);
    assert_eq!(reply.trailers["grpc-status"], "0");
    assert!(!reply.headers.contains_key("grpc-status"));
}

#[tokio::test]
async fn a_handler_reads_the_user_agent_and_no_other_reserved_header() {
    let (_server, client) = Tests::new()
        .unary(|_, context| async move {
            let mut seen: Vec<&str> = context.metadata().iter().map(|(key, _)| key).collect();
            seen.sort_unstable();
            assert_eq!(seen, ["user-agent", "x-own"]);
            Ok(Bytes::from(
                context
                    .metadata()
                    .get("user-agent")
                    .unwrap_or_default()
                    .to_owned(),
            ))
        })
        .start()
        .await;
    let headers = [
        ("user-agent", "grpc-test/1"),
        ("grpc-timeout", "50S"),
        ("grpc-encoding", "identity"),
        ("grpc-accept-encoding", "identity"),
        ("grpc-message-type", "t"),
        ("grpc-something-new", "s"),
        ("x-own", "7"),
    ];
    let reply = client.call_with(&UNARY, &headers, b"").await;
    assert_eq!(reply.ok(), ["grpc-test/1"]);
}

#[test]
fn reserved_and_hop_by_hop_headers_cannot_be_set() {
    let mut metadata = Metadata::new();
    for key in [
        "grpc-status",
        "grpc-message",
        "grpc-status-details-bin",
        "grpc-timeout",
        "grpc-encoding",
        "grpc-accept-encoding",
        "grpc-something-new",
        ":path",
        "te",
        "content-type",
        "content-length",
        "user-agent",
        "host",
        "connection",
        "keep-alive",
        "proxy-connection",
        "transfer-encoding",
        "upgrade",
    ] {
        let error = metadata.insert(key, "x").unwrap_err().to_string();
        assert!(error.contains(key), "{error}");
        assert!(metadata.append(key, "x").is_err());
    }
    assert!(metadata.is_empty());
}

#[tokio::test]
async fn binary_metadata_is_read_padded_unpadded_and_joined_and_sent_unpadded() {
    let (_server, client) = Tests::new()
        .unary(|_, context| async move {
            let values: Vec<Bytes> = context.metadata().get_all_bin("x-bin").collect();
            assert_eq!(values, [&[1u8, 2][..], &[1, 2], &[255], b"", &[0; 4]]);
            let texts: Vec<&str> = context.metadata().get_all("x-text").collect();
            assert_eq!(texts, ["a, b", "c"]);
            let mut metadata = Metadata::new();
            metadata.append("x-bin", vec![1u8, 2])?;
            metadata.append("x-bin", vec![255u8])?;
            metadata.append("x-text", "a, b")?;
            context.set_initial_metadata(metadata);
            Ok(Bytes::new())
        })
        .start()
        .await;
    let headers = [
        ("x-bin", "AQI=,AQI, /w"),
        ("x-bin", ""),
        ("x-bin", "AAAAAA=="),
        ("x-text", "a, b"),
        ("x-text", "c"),
    ];
    let reply = client.call_with(&UNARY, &headers, b"").await;
    assert_eq!(reply.code(), 0, "{reply:?}");
    let sent: Vec<_> = reply.headers.get_all("x-bin").iter().collect();
    assert_eq!(sent, ["AQI", "/w"]);
    assert_eq!(reply.headers["x-text"], "a, b");
}

#[tokio::test]
async fn request_headers_over_the_limit_are_431_and_the_connection_lives() {
    let (_server, client) = Tests::new()
        .unary(|request, _| async move { Ok(request) })
        .start_with(|server| {
            server.max_header_list_size(8 * 1024);
        })
        .await;
    let large = "x".repeat(10_000);
    let refused = client.try_open_with(UNARY.path(), &[("x-large", &large)]).await;
    // h2's client knows the limit from the settings, or gets the answer.
    if let Ok(mut call) = refused {
        call.half_close();
        assert_eq!(call.reply().await.http, 431);
    }
    let fits = "x".repeat(7_000);
    let headers = [("x-large", fits.as_str())];
    assert_eq!(client.call_with(&UNARY, &headers, b"x").await.ok(), ["x"]);
}

/// What a block comes to, as HTTP/2 counts it.
fn size(reply: &Reply) -> usize {
    let block = if reply.trailers_only {
        &reply.headers
    } else {
        &reply.trailers
    };
    block
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len() + 32)
        .sum()
}

#[tokio::test]
async fn trailers_are_capped_at_8_kib_without_the_details_first() {
    let (_server, client) = failing(|request| {
        let mut status = Status::not_found("m".repeat(100)).with_details(vec![0; 7000]);
        let values = if request == b"metadata" { 9000 } else { 100 };
        status.metadata_mut().insert("x-why", "v".repeat(values)).unwrap();
        status
    })
    .await;
    let reply = client.call(&UNARY, b"").await;
    assert_eq!((reply.code(), reply.message().len()), (5, 100));
    assert!(!reply.headers.contains_key("grpc-status-details-bin"));
    assert!(reply.headers.contains_key("x-why"));
    let reply = client.call(&UNARY, b"metadata").await;
    assert_eq!((reply.code(), reply.message().len()), (5, 100));
    assert!(!reply.headers.contains_key("x-why") && size(&reply) <= 8192);
}

#[tokio::test]
async fn a_message_over_8_kib_is_cut_at_a_character() {
    let (_server, client) = failing(|_| Status::not_found("\u{1F980}".repeat(5000))).await;
    let reply = client.call(&UNARY, b"").await;
    assert_eq!(reply.code(), 5);
    assert!((8192 - 12..=8192).contains(&size(&reply)), "{}", size(&reply));
    assert_eq!(reply.message().len() % "%F0%9F%A6%80".len(), 0);
}

#[tokio::test]
async fn trailing_metadata_over_8_kib_leaves_the_status_ok() {
    let (_server, client) = Tests::new()
        .unary(|request, context| async move {
            let mut metadata = Metadata::new();
            metadata.insert("x-small", "v")?;
            metadata.insert("x-large", "v".repeat(9000))?;
            context.set_trailing_metadata(metadata);
            Ok(request)
        })
        .start()
        .await;
    let reply = client.call(&UNARY, b"x").await;
    assert_eq!(reply.trailers["x-small"], "v");
    assert!(!reply.trailers.contains_key("x-large"));
    assert_eq!(reply.ok(), ["x"]);
}

#[tokio::test]
async fn an_encoding_as_long_as_headers_may_be_is_not_sent_back_whole() {
    let (_server, client) = echo().await;
    let long = "e".repeat(12_000);
    let reply = client.call_with(&UNARY, &[("grpc-encoding", &long)], b"x").await;
    assert_eq!(reply.code(), 12);
    assert!(size(&reply) <= 8192 && reply.message().contains("eee"));
    assert!(reply.headers.contains_key("grpc-accept-encoding"));
}

#[tokio::test]
async fn a_deadline_that_passes_is_deadline_exceeded() {
    let (_server, client) = Tests::new().unary(|_, _| std::future::pending()).start().await;
    let mut call = client.open_with(UNARY.path(), &[("grpc-timeout", "10m")]).await;
    call.requests.send_data(frame(b"x"), true).unwrap();
    assert_eq!(call.reply().await.code(), 4);
}
