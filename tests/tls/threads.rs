//! A server with threads of its own.

use std::sync::Arc;

use grpc::Result;
use tokio::{io::AsyncReadExt, net::TcpStream};
use tokio_rustls::{
    TlsConnector,
    rustls::{
        ClientConfig, HandshakeKind, RootCertStore,
        crypto::aws_lc_rs,
        pki_types::{CertificateDer, ServerName, pem::PemObject},
    },
};

use crate::{
    certificates::Authority,
    service::{Tally, TallyStub, n, pair},
};

#[tokio::test]
async fn every_thread_speaks_tls_and_knows_the_sessions_of_the_others() -> Result<()> {
    let authority = Authority::new();
    let (server_tls, client_tls) = pair(&authority, &["localhost"]);
    let mut server = grpc::server();
    server.thread_per_core(4).add_service(Tally);
    let port = server.add_secure_port("127.0.0.1:0", &server_tls).unwrap().port();
    server.start().await.unwrap();
    for _ in 0..8 {
        let channel = grpc::secure_channel(format!("localhost:{port}"), client_tls.clone());
        assert_eq!(TallyStub::new(&channel).double(n(21)).await?, n(42));
    }
    let connector = TlsConnector::from(Arc::new(client(&authority)));
    let mut kinds = Vec::new();
    // Whichever threads these come to.
    for _ in 0..20 {
        let stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        let name = ServerName::try_from("localhost").unwrap();
        let mut stream = connector.connect(name, stream).await.unwrap();
        // What the server says first comes after the tickets.
        stream.read_u8().await.unwrap();
        kinds.push(stream.get_ref().1.handshake_kind());
    }
    let resumed = kinds.iter().filter(|kind| **kind == Some(HandshakeKind::Resumed));
    assert_eq!(resumed.count(), 19, "all but the first: {kinds:?}");
    Ok(())
}

fn client(authority: &Authority) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    for root in CertificateDer::pem_slice_iter(authority.pem().as_ref()) {
        roots.add(root.unwrap()).unwrap();
    }
    let mut config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec()];
    config
}
