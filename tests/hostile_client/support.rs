//! A server to be mistreated, and what a test wants of it afterwards.

use std::net::SocketAddr;

use grpc::{Server, prelude::*};
use tokio::net::TcpStream;

use crate::raw::{Answer, Frame, Peer, data, headers, message, request};

pub(crate) const SIZE: &str = "/hostile.Hostile/Size";

#[derive(Clone, PartialEq, grpc::Message)]
#[grpc(package = "hostile")]
pub(crate) struct Blob {
    #[grpc(tag = 1)]
    pub(crate) bytes: Vec<u8>,
}

#[derive(Clone, PartialEq, grpc::Message)]
#[grpc(package = "hostile")]
pub(crate) struct Size {
    #[grpc(tag = 1)]
    pub(crate) bytes: u64,
}

pub(crate) struct Hostile;

#[grpc::service(package = "hostile", name = "Hostile")]
impl Hostile {
    /// How large it is.
    #[rpc]
    async fn size(&self, blob: Blob) -> Result<Size> {
        Ok(Size {
            bytes: blob.bytes.len() as u64,
        })
    }
}

/// A server of [`Hostile`], for as long as this is held.
pub(crate) struct Target {
    _server: Server,
    address: SocketAddr,
}

impl Target {
    pub(crate) async fn start() -> Self {
        let mut server = grpc::server();
        let address = server.add_insecure_port("127.0.0.1:0").unwrap();
        server.add_service(Hostile);
        server.start().await.unwrap();
        Self {
            _server: server,
            address: address.socket_addr().unwrap(),
        }
    }

    /// A client over TCP that has begun.
    pub(crate) async fn peer(&self) -> Peer<TcpStream> {
        Peer::client(TcpStream::connect(self.address).await.unwrap()).await
    }
}

/// A whole call of `Size` with a message of so many bytes.
pub(crate) fn sized(stream: u32, bytes: usize) -> [Frame; 2] {
    [
        headers(stream, request(SIZE)),
        data(stream, &message(&blob(bytes))).ending(),
    ]
}

/// A [`Blob`] of so many bytes, encoded.
pub(crate) fn blob(bytes: usize) -> Vec<u8> {
    prost::Message::encode_to_vec(&Blob {
        bytes: vec![7; bytes],
    })
}

/// Panics unless the call went well.
pub(crate) fn is_ok(answer: &Answer) {
    let outcome = (answer.http_status(), answer.grpc_status(), answer.reset);
    assert_eq!(outcome, (Some("200"), Some("0"), None), "{answer:?}");
}
