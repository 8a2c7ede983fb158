use std::{env, process::Command};

use grpc::{ClientTls, Result};

use crate::{
    certificates::Authority,
    service::{TallyStub, n, pair, start, tally},
};

/// Set in the process that is the client.
const TARGET: &str = "GRPC_TLS_TEST_TARGET";

/// The system's roots are what `SSL_CERT_FILE` says, as with OpenSSL; so the client is a process of its own.
#[tokio::test]
async fn the_systems_roots_are_trusted_by_default() -> Result<()> {
    if let Ok(target) = env::var(TARGET) {
        assert_eq!(tally::tally::double(&target, n(21)).await?, n(42));
        let channel = grpc::secure_channel(&target, ClientTls::new());
        assert_eq!(TallyStub::new(&channel).double(n(21)).await?, n(42));
        return Ok(());
    }
    let authority = Authority::new();
    let (server_tls, _) = pair(&authority, &["localhost"]);
    let (_server, port) = start(&server_tls).await;
    let roots = env::temp_dir().join(format!("grpc-tls-roots-{}.pem", std::process::id()));
    std::fs::write(&roots, authority.pem()).unwrap();
    let mut client = Command::new(env::current_exe().unwrap());
    client
        .args([
            "--exact",
            "system_roots::the_systems_roots_are_trusted_by_default",
        ])
        .env(TARGET, format!("https://localhost:{port}"))
        .env("SSL_CERT_FILE", &roots)
        .env_remove("SSL_CERT_DIR");
    let output = tokio::task::spawn_blocking(move || client.output())
        .await
        .unwrap()
        .unwrap();
    std::fs::remove_file(roots).unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(said.contains("1 passed"), "{said}");
    Ok(())
}
