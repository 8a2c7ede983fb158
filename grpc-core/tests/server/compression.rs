//! Compression as a server does it (gRPC compression.md), byte by byte.

use std::io::{Read, Write};

use bytes::{BufMut, Bytes, BytesMut};
use flate2::{
    read::{GzDecoder, ZlibDecoder},
    write::{GzEncoder, ZlibEncoder},
};
use grpc_core::{
    message::Compression,
    server::{Next, Server},
};
use h2::RecvStream;
use http::HeaderMap;

use super::support::{BIDI, CLIENT_STREAM, Client, Open, SERVER_STREAM, Tests, UNARY, number};

const ALL: [&str; 3] = ["gzip", "deflate", "zstd"];

fn compress(encoding: &str, message: &[u8]) -> Vec<u8> {
    match encoding {
        "gzip" => {
            let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::best());
            encoder.write_all(message).unwrap();
            encoder.finish().unwrap()
        }
        "deflate" => {
            let mut encoder = ZlibEncoder::new(Vec::new(), flate2::Compression::best());
            encoder.write_all(message).unwrap();
            encoder.finish().unwrap()
        }
        "zstd" => zstd::encode_all(message, 5).unwrap(),
        _ => message.to_vec(),
    }
}

fn decompress(encoding: &str, compressed: &[u8]) -> Vec<u8> {
    let mut message = Vec::new();
    match encoding {
        "gzip" => GzDecoder::new(compressed).read_to_end(&mut message).unwrap(),
        "deflate" => ZlibDecoder::new(compressed).read_to_end(&mut message).unwrap(),
        "zstd" => return zstd::decode_all(compressed).unwrap(),
        _ => panic!("{encoding} is not compressed"),
    };
    message
}

fn frame(flag: u8, message: &[u8]) -> Bytes {
    let mut frame = BytesMut::new();
    frame.put_u8(flag);
    frame.put_u32(u32::try_from(message.len()).unwrap());
    frame.put_slice(message);
    frame.freeze()
}

/// What a call was answered with, each message as it was on the wire.
#[derive(Debug)]
struct Raw {
    headers: HeaderMap,
    messages: Vec<(u8, Bytes)>,
    trailers: HeaderMap,
}

impl Raw {
    async fn read(call: Open) -> Self {
        let (head, mut body) = call.response.await.unwrap().into_parts();
        let mut data = read_all(&mut body).await;
        let mut messages = Vec::new();
        while !data.is_empty() {
            let len = u32::from_be_bytes(data[1..5].try_into().unwrap()) as usize;
            let frame = data.split_to(5 + len).freeze();
            messages.push((frame[0], frame.slice(5..)));
        }
        let trailers = body.trailers().await.unwrap();
        Self {
            trailers: trailers.unwrap_or_else(|| head.headers.clone()),
            headers: head.headers,
            messages,
        }
    }

    fn code(&self) -> i32 {
        number(&self.trailers)
    }

    fn text(&self) -> &str {
        let message = self.trailers.get("grpc-message");
        message.map_or("", |message| message.to_str().unwrap())
    }

    fn flags(&self) -> Vec<u8> {
        self.messages.iter().map(|(flag, _)| *flag).collect()
    }

    fn encoding(&self) -> Option<&str> {
        let encoding = self.headers.get("grpc-encoding")?;
        Some(encoding.to_str().unwrap())
    }
}

async fn read_all(body: &mut RecvStream) -> BytesMut {
    let mut data = BytesMut::new();
    while let Some(chunk) = body.data().await {
        let chunk = chunk.unwrap();
        body.flow_control().release_capacity(chunk.len()).unwrap();
        data.extend_from_slice(&chunk);
    }
    data
}

fn echo() -> Tests {
    Tests::new()
        .unary(|request, _| async move { Ok(request) })
        .client_stream(|mut requests, _| async move {
            let mut sum = 0;
            while let Some(request) = requests.receive().await? {
                sum += request.len();
            }
            Ok(Bytes::from(sum.to_string()))
        })
        .explicit(|mut call| async move {
            while let Some(request) = call.receive().await? {
                if request.starts_with(b"secret") {
                    call.disable_compression_next();
                }
                call.send(request).await?;
            }
            Ok(())
        })
}

async fn start(configure: impl FnOnce(&mut Server)) -> (Server, Client) {
    echo().start_with(configure).await
}

/// A unary call with this frame as its request.
async fn call(client: &Client, headers: &[(&str, &str)], frame: Bytes) -> Raw {
    let mut call = client.open_with(UNARY.path(), headers).await;
    call.requests.send_data(frame, true).unwrap();
    Raw::read(call).await
}

#[tokio::test]
async fn a_compressed_request_is_read_and_answered_uncompressed_by_default() {
    let (_server, client) = start(|_| {}).await;
    let message = vec![b'm'; 5000];
    for encoding in ALL {
        let headers = [
            ("grpc-encoding", encoding),
            ("grpc-accept-encoding", "gzip,deflate,zstd"),
        ];
        let reply = call(&client, &headers, frame(1, &compress(encoding, &message))).await;
        assert_eq!(reply.code(), 0, "{encoding}: {reply:?}");
        assert_eq!(reply.messages, [(0, Bytes::from(message.clone()))]);
        // compression.md §Test cases, 1: not compressed where nothing says so.
        assert_eq!(reply.encoding(), None);
        assert_eq!(
            reply.headers["grpc-accept-encoding"],
            "gzip,deflate,zstd,identity"
        );
    }
}

#[tokio::test]
async fn a_client_that_names_an_encoding_is_told_which_are_accepted() {
    let (_server, client) = start(|_| {}).await;
    for headers in [&[][..], &[("grpc-accept-encoding", "gzip")]] {
        let reply = call(&client, headers, frame(0, b"m")).await;
        assert!(!reply.headers.contains_key("grpc-accept-encoding"), "{reply:?}");
    }
    let reply = call(&client, &[("grpc-encoding", "identity")], frame(0, b"m")).await;
    let accepted = &reply.headers["grpc-accept-encoding"];
    assert_eq!(accepted, "gzip,deflate,zstd,identity");
}

#[tokio::test]
async fn compressed_and_plain_requests_may_alternate() {
    let (_server, client) = start(|_| {}).await;
    for encoding in ALL {
        let mut call = client
            .open_with(CLIENT_STREAM.path(), &[("grpc-encoding", encoding)])
            .await;
        let mut data = BytesMut::new();
        for len in [3, 4000] {
            data.extend_from_slice(&frame(0, &vec![1; len]));
            data.extend_from_slice(&frame(1, &compress(encoding, &vec![2; len])));
        }
        // However it is cut.
        for chunk in data.chunks(7) {
            call.requests
                .send_data(Bytes::copy_from_slice(chunk), false)
                .unwrap();
        }
        call.half_close();
        let reply = Raw::read(call).await;
        assert_eq!(
            reply.messages,
            [(0, Bytes::from("8006"))],
            "{encoding}: {reply:?}"
        );
    }
}

#[tokio::test]
async fn responses_are_compressed_as_the_server_is_set_for_clients_that_accept_it() {
    for (set, encoding) in [
        (Compression::Gzip, "gzip"),
        (Compression::Deflate, "deflate"),
        (Compression::Zstd, "zstd"),
    ] {
        let (_server, client) = start(|server| {
            server.compression(set);
        })
        .await;
        let message = vec![b'm'; 5000];
        for (accepted, compressed) in [
            (Some("identity, gzip,deflate ,zstd"), true),
            (Some(encoding), true),
            (Some("identity,br"), false),
            (None, false),
        ] {
            let headers: Vec<_> = accepted
                .map(|value| ("grpc-accept-encoding", value))
                .into_iter()
                .collect();
            let reply = call(&client, &headers, frame(0, &message)).await;
            assert_eq!(reply.code(), 0);
            assert_eq!(reply.encoding(), compressed.then_some(encoding), "{accepted:?}");
            let (flag, bytes) = &reply.messages[0];
            assert_eq!(*flag, u8::from(compressed));
            if compressed {
                assert!(bytes.len() < 100 && decompress(encoding, bytes) == message);
            } else {
                assert!(*bytes == message);
            }
        }
    }
}

#[tokio::test]
async fn the_encoding_is_named_only_if_a_message_uses_it() {
    let (_server, client) = start(|server| {
        server.compression(Compression::Gzip).compression_threshold(100);
    })
    .await;
    let headers = [("grpc-accept-encoding", "gzip")];
    let random: Vec<u8> = (0..200u32)
        .map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8)
        .collect();
    for (message, encoding) in [
        (vec![0; 99], None),
        (vec![0; 100], Some("gzip")),
        // It would be larger.
        (random, None),
        (vec![], None),
    ] {
        let reply = call(&client, &headers, frame(0, &message)).await;
        assert_eq!(reply.encoding(), encoding, "{} bytes", message.len());
        assert_eq!(reply.flags(), [u8::from(encoding.is_some())]);
    }
    let failed = client.call_with(&SERVER_STREAM, &headers, b"").await;
    assert!(!failed.headers.contains_key("grpc-encoding"));
}

#[tokio::test]
async fn a_single_response_is_left_out_of_the_compression() {
    let (_server, client) = start(|server| {
        server.compression(Compression::Gzip).compression_threshold(0);
    })
    .await;
    let mut open = client
        .open_with(BIDI.path(), &[("grpc-accept-encoding", "gzip")])
        .await;
    let secret = [b"secret ".as_slice(), &[b's'; 1000]].concat();
    for message in [vec![b'p'; 1000], secret.clone(), vec![b'p'; 1000]] {
        open.requests.send_data(frame(0, &message), false).unwrap();
    }
    open.half_close();
    let reply = Raw::read(open).await;
    assert_eq!(reply.encoding(), Some("gzip"));
    assert_eq!(reply.flags(), [1, 0, 1]);
    assert!(reply.messages[1].1 == secret);
}

#[tokio::test]
async fn a_handler_chooses_the_compression_of_its_call() {
    let (_server, client) = Tests::new()
        .unary(|request, context| async move {
            // Also once the headers were made metadata of.
            assert!(context.metadata().get("grpc-accept-encoding").is_none());
            context.set_compression(match &request[..1] {
                b"g" => Compression::Gzip,
                b"z" => Compression::Zstd,
                _ => Compression::Identity,
            });
            Ok(request)
        })
        .explicit(|mut call| async move {
            call.context().send_initial_metadata(Default::default())?;
            call.receive().await?;
            // Too late.
            call.context().set_compression(Compression::Gzip);
            call.send(Bytes::from(vec![0; 5000])).await
        })
        .start_with(|server| {
            server.compression_for("/test.Test/Unary", Compression::Deflate);
        })
        .await;
    let headers = [("grpc-accept-encoding", "gzip,deflate")];
    for (first, encoding) in [(b'g', Some("gzip")), (b'z', None), (b'i', None)] {
        let reply = call(&client, &headers, frame(0, &[first; 5000])).await;
        assert_eq!(reply.encoding(), encoding, "{}", char::from(first));
    }
    let (mut requests, headers, mut responses) = client.open_with(BIDI.path(), &headers).await.head().await;
    assert!(!headers.contains_key("grpc-encoding"));
    requests.send_data(frame(0, b""), true).unwrap();
    let data = read_all(&mut responses.body).await;
    assert!(data == frame(0, &[0; 5000]));
}

#[tokio::test]
async fn one_methods_responses_may_be_compressed_and_anothers_not() {
    let (_server, client) = start(|server| {
        server
            .compression_for("/test.Test", Compression::Gzip)
            .compression_for("/test.Test/Unary", Compression::Identity);
    })
    .await;
    let headers = [("grpc-accept-encoding", "gzip")];
    let reply = call(&client, &headers, frame(0, &[0; 5000])).await;
    assert_eq!((reply.encoding(), reply.flags()), (None, vec![0]));
    let mut open = client.open_with(BIDI.path(), &headers).await;
    open.send(&[0; 5000], true);
    let reply = Raw::read(open).await;
    assert_eq!((reply.encoding(), reply.flags()), (Some("gzip"), vec![1]));
}

#[tokio::test]
async fn compression_for_a_method_that_is_not_there_is_an_error_at_the_start() {
    for path in ["/test.Test/Uniary", "test.Test", "/test", ""] {
        let mut server = grpc_core::server::server();
        server.add_insecure_port("127.0.0.1:0").unwrap();
        server.add_service(echo());
        server.compression_for(path, Compression::Gzip);
        let error = server.start().await.unwrap_err().to_string();
        assert!(error.contains(&format!("{path:?}")), "{error}");
    }
}

#[tokio::test]
async fn an_encoding_that_is_not_accepted_is_unimplemented_and_the_list_says_so() {
    let (_server, client) = start(|server| {
        server.accept_compression([Compression::Gzip]);
    })
    .await;
    for encoding in ["deflate", "zstd", "snappy", "GZIP", ""] {
        let reply = call(
            &client,
            &[("grpc-encoding", encoding)],
            frame(1, &compress(encoding, b"m")),
        )
        .await;
        assert_eq!(reply.code(), 12, "{encoding:?}");
        assert!(
            reply.text().contains(&format!("{encoding:?}")) && reply.text().contains("gzip,identity"),
            "{}",
            reply.text()
        );
        assert_eq!(reply.headers["grpc-accept-encoding"], "gzip,identity");
    }
    let reply = call(
        &client,
        &[("grpc-encoding", "gzip")],
        frame(1, &compress("gzip", b"m")),
    )
    .await;
    assert_eq!(reply.messages, [(0, Bytes::from("m"))]);
}

#[tokio::test]
async fn a_compressed_flag_without_an_encoding_or_with_identity_is_internal() {
    let (_server, client) = start(|_| {}).await;
    for headers in [&[][..], &[("grpc-encoding", "identity")]] {
        let reply = call(&client, headers, frame(1, b"m")).await;
        assert_eq!(reply.code(), 13, "{headers:?}");
        assert!(reply.text().contains("grpc-encoding"), "{}", reply.text());
    }
}

#[tokio::test]
async fn a_reserved_compressed_flag_is_internal() {
    let (_server, client) = start(|_| {}).await;
    for flag in [2, 3, 128, 255] {
        let headers = [("grpc-encoding", "gzip")];
        let reply = call(&client, &headers, frame(flag, &compress("gzip", b"m"))).await;
        assert_eq!(reply.code(), 13);
        assert!(reply.text().contains(&flag.to_string()), "{}", reply.text());
    }
}

#[tokio::test]
async fn a_decompression_bomb_stops_at_the_receive_limit() {
    let (_server, client) = start(|server| {
        server.max_receive_message_size(100_000);
    })
    .await;
    for encoding in ALL {
        let headers = [("grpc-encoding", encoding)];
        let bomb = compress(encoding, &vec![0; 20_000_000]);
        assert!(bomb.len() < 100_000, "it passes the limit as it is");
        let reply = call(&client, &headers, frame(1, &bomb)).await;
        assert_eq!(reply.code(), 8, "{encoding}");
        assert!(reply.text().contains(encoding), "{}", reply.text());
        let fits = compress(encoding, &vec![0; 100_000]);
        assert_eq!(call(&client, &headers, frame(1, &fits)).await.code(), 0);
    }
}

#[tokio::test]
async fn what_cannot_be_decompressed_is_internal_and_names_its_encoding() {
    let (_server, client) = start(|_| {}).await;
    for encoding in ALL {
        let whole = compress(encoding, &[b'm'; 1000]);
        let behind = [&whole[..], b"x"].concat();
        for (what, bytes) in [
            ("cut off", &whole[..whole.len() - 1]),
            ("garbage", b"not compressed at all"),
            ("something behind", &behind),
        ] {
            let reply = call(&client, &[("grpc-encoding", encoding)], frame(1, bytes)).await;
            assert_eq!(reply.code(), 13, "{encoding}, {what}");
            assert!(reply.text().contains(encoding), "{}", reply.text());
        }
    }
}

#[tokio::test]
async fn an_empty_compressed_message_is_empty() {
    let (_server, client) = start(|_| {}).await;
    for encoding in ALL {
        for bytes in [vec![], compress(encoding, b"")] {
            let reply = call(&client, &[("grpc-encoding", encoding)], frame(1, &bytes)).await;
            assert_eq!(reply.messages, [(0, Bytes::new())], "{encoding}: {reply:?}");
        }
    }
}

#[tokio::test]
async fn interceptors_see_messages_uncompressed() {
    struct Appends;
    impl grpc_core::server::ServerInterceptor for Appends {
        fn intercept<'a>(
            &'a self,
            _: grpc_core::server::Context,
            next: Next<'a>,
        ) -> grpc_core::BoxFuture<'a, grpc_core::Result<()>> {
            let append =
                |with: u8| move |message: Bytes| Ok([&message[..], &vec![with; 1000]].concat().into());
            next.map_requests(append(b'q')).map_responses(append(b's')).run()
        }
    }
    let (_server, client) = start(|server| {
        server.compression(Compression::Gzip).add_interceptor(Appends);
    })
    .await;
    let headers = [("grpc-encoding", "gzip"), ("grpc-accept-encoding", "gzip")];
    let reply = call(&client, &headers, frame(1, &compress("gzip", b"m"))).await;
    assert_eq!(reply.flags(), [1]);
    let expected = [b"m", &[b'q'; 1000][..], &[b's'; 1000]].concat();
    assert!(decompress("gzip", &reply.messages[0].1) == expected);
}
