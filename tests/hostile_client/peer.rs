//! The raw peer itself, as a client and as a server.

use std::net::SocketAddr;

use grpc::Code;
use tokio::net::TcpListener;

use crate::{
    raw::{HEADERS, Peer, data, headers, message, response, trailers},
    support::{Blob, HostileStub, Size, Target, is_ok, sized},
};

#[tokio::test]
async fn a_raw_client_is_answered() {
    let target = Target::start().await;
    let mut peer = target.peer().await;
    for stream in [1, 3, 5] {
        peer.send(&sized(stream, 300)).await;
        let answer = peer.answer(stream).await;
        is_ok(&answer);
        assert_eq!(answer.data, message(&[8, 0xac, 2]), "300");
    }
}

#[tokio::test]
async fn a_raw_server_answers() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address: SocketAddr = listener.local_addr().unwrap();
    let serving = tokio::spawn(async move {
        let mut peer = Peer::server(listener.accept().await.unwrap().0).await;
        let first = peer.next(HEADERS).await.stream;
        peer.send(&[
            headers(first, response()),
            data(first, &message(&[8, 7])),
            headers(first, trailers("0")).ending(),
        ])
        .await;
        let asked = peer.answer(first).await;
        assert_eq!(asked.find(":path"), Some("/hostile.Hostile/Size"));
        let second = peer.next(HEADERS).await.stream;
        let refused = trailers("5").literal("grpc-message", "none");
        peer.send(&[headers(second, response()), headers(second, refused).ending()])
            .await;
        peer.closed().await
    });
    let channel = grpc::insecure_channel(address.to_string());
    let stub = HostileStub::new(&channel);
    let reply = stub.size(Blob { bytes: vec![] }).await.unwrap();
    assert_eq!(reply, Size { bytes: 7 });
    let error = stub.size(Blob { bytes: vec![] }).await.unwrap_err();
    assert_eq!((error.code(), error.message()), (Code::NotFound, "none"));
    drop((stub, channel));
    assert_eq!(serving.await.unwrap(), [0], "it says goodbye");
}
