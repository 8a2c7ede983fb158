//! Clients that show certificates, or should.

use grpc::{ClientTls, Code, Metadata, Result, ServerTls, tls::Roots};

use crate::{
    certificates::Authority,
    service::{TallyStub, n, pair, start, trusting},
};

/// What the handler knew of the client.
async fn seen(server: &ServerTls, client: ClientTls) -> Result<Metadata> {
    let (_server, port) = start(server).await;
    let stub = TallyStub::new(&grpc::secure_channel(format!("localhost:{port}"), client));
    Ok(stub.double(n(1)).response().await?.trailers)
}

struct Sides {
    ours: Authority,
    server: ServerTls,
    client: ClientTls,
}

impl Sides {
    fn new() -> Self {
        let ours = Authority::new();
        let (server, client) = pair(&ours, &["localhost"]);
        Self { ours, server, client }
    }

    fn roots(&self) -> Roots {
        Roots::from_pem(self.ours.pem()).unwrap()
    }
}

#[tokio::test]
async fn the_handler_sees_whom_the_clients_certificate_is_for() -> Result<()> {
    let sides = Sides::new();
    let server = sides.server.clone().require_client_certificates(sides.roots());
    let alice = sides
        .ours
        .certify_client("alice.example", "spiffe://example/alice");
    let seen = seen(&server, sides.client.clone().identity(alice.identity())).await?;
    assert_eq!(seen.get("x-certificates"), Some("1"));
    assert_eq!(seen.get("x-names"), Some("alice.example"));
    assert_eq!(seen.get("x-uris"), Some("spiffe://example/alice"));
    Ok(())
}

#[tokio::test]
async fn a_client_without_the_certificate_that_is_required_is_told_so() {
    let sides = Sides::new();
    let server = sides.server.clone().require_client_certificates(sides.roots());
    let error = seen(&server, sides.client.clone()).await.unwrap_err();
    assert_eq!(error.code(), Code::Unavailable);
    assert!(
        error.message().contains("the server wants a certificate"),
        "{error}"
    );
}

#[tokio::test]
async fn a_client_whose_issuer_is_unknown_is_told_so() {
    let sides = Sides::new();
    let mallory = Authority::new()
        .certify_client("alice.example", "spiffe://example/alice")
        .identity();
    let roots = sides.roots();
    for server in [
        sides.server.clone().require_client_certificates(roots.clone()),
        sides.server.clone().accept_client_certificates(roots),
    ] {
        let error = seen(&server, sides.client.clone().identity(mallory.clone()))
            .await
            .unwrap_err();
        assert_eq!(error.code(), Code::Unavailable);
        assert!(
            error
                .message()
                .contains("does not know the issuer of the client's certificate"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_certificate_that_is_optional_may_be_missing() -> Result<()> {
    let sides = Sides::new();
    let server = sides.server.clone().accept_client_certificates(sides.roots());
    let seen_without = seen(&server, sides.client.clone()).await?;
    assert_eq!(seen_without.get("x-certificates"), Some("0"));
    let bob = sides.ours.certify_client("bob.example", "spiffe://example/bob");
    let seen_with = seen(&server, trusting(&sides.ours).identity(bob.identity())).await?;
    assert_eq!(seen_with.get("x-names"), Some("bob.example"));
    Ok(())
}
