//! The server: services on ports.

// A call's way in: accept → connection → answer (head, router) → incoming → reader → the handler.
// Its way out: outbox → response. `live` is the call meanwhile, `call` what everybody knows of it.

mod accept;
mod answer;
mod bind;
pub(crate) mod blocking;
mod body;
mod bound;
mod call;
mod compression;
mod connection;
mod context;
mod drain;
mod explicit;
mod frame_watch;
mod given;
mod handle;
mod handshake;
mod head;
mod in_flight;
mod incoming;
mod interceptor;
mod lifetime;
mod live;
mod options;
mod outbox;
mod pace;
mod pings;
mod reader;
mod request;
mod request_body;
mod response;
mod router;
mod service;
pub(crate) mod shutdown;
mod silence;
mod stream;
mod tally;
#[cfg(feature = "testing")]
mod test_call;
#[cfg(feature = "testing")]
mod test_client;
pub(crate) mod threads;
mod tower;
mod unread;

#[cfg(feature = "__tls")]
use std::borrow::Borrow;
use std::{
    fmt,
    future::{Future, poll_fn},
    pin::pin,
    sync::{Arc, atomic::AtomicUsize},
    task::Poll,
};

use tokio::sync::Semaphore;

use self::{
    blocking::Places,
    bound::Bound,
    connection::Shared,
    options::Options,
    router::Router,
    shutdown::{Lifecycle, Phase},
    threads::Threads,
};
// Users find them in `testing`.
pub use self::{
    context::{Context, Extensions},
    explicit::{ResponseSender, ServerCall},
    handle::ServerHandle,
    incoming::{Bare, Dispatch, Explicit, FromCall, InResult, Incoming, Many, One, Responses, dispatch},
    interceptor::{Next, ServerInterceptor},
    request::Streaming,
    request_body::HttpRequestBody,
    router::{RouteOptions, Routes},
    service::{Rpc, Service, ServiceInfo},
};
#[cfg(feature = "testing")]
#[doc(hidden)]
pub use self::{test_call::TestCall, test_client::TestClient};
#[cfg(feature = "__tls")]
use crate::transport::tls::ServerTls;
use crate::{
    BoxFuture, Error,
    transport::{Address, IntoListener},
};

/// A server without ports and services.
pub fn server() -> Server {
    Server {
        options: Options {
            threads: threads::default(),
            ..Options::default()
        },
        bound: Vec::new(),
        routes: Routes::default(),
        services: Vec::new(),
        interceptors: Vec::new(),
        lifecycle: Lifecycle::new(),
    }
}

/// Serves one service on one address, see [`Server::add_insecure_port`], until the server is stopped.
///
/// # Errors
/// If the address cannot be bound.
pub fn serve<C, S: Service<C>>(
    address: impl AsRef<str>,
    service: S,
) -> BoxFuture<'static, Result<(), Error>> {
    // Not an `async fn`: that it is no service would be said of the call and of its await, too.
    let mut server = server();
    server.add_service(service);
    serve_on(server, address.as_ref().to_owned())
}

fn serve_on(mut server: Server, address: String) -> BoxFuture<'static, Result<(), Error>> {
    Box::pin(async move {
        server.add_insecure_port(address)?;
        server.serve().await
    })
}

/// A gRPC server: ports, services and settings; then [`Server::start`]. Dropping it stops it at once.
pub struct Server {
    options: Options,
    bound: Vec<Bound>,
    routes: Routes,
    services: Vec<ServiceInfo>,
    interceptors: Vec<Arc<dyn ServerInterceptor>>,
    lifecycle: Arc<Lifecycle>,
}

impl Server {
    /// Binds an address without TLS and returns it as it was bound: port 0 picks one.
    ///
    /// It is `host:port`, where the host is a name, an IPv4 address or an IPv6 address in brackets; or `:port`,
    /// which is `[::]:port`; or `unix:path`. `[::]` takes IPv4 too, and stands for `0.0.0.0` where there is no
    /// IPv6. A name is bound at those of its addresses that can be had, at least one. Clients may connect from now on; they are served once
    /// the server has started.
    ///
    /// # Errors
    /// If the address is none, or cannot be bound; if the server has been started.
    pub fn add_insecure_port(&mut self, address: impl AsRef<str>) -> Result<Address, Error> {
        self.check_new("add a port")?;
        let bound = bind::bind(address.as_ref(), self.options.threads)?;
        let first = bound.first().map(|bound| bound.address().clone());
        self.bound.extend(bound);
        first.ok_or_else(|| Error::new(format!("bind {}: it has no address", address.as_ref())))
    }

    /// Binds an address as [`Server::add_insecure_port`] does, for clients that speak TLS. They have to agree to
    /// HTTP/2 by ALPN, as gRPC's clients do.
    ///
    /// # Errors
    /// If the address is none, or cannot be bound; if the roots for clients' certificates cannot be used; if the
    /// server has been started.
    #[cfg(feature = "__tls")]
    pub fn add_secure_port(
        &mut self,
        address: impl AsRef<str>,
        tls: impl Borrow<ServerTls>,
    ) -> Result<Address, Error> {
        self.check_new("add a port")?;
        let bound = bind::bind(address.as_ref(), self.options.threads)?;
        let first = bound.first().map(|bound| bound.address().clone());
        for bound in bound {
            self.bound.push(bound.secure(tls.borrow())?);
        }
        first.ok_or_else(|| Error::new(format!("bind {}: it has no address", address.as_ref())))
    }

    /// Adds a listener as [`Server::add_listener`] does, for clients that speak TLS.
    ///
    /// # Errors
    /// If the system does not tell the address; if the roots for clients' certificates cannot be used; if the
    /// server has been started.
    #[cfg(feature = "__tls")]
    pub fn add_secure_listener(
        &mut self,
        listener: impl IntoListener + Send + 'static,
        tls: impl Borrow<ServerTls>,
    ) -> Result<Address, Error> {
        self.check_new("add a listener")?;
        let bound = Bound::given(listener)?.secure(tls.borrow())?;
        let address = bound.address().clone();
        self.bound.push(bound);
        Ok(address)
    }

    /// Adds a bound listener of std or tokio, or one of your own, and returns the address that it is bound to.
    ///
    /// # Errors
    /// If the system does not tell the address; if the server has been started.
    pub fn add_listener(&mut self, listener: impl IntoListener + Send + 'static) -> Result<Address, Error> {
        self.check_new("add a listener")?;
        let bound = Bound::given(listener)?;
        let address = bound.address().clone();
        self.bound.push(bound);
        Ok(address)
    }

    /// Adds a service.
    ///
    /// # Panics
    /// If the server has been started: nothing would ever call the service.
    pub fn add_service<C, S: Service<C>>(&mut self, service: S) -> &mut Self {
        assert!(
            self.lifecycle.phase() == Phase::New,
            "add {} before the server is started",
            S::NAME
        );
        self.services.push(ServiceInfo::of::<C, S>());
        Arc::new(service).register(&mut self.routes);
        self
    }

    /// Adds an interceptor, around the handlers and inside of the interceptors that were added before.
    pub fn add_interceptor(&mut self, interceptor: impl ServerInterceptor) -> &mut Self {
        self.interceptors.push(Arc::new(interceptor));
        self
    }

    /// The services that have been added.
    pub fn services(&self) -> &[ServiceInfo] {
        &self.services
    }

    /// Begins to accept connections, on the tokio runtime that this is awaited on.
    ///
    /// # Errors
    /// If it has been started before, has no port, has two services of one name, or has settings for a method that it
    /// does not have.
    pub async fn start(&mut self) -> Result<(), Error> {
        self.start_now()
    }

    pub(crate) fn start_now(&mut self) -> Result<(), Error> {
        self.check_new("start the server")?;
        if self.bound.is_empty() {
            return Err(Error::new("start the server: it has no port to listen on"));
        }
        if let Some(path) = self.routes.twice() {
            return Err(Error::new(format!(
                "start the server: {path} has been added twice"
            )));
        }
        let mut paths = self.options.compression.paths();
        if let Some(path) = paths.find(|path| !self.routes.has(path)) {
            return Err(Error::new(format!(
                "compression for {path:?}: there is no such method or service (they are \"/package.Service/Method\" \
                 and \"/package.Service\")"
            )));
        }
        if let Some(name) = self.routes.misnamed() {
            return Err(Error::new(format!(
                "start the server: {name:?} is not the name of a service, such as package.Service"
            )));
        }
        let threads = Threads::start(self.options.threads)?;
        let mut listeners = Vec::new();
        for bound in self.bound.drain(..) {
            let address = bound.address().clone();
            listeners.push((address, threads.listen(bound)?));
        }
        let shared = Arc::new(Shared {
            router: Router::new(std::mem::take(&mut self.routes)),
            options: self.options.clone(),
            interceptors: self.interceptors.clone(),
            places: Places::new(self.options.max_blocking),
            calls: AtomicUsize::new(0),
            detached: AtomicUsize::new(0),
        });
        let places = self
            .options
            .max_connections
            .map(|places| Arc::new(Semaphore::new(places)));
        if !self.lifecycle.serve() {
            // A handle has stopped it meanwhile.
            return self.check_new("start the server");
        }
        for (address, listeners) in listeners {
            tracing::info!(%address, "listening");
            for listening in listeners {
                let _entered = listening.runtime.enter();
                accept::spawn(listening.listener, &shared, &self.lifecycle, places.clone());
            }
        }
        threads.run_until_the_end_of(Arc::clone(&self.lifecycle));
        Ok(())
    }

    /// Waits until the server has been stopped, by a [`ServerHandle`] or a signal, and nothing of it is left.
    ///
    /// # Errors
    /// If it has not been started.
    ///
    /// # Cancel safety
    /// Cancel safe, and does not stop the server.
    pub async fn wait_for_termination(&self) -> Result<(), Error> {
        if self.lifecycle.phase() == Phase::New {
            return Err(Error::new(
                "wait for termination: the server has not been started",
            ));
        }
        self.lifecycle.terminated().await;
        Ok(())
    }

    /// Starts, and waits for termination.
    ///
    /// # Errors
    /// As [`Server::start`].
    pub async fn serve(&mut self) -> Result<(), Error> {
        self.start().await?;
        self.wait_for_termination().await
    }

    /// Starts, and stops gracefully when `shutdown` resolves, within [`Server::shutdown_grace`].
    ///
    /// # Errors
    /// As [`Server::start`].
    pub async fn serve_with_shutdown<F>(&mut self, shutdown: F) -> Result<(), Error>
    where
        F: Future<Output = ()> + Send,
    {
        self.start().await?;
        {
            let mut shutdown = pin!(shutdown);
            let mut terminated = pin!(self.lifecycle.terminated());
            poll_fn(|cx| match terminated.as_mut().poll(cx) {
                Poll::Pending => shutdown.as_mut().poll(cx),
                ready => ready,
            })
            .await;
        }
        self.handle().stop(self.options.shutdown_grace).await;
        Ok(())
    }

    /// A handle that stops the server from anywhere.
    pub fn handle(&self) -> ServerHandle {
        ServerHandle::new(Arc::clone(&self.lifecycle))
    }

    /// Takes no more calls, and returns when those that are open have ended, however long that takes.
    #[cfg(feature = "testing")]
    pub(crate) async fn drain(&self) {
        self.lifecycle.drain();
        self.lifecycle.terminated().await;
    }

    fn check_new(&self, what: &str) -> Result<(), Error> {
        match self.lifecycle.phase() {
            Phase::New => Ok(()),
            _ => Err(Error::new(format!(
                "{what}: the server has been started before, or stopped"
            ))),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.lifecycle.cancel();
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field(
                "services",
                &self
                    .services
                    .iter()
                    .map(|service| service.name)
                    .collect::<Vec<_>>(),
            )
            .field("bound", &self.bound)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}
