//! Certificates and keys in files: what is wrong with them, and that they may change.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use grpc::{
    Result, ServerTls,
    tls::{Identity, Roots},
};

use crate::{
    certificates::{Authority, Certified},
    service::{TallyStub, n, start, trusting},
};

/// A directory of this test's own.
struct Directory(PathBuf);

impl Directory {
    fn new(test: &str) -> Self {
        let path = std::env::temp_dir().join(format!("grpc-tls-{}-{test}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.join(name);
        fs::write(&path, text).unwrap();
        path
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    fn write_identity(&self, certified: &Certified) -> (PathBuf, PathBuf) {
        (
            self.write("server.pem", &certified.certificate),
            self.write("server.key", &certified.key),
        )
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn an_identity_that_cannot_be_used_names_the_file_and_what_is_wrong() {
    let directory = Directory::new("identity");
    let authority = Authority::new();
    let (one, other) = (authority.certify(&["a"]), authority.certify(&["b"]));
    let certificate = directory.write("one.pem", &one.certificate);
    let key = directory.write("one.key", &one.key);
    let other_key = directory.write("other.key", &other.key);
    let missing = directory.path("missing.pem");
    let empty = directory.write("empty.pem", "no PEM here");
    let torn = directory.write("torn.pem", &one.certificate[..one.certificate.len() / 2]);
    let encrypted = directory.write(
        "encrypted.key",
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n",
    );
    let junk = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let junk = directory.write("junk.pem", junk);
    for (certificate, key, file, why) in [
        (
            &certificate,
            &other_key,
            &other_key,
            "is not that of the certificate",
        ),
        (&missing, &key, &missing, "No such file"),
        (&certificate, &missing, &missing, "No such file"),
        (&empty, &key, &empty, "no PEM section"),
        (
            &key,
            &key,
            &key,
            "\"PRIVATE KEY\", where a CERTIFICATE was expected",
        ),
        (
            &certificate,
            &certificate,
            &certificate,
            "\"CERTIFICATE\", where a PRIVATE KEY was expected",
        ),
        (&certificate, &encrypted, &encrypted, "the key is encrypted"),
        (&torn, &key, &torn, "`-----END CERTIFICATE-----` is missing"),
        (&junk, &key, &junk, "read the certificate"),
    ] {
        let error = Identity::from_pem_files(certificate, key)
            .unwrap_err()
            .to_string();
        assert!(error.contains(why), "{error}");
        assert!(error.contains(&file.display().to_string()), "{error}");
    }
    Identity::from_pem_files(certificate, key).unwrap();
}

#[test]
fn roots_that_cannot_be_used_name_the_file_and_what_is_wrong() {
    let directory = Directory::new("roots");
    let missing = directory.path("missing.pem");
    let key = directory.write("a.key", &Authority::new().certify(&["a"]).key);
    let junk = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let junk = directory.write("junk.pem", junk);
    for (file, why) in [
        (&missing, "No such file"),
        (&key, "where a CERTIFICATE was expected"),
        (&junk, "use certificate 1 of"),
    ] {
        let error = Roots::from_pem_file(file).unwrap_err().to_string();
        assert!(error.contains(why), "{error}");
        assert!(error.contains(&file.display().to_string()), "{error}");
    }
    assert!(Roots::from_der([]).is_err(), "no root at all");
}

#[test]
fn certificates_in_der_are_taken() {
    let key = rcgen::generate_simple_self_signed(vec!["a".to_owned()]).unwrap();
    let der = key.cert.der().to_vec();
    Identity::from_der([der.clone()], key.signing_key.serialize_der()).unwrap();
    Roots::from_der([der.clone()]).unwrap();
    let error = Identity::from_der([der], vec![1, 2, 3]).unwrap_err().to_string();
    assert!(error.contains("private key in DER"), "{error}");
}

/// Which of its certificates the server shows, as the authority that a client has to trust to get through.
async fn shows(port: u16, authority: &Authority) -> Result<()> {
    let channel = grpc::secure_channel(format!("localhost:{port}"), trusting(authority));
    TallyStub::new(&channel).double(n(1)).await.map(drop)
}

#[tokio::test]
async fn changed_files_are_used_for_new_connections_and_broken_ones_are_not() -> Result<()> {
    let directory = Directory::new("reload");
    let (old, new) = (Authority::new(), Authority::new());
    let (certificate, key) = directory.write_identity(&old.certify(&["localhost"]));
    let identity = Identity::from_pem_files(certificate, key)
        .unwrap()
        .check_files_every(Duration::ZERO);
    let (_server, port) = start(&ServerTls::new(identity)).await;
    let first = TallyStub::new(&grpc::secure_channel(format!("localhost:{port}"), trusting(&old)));
    first.double(n(1)).await?;

    let certified = new.certify(&["localhost"]);
    directory.write("server.pem", &certified.certificate);
    shows(port, &old).await?; // The key is still the old one's.
    directory.write("server.key", &certified.key);
    shows(port, &new).await?;
    assert!(shows(port, &old).await.is_err());

    directory.write("server.pem", "broken");
    shows(port, &new).await?;
    first.double(n(1)).await?; // What is open stays open.
    Ok(())
}

#[tokio::test]
async fn an_identity_is_reloaded_by_hand_too() -> Result<()> {
    let directory = Directory::new("by-hand");
    let (old, new) = (Authority::new(), Authority::new());
    let (certificate, key) = directory.write_identity(&old.certify(&["localhost"]));
    let identity = Identity::from_pem_files(&certificate, key)
        .unwrap()
        .check_files_every(Duration::MAX);
    let (_server, port) = start(&ServerTls::new(identity.clone())).await;
    directory.write_identity(&new.certify(&["localhost"]));
    shows(port, &old).await?;
    identity.reload().unwrap();
    shows(port, &new).await?;
    fs::remove_file(&certificate).unwrap();
    let error = identity.reload().unwrap_err().to_string();
    assert!(names(&error, &certificate), "{error}");
    shows(port, &new).await
}

#[tokio::test]
async fn roots_for_clients_change_with_their_file() -> Result<()> {
    let directory = Directory::new("client-roots");
    let (servers, old, new) = (Authority::new(), Authority::new(), Authority::new());
    let roots = Roots::from_pem_file(directory.write("clients.pem", &old.pem()))
        .unwrap()
        .check_files_every(Duration::ZERO);
    let tls = ServerTls::new(servers.certify(&["localhost"]).identity()).require_client_certificates(roots);
    let (_server, port) = start(&tls).await;
    let call = async |authority: &Authority| {
        let identity = authority.certify_client("a", "spiffe://a").identity();
        let tls = trusting(&servers).identity(identity);
        let channel = grpc::secure_channel(format!("localhost:{port}"), tls);
        TallyStub::new(&channel).double(n(1)).await
    };
    call(&old).await?;
    assert!(call(&new).await.is_err());
    directory.write("clients.pem", &(new.pem() + "\n"));
    call(&new).await?;
    assert!(call(&old).await.is_err());
    Ok(())
}

fn names(error: &str, file: &Path) -> bool {
    error.contains(&file.display().to_string())
}
