use std::{sync::Arc, time::Duration};

use grpc_servicer_compat_tonic::generated::echo::echo_server::{EchoServer, SERVICE_NAME};
use tokio::{
    net::TcpListener,
    runtime::{Builder, Runtime},
};
use tokio_stream::wrappers::TcpListenerStream;

use super::{GeneratedEcho, NativeEcho, Watch};

/// A server that serves for as long as this is held.
pub struct Running {
    pub target: String,
    pub watch: Arc<Watch>,
    keep: Keep,
}

enum Keep {
    Ours(Box<grpc::Server>),
    /// tonic's connections are tasks of their own: only the end of their runtime breaks them.
    Tonic(Option<Runtime>),
}

impl Running {
    /// For tonic's own transport.
    pub fn uri(&self) -> String {
        format!("http://{}", self.target)
    }

    /// Breaks every connection.
    pub async fn kill(self) {
        if let Keep::Ours(server) = &self.keep {
            server.handle().stop(Duration::ZERO).await;
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Keep::Tonic(runtime) = &mut self.keep
            && let Some(runtime) = runtime.take()
        {
            runtime.shutdown_background();
        }
    }
}

/// The service of generated code, unchanged, on our server.
pub async fn generated_on_ours() -> Running {
    let echo = GeneratedEcho::default();
    let watch = Arc::clone(&echo.watch);
    ours(watch, |server| {
        server.add_tower_service(SERVICE_NAME, EchoServer::new(echo));
    })
    .await
}

/// A service of our own, which has moved.
pub async fn native_on_ours() -> Running {
    let echo = NativeEcho::default();
    let watch = Arc::clone(&echo.watch);
    ours(watch, |server| {
        server.add_service(echo);
    })
    .await
}

/// A server of ours, set up by `set_up`.
pub async fn ours(watch: Arc<Watch>, set_up: impl FnOnce(&mut grpc::Server)) -> Running {
    let mut server = grpc::server();
    let address = server.add_insecure_port("127.0.0.1:0").unwrap();
    set_up(&mut server);
    server.start().await.unwrap();
    Running {
        target: address.to_string(),
        watch,
        keep: Keep::Ours(Box::new(server)),
    }
}

/// The service of generated code on tonic's own server.
pub async fn on_tonic() -> Running {
    let echo = GeneratedEcho::default();
    let watch = Arc::clone(&echo.watch);
    let runtime = Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let target = listener.local_addr().unwrap().to_string();
    runtime.spawn(async move {
        tonic::transport::Server::builder()
            .add_service(EchoServer::new(echo))
            .serve_with_incoming(TcpListenerStream::new(TcpListener::from_std(listener).unwrap()))
            .await
    });
    Running {
        target,
        watch,
        keep: Keep::Tonic(Some(runtime)),
    }
}
