use std::{convert::Infallible, io};

use tokio::{runtime::Handle, sync::oneshot};

use crate::{
    BoxFuture,
    client::{Channel, ChannelBuilder},
    server::{Server, Service, server},
    transport::{Address, Connector, InProcess, Io, Peer},
};

/// A channel to a server of this one service, which runs inside of the process.
///
/// Nothing is left out but the sockets: messages are encoded, HTTP/2 carries them, deadlines and cancellation work as they
/// do elsewhere, also under paused time (`#[grpc::test(start_paused = true)]`). The server runs on the current runtime, and
/// ends with it: tests do not share one. It ends with the channel too, once the calls that are still open are over.
///
/// An `Arc` of a service is one too, for tests that look at it afterwards.
///
/// # Panics
/// Outside of a tokio runtime.
#[track_caller]
pub fn connect<C, S: Service<C>>(service: S) -> Channel {
    let mut server = server();
    server.add_service(service);
    connect_server(server).build()
}

/// A channel to this server: with the services, interceptors and settings that it has been given. It needs no port, and is
/// not to be started before. What this returns sets up the channel; [`ChannelBuilder::build`] makes it.
///
/// The server runs and ends as that of [`connect`] does.
///
/// # Panics
/// Outside of a tokio runtime; if the server cannot be started, because it has two services of one name for example.
#[track_caller]
pub fn connect_server(server: Server) -> ChannelBuilder {
    assert!(
        Handle::try_current().is_ok(),
        "a server inside of the process needs a tokio runtime, such as that of a `#[grpc::test]`"
    );
    let place = InProcess::new("in-process");
    let ends = match start(server, &place) {
        Ok(ends) => ends,
        Err(error) => panic!("{error}"),
    };
    Channel::in_process(&place).connector(Only { place, _ends: ends })
}

/// Starts the server. When what this returns is dropped, it takes no more calls, and ends with those that it has.
fn start(mut server: Server, place: &InProcess) -> Result<oneshot::Sender<Infallible>, crate::Error> {
    server.add_listener(place.listen()?)?;
    server.start_now()?;
    let (ends, ended) = oneshot::channel();
    tokio::spawn(async move {
        let _dropped = ended.await;
        server.drain().await;
    });
    Ok(ends)
}

/// The connector of the only channel to a server.
struct Only {
    place: InProcess,
    _ends: oneshot::Sender<Infallible>,
}

impl Connector for Only {
    fn connect(&self, address: &Address) -> BoxFuture<'_, io::Result<(Box<dyn Io>, Peer)>> {
        self.place.connect(address)
    }
}
