//! What code generated for tonic can be set to do, on our server and channel: interceptors and layers around it,
//! compression, limits, panics, reconnecting.

mod support;

use std::{sync::Arc, time::Duration};

use grpc_servicer_compat_tonic::{
    generated::echo::{
        Ping,
        echo_client::EchoClient,
        echo_server::{EchoServer, SERVICE_NAME},
    },
    native::echo::EchoStub,
};
use tokio_stream::StreamExt;
use tonic::{Code, Request, Status, codec::CompressionEncoding};
use tower::{ServiceBuilder, limit::ConcurrencyLimitLayer, timeout::TimeoutLayer};

use self::support::{
    GeneratedEcho, Running, Watch, generated_on_ours, native_on_ours, on_tonic, ours, ping, until,
};

fn client(server: &Running) -> EchoClient<grpc::Channel> {
    EchoClient::new(grpc::insecure_channel(&server.target))
}

/// Our server with generated code that `make` has wrapped in something.
macro_rules! with_service {
    (|$echo:ident| $make:expr) => {{
        let $echo = GeneratedEcho::default();
        let watch = Arc::clone(&$echo.watch);
        ours(watch, |server| {
            server.add_tower_service(SERVICE_NAME, $make);
        })
        .await
    }};
}

#[tokio::test]
async fn an_interceptor_of_tonic_runs_around_the_generated_server() {
    let server = with_service!(|echo| EchoServer::with_interceptor(echo, |request: Request<()>| {
        match request.metadata().get("authorization") {
            Some(token) if token == "Bearer me" => Ok(request),
            _ => Err(Status::unauthenticated("who are you?")),
        }
    }));
    let status = client(&server).unary(ping("a")).await.unwrap_err();
    assert_eq!(
        (status.code(), status.message()),
        (Code::Unauthenticated, "who are you?")
    );
    let stub = EchoStub::new(&grpc::insecure_channel(&server.target));
    let ping = grpc_servicer_compat_tonic::native::echo::Ping::default();
    stub.unary(ping)
        .metadata("authorization", "Bearer me")
        .await
        .unwrap();
}

#[tokio::test]
async fn an_interceptor_of_tonic_runs_in_the_generated_client() {
    let server = generated_on_ours().await;
    let channel = grpc::insecure_channel(&server.target);
    let mut client = EchoClient::with_interceptor(channel, |mut request: Request<()>| {
        request.metadata_mut().insert("x-tenant", "9".parse().unwrap());
        Ok(request)
    });
    let answer = client.unary(ping("describe")).await.unwrap().into_inner();
    assert!(answer.text.starts_with("9 "), "{}", answer.text);
}

#[tokio::test]
async fn layers_of_tower_run_around_the_generated_server() {
    let server = with_service!(|echo| {
        ServiceBuilder::new()
            .layer(ConcurrencyLimitLayer::new(1))
            .layer(TimeoutLayer::new(Duration::from_millis(500)))
            .service(EchoServer::new(echo))
    });
    // The second is not called before the first is over: its service is not ready.
    let slow = |mut client: EchoClient<grpc::Channel>| async move { client.unary(ping("slow")).await };
    let began = std::time::Instant::now();
    let (first, second) = tokio::join!(slow(client(&server)), slow(client(&server)));
    first.unwrap();
    second.unwrap();
    assert!(began.elapsed() >= Duration::from_millis(400));
    // And the error of a layer is the call's.
    let status = client(&server).unary(ping("hang")).await.unwrap_err();
    assert_eq!(
        (status.code(), status.message()),
        (Code::Unknown, "request timed out")
    );
    until("the handler is gone", || server.watch.running() == 0).await;
}

#[tokio::test]
async fn layers_of_tower_run_around_our_channel() {
    let server = generated_on_ours().await;
    let channel = ServiceBuilder::new()
        .layer(ConcurrencyLimitLayer::new(2))
        .layer(TimeoutLayer::new(Duration::from_millis(100)))
        .service(grpc::insecure_channel(&server.target));
    let mut client = EchoClient::new(channel);
    client.unary(ping("a")).await.unwrap();
    assert!(client.unary(ping("hang")).await.is_err());
    until("the handler is gone", || server.watch.running() == 0).await;
}

#[tokio::test]
async fn messages_are_compressed_as_tonic_negotiates_it() {
    let large = || Ping {
        text: "describe".to_owned(),
        payload: vec![7; 100_000],
        ..Ping::default()
    };
    let compressing = with_service!(|echo| {
        EchoServer::new(echo)
            .accept_compressed(CompressionEncoding::Gzip)
            .send_compressed(CompressionEncoding::Gzip)
    });
    let mut client = client(&compressing)
        .send_compressed(CompressionEncoding::Gzip)
        .accept_compressed(CompressionEncoding::Gzip);
    let response = client.unary(large()).await.unwrap();
    assert_eq!(response.metadata().get("grpc-encoding").unwrap(), "gzip");
    assert!(response.into_inner().payload == large().payload);

    // tonic's transport, to the same server.
    let endpoint = tonic::transport::Endpoint::new(compressing.uri()).unwrap();
    let mut client = EchoClient::new(endpoint.connect_lazy())
        .send_compressed(CompressionEncoding::Gzip)
        .accept_compressed(CompressionEncoding::Gzip);
    let response = client.unary(large()).await.unwrap();
    assert_eq!(response.metadata().get("grpc-encoding").unwrap(), "gzip");
    assert!(response.into_inner().payload == large().payload);

    // A server that cannot read it says so, tonic's code and ours alike.
    for server in [
        generated_on_ours().await,
        native_on_ours().await,
        on_tonic().await,
    ] {
        let mut client = self::client(&server).send_compressed(CompressionEncoding::Gzip);
        let status = client.unary(large()).await.unwrap_err();
        assert_eq!(status.code(), Code::Unimplemented, "{}", status.message());
    }
}

#[tokio::test]
async fn the_limits_on_messages_are_those_of_generated_code() {
    let server = with_service!(|echo| EchoServer::new(echo).max_decoding_message_size(1000));
    let large = |len| Ping {
        payload: vec![7; len],
        ..Ping::default()
    };
    client(&server).unary(large(900)).await.unwrap();
    let status = client(&server).unary(large(2000)).await.unwrap_err();
    assert_eq!(status.code(), Code::OutOfRange, "{}", status.message());
    // A request that the client's own code refuses to encode is that code's error.
    let mut client = client(&server).max_encoding_message_size(100);
    let status = client.unary(large(200)).await.unwrap_err();
    assert_eq!(status.code(), Code::OutOfRange, "{}", status.message());
    // Larger than what a server of ours reads, where the service allows it.
    let server = with_service!(|echo| EchoServer::new(echo).max_decoding_message_size(usize::MAX));
    let mut client = self::client(&server).max_decoding_message_size(usize::MAX);
    let answer = client.unary(large(6 << 20)).await.unwrap().into_inner();
    assert_eq!(answer.payload.len(), 6 << 20);
}

#[tokio::test]
async fn a_panic_is_internal_for_its_call_alone() {
    let server = generated_on_ours().await;
    let mut client = client(&server);
    let hangs = {
        let mut client = client.clone();
        tokio::spawn(async move { client.unary(ping("slow")).await })
    };
    until("the other call runs", || server.watch.running() == 1).await;
    let status = client.unary(ping("panic")).await.unwrap_err();
    assert_eq!(status.code(), Code::Internal, "{}", status.message());
    let list = Ping {
        count: 3,
        ..ping("then panic")
    };
    // In its stream; what generated code has gathered until then is lost with it.
    let status = match client.list(list).await {
        Ok(pongs) => pongs.into_inner().message().await.unwrap_err(),
        Err(status) => status,
    };
    assert_eq!(status.code(), Code::Internal, "{}", status.message());
    hangs.await.unwrap().unwrap();
}

/// What the guide's table of differences says of tonic's own transport.
#[tokio::test]
async fn a_panic_on_tonic_s_own_server_resets_the_stream() {
    let server = on_tonic().await;
    let stub = EchoStub::new(&grpc::insecure_channel(&server.target));
    let ping = grpc_servicer_compat_tonic::native::echo::Ping {
        text: "panic".to_owned(),
        ..Default::default()
    };
    let status = stub.unary(ping).await.unwrap_err();
    assert!(status.message().contains("the stream was reset"), "{status}");
}

#[tokio::test]
async fn a_generated_client_finds_its_server_again() {
    let server = generated_on_ours().await;
    let target = server.target.clone();
    let mut client = client(&server);
    client.unary(ping("a")).await.unwrap();
    server.kill().await;
    let status = client.unary(ping("a")).await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable, "{}", status.message());

    let mut server = grpc::server();
    server.add_insecure_port(&target).unwrap();
    server.add_tower_service(SERVICE_NAME, EchoServer::new(GeneratedEcho::default()));
    server.start().await.unwrap();
    let again = async {
        while client.unary(ping("a")).await.is_err() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), again)
        .await
        .unwrap();
}

#[tokio::test]
async fn requests_flow_while_the_response_is_not_read() {
    // As on tonic's channel: a client may send all it has, and only then look at the answers.
    let server = generated_on_ours().await;
    let (sender, receiver) = tokio::sync::mpsc::channel(1);
    let requests = tokio_stream::wrappers::ReceiverStream::new(receiver);
    let mut pongs = {
        sender.send(ping("first")).await.unwrap();
        client(&server).chat(requests).await.unwrap().into_inner()
    };
    let sending = async {
        for n in 0..100 {
            sender.send(ping(n.to_string())).await.unwrap();
        }
    };
    tokio::time::timeout(Duration::from_secs(10), sending)
        .await
        .expect("nobody has to read for that");
    drop(sender);
    let mut count = 0;
    while pongs.next().await.transpose().unwrap().is_some() {
        count += 1;
    }
    assert_eq!(count, 101);
}

#[tokio::test]
async fn our_interceptors_and_tonic_s_service_share_what_they_know() {
    #[derive(Clone)]
    struct User(&'static str);
    struct Login;
    impl grpc::ServerInterceptor for Login {
        fn intercept<'a>(
            &'a self,
            context: grpc::Context,
            next: grpc::server::Next<'a>,
        ) -> grpc::BoxFuture<'a, grpc::Result<()>> {
            context.extensions().insert(User("ada"));
            next.run()
        }
    }
    let echo = GeneratedEcho::default();
    let service = EchoServer::with_interceptor(echo, |request: Request<()>| {
        let user = request.extensions().get::<User>().map(|user| user.0);
        let peer = request.extensions().get::<grpc::Peer>().is_some();
        Err(Status::unknown(format!(
            "{user:?} {peer} {:?}",
            request.remote_addr()
        )))
    });
    let server = ours(Arc::new(Watch::default()), |server| {
        server.add_interceptor(Login);
        server.add_tower_service(SERVICE_NAME, service);
    })
    .await;
    let status = client(&server).unary(ping("a")).await.unwrap_err();
    // Only tonic's own transport can fill in `remote_addr`, whose type is tonic's.
    assert_eq!(status.message(), "Some(\"ada\") true None");
}

/// `remote_addr` for those who need it: one layer, since its type belongs to tonic.
#[tokio::test]
async fn a_layer_tells_tonic_s_code_the_remote_address() {
    use tonic::transport::server::TcpConnectInfo;

    let echo = GeneratedEcho::default();
    let service = EchoServer::with_interceptor(echo, |request: Request<()>| {
        Err(Status::unknown(format!(
            "{:?}",
            request.remote_addr().map(|address| address.ip())
        )))
    });
    let service = ServiceBuilder::new()
        .map_request(|mut request: http::Request<_>| {
            let peer = request.extensions().get::<grpc::Peer>().cloned();
            let remote_addr = peer.and_then(|peer| peer.address.socket_addr());
            request.extensions_mut().insert(TcpConnectInfo {
                local_addr: None,
                remote_addr,
            });
            request
        })
        .service(service);
    let server = ours(Arc::new(Watch::default()), |server| {
        server.add_tower_service(SERVICE_NAME, service);
    })
    .await;
    let status = client(&server).unary(ping("a")).await.unwrap_err();
    assert_eq!(status.message(), "Some(127.0.0.1)");
}
