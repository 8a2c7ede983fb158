use grpc::{Channel, Result};

use crate::{
    certificates::Authority,
    service::{Number, Tally, TallyStub, n, pair, start, tally, trusting},
};

async fn greet(channel: &Channel) -> Result<grpc::Metadata> {
    let response = TallyStub::new(channel).double(n(21)).response().await?;
    assert_eq!(response.message, n(42));
    Ok(response.trailers)
}

#[tokio::test]
async fn all_four_kinds_of_call_work_over_tls() -> Result<()> {
    let (server_tls, client_tls) = pair(&Authority::new(), &["localhost"]);
    let (_server, port) = start(&server_tls).await;
    let stub = TallyStub::new(&grpc::secure_channel(format!("localhost:{port}"), client_tls));
    assert_eq!(stub.double(n(21)).await?, n(42));
    assert_eq!(stub.sum((1..=1000).map(n)).await?, n(500_500));
    for replies in [
        stub.count_to(n(1000)).await?,
        stub.totals((0..1000).map(|_| n(1))).await?,
    ] {
        assert_eq!(all(replies).await?, (1..=1000).map(n).collect::<Vec<_>>());
    }
    Ok(())
}

async fn all(mut replies: grpc::Responses<Number>) -> Result<Vec<Number>> {
    let mut all = Vec::new();
    while let Some(reply) = replies.receive().await? {
        all.push(reply);
    }
    Ok(all)
}

#[tokio::test]
async fn the_handler_sees_that_the_connection_is_secure() -> Result<()> {
    let (server_tls, client_tls) = pair(&Authority::new(), &["localhost"]);
    let (_server, port) = start(&server_tls).await;
    let seen = greet(&grpc::secure_channel(format!("localhost:{port}"), client_tls)).await?;
    assert_eq!(seen.get("x-version"), Some("TLSv1.3"));
    assert_eq!(seen.get("x-server-name"), Some("localhost"));
    assert_eq!(seen.get("x-certificates"), Some("0"));
    assert_eq!(
        seen.get("x-authority"),
        Some(format!("localhost:{port}").as_str())
    );
    Ok(())
}

#[tokio::test]
async fn an_ip_address_is_a_name_as_well() -> Result<()> {
    let (server_tls, client_tls) = pair(&Authority::new(), &["127.0.0.1"]);
    let (_server, port) = start(&server_tls).await;
    let seen = greet(&grpc::secure_channel(format!("127.0.0.1:{port}"), client_tls)).await?;
    assert_eq!(
        seen.get("x-server-name"),
        Some("none"),
        "RFC 6066 §3: addresses are not sent"
    );
    Ok(())
}

#[tokio::test]
async fn an_overridden_name_is_verified_and_sent_as_the_authority() -> Result<()> {
    let (server_tls, client_tls) = pair(&Authority::new(), &["foo.test.google.fr"]);
    let (_server, port) = start(&server_tls).await;
    let client_tls = client_tls.server_name("foo.test.google.fr");
    let target = format!("127.0.0.1:{port}");
    let seen = greet(&grpc::secure_channel(&target, client_tls.clone())).await?;
    assert_eq!(seen.get("x-server-name"), Some("foo.test.google.fr"));
    assert_eq!(seen.get("x-authority"), Some("foo.test.google.fr"));
    let channel = Channel::builder(&target)
        .tls(client_tls)
        .authority("other")
        .build();
    let seen = greet(&channel).await?;
    assert_eq!(seen.get("x-server-name"), Some("foo.test.google.fr"));
    assert_eq!(seen.get("x-authority"), Some("other"));
    Ok(())
}

#[tokio::test]
async fn an_authority_is_the_name_that_is_verified() -> Result<()> {
    let (server_tls, client_tls) = pair(&Authority::new(), &["a.example"]);
    let (_server, port) = start(&server_tls).await;
    let channel = Channel::builder(format!("127.0.0.1:{port}"))
        .tls(client_tls)
        .authority("a.example:50051")
        .build();
    let seen = greet(&channel).await?;
    assert_eq!(seen.get("x-server-name"), Some("a.example"));
    assert_eq!(seen.get("x-authority"), Some("a.example:50051"));
    Ok(())
}

#[tokio::test]
async fn a_listener_of_ones_own_is_secured_too() -> Result<()> {
    let (server_tls, client_tls) = pair(&Authority::new(), &["localhost"]);
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let mut server = grpc::server();
    server.add_service(Tally);
    let address = server.add_secure_listener(listener, &server_tls).unwrap();
    server.start().await.unwrap();
    greet(&grpc::secure_channel(
        format!("https://localhost:{}", address.port()),
        client_tls,
    ))
    .await?;
    Ok(())
}

#[cfg(unix)]
#[tokio::test]
async fn a_unix_socket_is_secured_by_the_name_localhost() -> Result<()> {
    let (server_tls, client_tls) = pair(&Authority::new(), &["localhost"]);
    let path = std::env::temp_dir().join(format!("grpc-tls-{}.sock", std::process::id()));
    let address = format!("unix:{}", path.display());
    let mut server = grpc::server();
    server.add_service(Tally);
    server.add_secure_port(&address, &server_tls).unwrap();
    server.start().await.unwrap();
    greet(&grpc::secure_channel(&address, client_tls)).await?;
    Ok(())
}

/// Says where the call goes.
struct Audience;

impl grpc::CallCredentials for Audience {
    fn metadata<'a>(
        &'a self,
        call: grpc::client::CredentialsInfo<'a>,
    ) -> grpc::BoxFuture<'a, Result<grpc::Metadata>> {
        Box::pin(async move {
            assert!(
                call.audience.starts_with("https://localhost:"),
                "{}",
                call.audience
            );
            Ok(grpc::Metadata::new())
        })
    }
}

#[tokio::test]
async fn credentials_that_need_a_secure_connection_go_over_it() -> Result<()> {
    let (server_tls, client_tls) = pair(&Authority::new(), &["localhost"]);
    let (_server, port) = start(&server_tls).await;
    let target = format!("localhost:{port}");
    let stub = TallyStub::new(&grpc::secure_channel(&target, client_tls));
    assert_eq!(stub.double(n(1)).credentials(Audience).await?, n(2));
    let stub = TallyStub::new(&grpc::insecure_channel(&target));
    let error = stub.double(n(1)).credentials(Audience).await.unwrap_err();
    assert_eq!(error.code(), grpc::Code::Unauthenticated);
    Ok(())
}

#[tokio::test]
async fn extra_roots_stand_beside_the_others() -> Result<()> {
    let (one, other) = (Authority::new(), Authority::new());
    let (server_tls, _) = pair(&one, &["localhost"]);
    let (_server, port) = start(&server_tls).await;
    let extra = grpc::tls::Roots::from_pem(one.pem()).unwrap();
    let target = format!("localhost:{port}");
    for client_tls in [
        trusting(&other).extra_roots(extra.clone()),
        // The system's may be none here.
        grpc::ClientTls::new().extra_roots(extra),
    ] {
        greet(&grpc::secure_channel(&target, client_tls)).await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_service_takes_a_call_without_a_stub_over_tls() {
    // The tests' authority is not among the system's roots, so that it gets as far as the certificate.
    let (server_tls, _) = pair(&Authority::new(), &["localhost"]);
    let (_server, port) = start(&server_tls).await;
    let error = tally::tally::double(format!("https://localhost:{port}"), n(1))
        .await
        .unwrap_err();
    assert_eq!(error.code(), grpc::Code::Unavailable);
    assert!(
        error.message().contains("unknown issuer") || error.message().contains("no root certificates"),
        "{error}"
    );
}
