//! Peers that do not finish, or do not do what HTTP/2 over TLS takes.

use std::{
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use grpc::Result;
use tokio::{io::AsyncReadExt, net::TcpStream};

use crate::{
    certificates::Authority,
    service::{Tally, TallyStub, n, pair, start},
};

#[tokio::test]
async fn silent_clients_do_not_hold_up_the_others() -> Result<()> {
    let (server_tls, client_tls) = pair(&Authority::new(), &["localhost"]);
    let (_server, port) = start(&server_tls).await;
    let mut silent = Vec::new();
    for _ in 0..100 {
        silent.push(TcpStream::connect(("127.0.0.1", port)).await.unwrap());
    }
    let began = Instant::now();
    for _ in 0..5 {
        let channel = grpc::secure_channel(format!("localhost:{port}"), client_tls.clone());
        TallyStub::new(&channel).double(n(1)).await?;
    }
    // Far less than the time that a handshake may take; a lot on a busy machine.
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    drop(silent);
    Ok(())
}

#[tokio::test]
async fn a_handshake_that_takes_too_long_is_given_up() {
    let (server_tls, _) = pair(&Authority::new(), &["localhost"]);
    let mut server = grpc::server();
    server
        .add_service(Tally)
        .handshake_timeout(Duration::from_millis(200));
    let address = server.add_secure_port("127.0.0.1:0", &server_tls).unwrap();
    server.start().await.unwrap();
    let mut silent = TcpStream::connect(("127.0.0.1", address.port())).await.unwrap();
    let closed = tokio::time::timeout(Duration::from_secs(10), silent.read(&mut [0; 16])).await;
    assert_eq!(closed.expect("it is closed").unwrap_or(0), 0);
}

#[tokio::test]
async fn a_stop_does_not_wait_for_handshakes() {
    let (server_tls, _) = pair(&Authority::new(), &["localhost"]);
    let (server, port) = start(&server_tls).await;
    let _silent = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let handle = server.handle();
    let stopping = handle.stop(Duration::from_secs(60));
    tokio::time::timeout(Duration::from_secs(10), stopping)
        .await
        .expect("nothing is in flight");
}

/// What `openssl s_client` says; `None`, after saying so, where there is no openssl. On CI that is a failure.
async fn openssl(port: u16, arguments: &'static [&str]) -> Option<String> {
    let run = move || {
        Command::new("openssl")
            .args(["s_client", "-connect", &format!("127.0.0.1:{port}")])
            .args(arguments)
            .stdin(Stdio::null())
            .output()
    };
    match tokio::task::spawn_blocking(run).await.unwrap() {
        Ok(output) => {
            let mut said = String::from_utf8_lossy(&output.stdout).into_owned();
            said += &String::from_utf8_lossy(&output.stderr);
            Some(said)
        }
        Err(error) => {
            eprintln!("\n*** SKIPPED: nothing was tested against openssl: {error} ***\n");
            assert!(
                std::env::var_os("CI").is_none(),
                "CI is set, and openssl is missing"
            );
            None
        }
    }
}

#[tokio::test]
async fn a_client_that_offers_h2_gets_it_and_one_that_offers_something_else_is_refused() {
    let (server_tls, _) = pair(&Authority::new(), &["localhost"]);
    let (_server, port) = start(&server_tls).await;
    for version in [
        &["-alpn", "h2", "-tls1_3"][..],
        &["-alpn", "h2,http/1.1", "-tls1_2"],
    ] {
        let Some(said) = openssl(port, version).await else {
            return;
        };
        assert!(said.contains("ALPN protocol: h2"), "{said}");
    }
    let Some(said) = openssl(port, &["-alpn", "http/1.1"]).await else {
        return;
    };
    assert!(said.contains("no application protocol"), "{said}");
    let Some(said) = openssl(port, &["-alpn", "h2", "-tls1_1"]).await else {
        return;
    };
    assert!(!said.contains("ALPN protocol: h2"), "{said}");
}

mod raw {
    //! rustls by hand, for peers that know nothing of HTTP/2.

    use std::sync::Arc;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio_rustls::{
        TlsAcceptor, TlsConnector,
        rustls::{
            ClientConfig, RootCertStore, ServerConfig,
            crypto::{CryptoProvider, aws_lc_rs},
            pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
        },
    };

    use super::*;
    use crate::service::trusting;

    /// By name: with all features there are two, of which rustls takes none by itself.
    fn provider() -> Arc<CryptoProvider> {
        Arc::new(aws_lc_rs::default_provider())
    }

    #[tokio::test]
    async fn a_client_that_offers_no_alpn_is_closed() {
        let authority = Authority::new();
        let (server_tls, _) = pair(&authority, &["localhost"]);
        let (_server, port) = start(&server_tls).await;
        let mut roots = RootCertStore::empty();
        roots
            .add(CertificateDer::from_pem_slice(authority.pem().as_bytes()).unwrap())
            .unwrap();
        let config = ClientConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let tcp = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        let mut stream = TlsConnector::from(Arc::new(config))
            .connect("localhost".try_into().unwrap(), tcp)
            .await
            .unwrap();
        // It may be closed by the time of either.
        let _ = stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await;
        let read = stream.read(&mut [0; 64]).await;
        assert_eq!(read.unwrap_or(0), 0, "not a byte of HTTP/2");
    }

    #[tokio::test]
    async fn a_server_that_does_not_answer_alpn_is_refused() {
        let authority = Authority::new();
        let certified = authority.certify(&["localhost"]);
        let chain = CertificateDer::from_pem_slice(certified.certificate.as_bytes()).unwrap();
        let key = PrivateKeyDer::from_pem_slice(certified.key.as_bytes()).unwrap();
        let config = ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![chain], key)
            .unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            let (tcp, _) = listener.accept().await.unwrap();
            // The client hangs up on it.
            if let Ok(mut stream) = TlsAcceptor::from(Arc::new(config)).accept(tcp).await {
                let _ = stream.read(&mut [0; 64]).await;
            }
        });
        let channel = grpc::secure_channel(format!("127.0.0.1:{port}"), {
            trusting(&authority).server_name("localhost")
        });
        let error = TallyStub::new(&channel).double(n(1)).await.unwrap_err();
        assert_eq!(error.code(), grpc::Code::Unavailable);
        assert!(error.message().contains("did not agree to HTTP/2"), "{error}");
    }
}
