use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use grpc_servicer_compat_tonic::generated::echo::{Ping, Pong, echo_server::Echo};
use tokio::sync::mpsc;
use tokio_stream::{Stream, StreamExt, wrappers::ReceiverStream};
use tonic::{Request, Response, Status, Streaming, metadata::MetadataValue};

/// The service as its users write it for tonic. The text of a request says how it is answered, see [`behave`].
#[derive(Clone, Default)]
pub struct GeneratedEcho {
    pub watch: Arc<Watch>,
}

/// What the tests see of handlers.
#[derive(Default)]
pub struct Watch {
    /// Handlers that have started and are not gone.
    pub running: AtomicUsize,
    /// Handlers, or their streams, that are gone.
    pub dropped: AtomicUsize,
}

/// Counts while it lives.
pub struct Watched(Arc<Watch>);

impl Watch {
    pub fn enter(self: &Arc<Self>) -> Watched {
        self.running.fetch_add(1, Ordering::SeqCst);
        Watched(Arc::clone(self))
    }

    pub fn running(&self) -> usize {
        self.running.load(Ordering::SeqCst)
    }

    pub fn dropped(&self) -> usize {
        self.dropped.load(Ordering::SeqCst)
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::SeqCst);
        self.0.dropped.fetch_add(1, Ordering::SeqCst);
    }
}

type Pongs = Pin<Box<dyn Stream<Item = Result<Pong, Status>> + Send>>;

#[tonic::async_trait]
impl Echo for GeneratedEcho {
    async fn unary(&self, request: Request<Ping>) -> Result<Response<Pong>, Status> {
        let _watched = self.watch.enter();
        let described = describe(&request);
        let ping = request.into_inner();
        behave(&ping.text).await?;
        let text = if ping.text == "describe" {
            described
        } else {
            ping.text
        };
        let mut response = Response::new(Pong {
            text,
            payload: ping.payload,
        });
        response.metadata_mut().insert("x-head", "head".parse().unwrap());
        response
            .metadata_mut()
            .insert_bin("x-head-bin", MetadataValue::from_bytes(&[0, 159, 255]));
        Ok(response)
    }

    type ListStream = Pongs;

    async fn list(&self, request: Request<Ping>) -> Result<Response<Pongs>, Status> {
        let ping = request.into_inner();
        behave(&ping.text).await?;
        let watched = self.watch.enter();
        let (sender, receiver) = mpsc::channel(4);
        let panics = ping.text == "then panic";
        tokio::spawn(async move {
            for n in 0..ping.count {
                let pong = Pong {
                    text: n.to_string(),
                    payload: ping.payload.clone(),
                };
                if sender.send(Ok(pong)).await.is_err() {
                    break;
                }
            }
            match ping.text.as_str() {
                "then fail" => drop(sender.send(Err(failure())).await),
                "then hang" => sender.closed().await,
                _ => {}
            }
        });
        let pongs = ReceiverStream::new(receiver).map(move |pong| {
            let _keep = &watched;
            if panics && matches!(&pong, Ok(pong) if pong.text == "1") {
                panic!("as it was told");
            }
            pong
        });
        Ok(Response::new(Box::pin(pongs)))
    }

    async fn collect(&self, request: Request<Streaming<Ping>>) -> Result<Response<Pong>, Status> {
        let _watched = self.watch.enter();
        let mut pings = request.into_inner();
        let mut pong = Pong::default();
        while let Some(ping) = pings.message().await? {
            behave(&ping.text).await?;
            pong.text.push_str(&ping.text);
            pong.payload.extend(ping.payload);
        }
        Ok(Response::new(pong))
    }

    type ChatStream = Pongs;

    async fn chat(&self, request: Request<Streaming<Ping>>) -> Result<Response<Pongs>, Status> {
        let watched = self.watch.enter();
        let pongs = request.into_inner().then(move |ping| {
            let _keep = &watched;
            async move {
                let ping = ping?;
                behave(&ping.text).await?;
                Ok(Pong {
                    text: ping.text,
                    payload: ping.payload,
                })
            }
        });
        Ok(Response::new(Box::pin(pongs)))
    }
}

/// What its request's text makes a handler do.
async fn behave(text: &str) -> Result<(), Status> {
    match text {
        "fail" => Err(failure()),
        "hang" => std::future::pending().await,
        "slow" => {
            tokio::time::sleep(Duration::from_millis(200)).await;
            Ok(())
        }
        "panic" => panic!("as it was told"),
        _ => Ok(()),
    }
}

/// An error with all that one can have.
fn failure() -> Status {
    let mut status = Status::with_details(
        tonic::Code::FailedPrecondition,
        "not \u{fc}ber 100 %",
        bytes::Bytes::from_static(&[1, 2, 255]),
    );
    status.metadata_mut().insert("x-why", "because".parse().unwrap());
    status
        .metadata_mut()
        .insert_bin("x-why-bin", MetadataValue::from_bytes(&[3, 200]));
    status
}

/// The request's own metadata, and who sent it as far as can be known without tonic's transport.
fn describe(request: &Request<Ping>) -> String {
    let metadata = request.metadata();
    let text = metadata.get("x-tenant").and_then(|value| value.to_str().ok());
    let bytes = metadata
        .get_bin("x-trace-bin")
        .and_then(|value| value.to_bytes().ok());
    let peer = request.extensions().get::<grpc::Peer>();
    format!(
        "{} {:?} peer {}",
        text.unwrap_or("-"),
        bytes.unwrap_or_default().to_vec(),
        peer.is_some_and(|peer| peer
            .address
            .socket_addr()
            .is_some_and(|address| address.ip().is_loopback()))
    )
}
