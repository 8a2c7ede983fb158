//! From a cold call to one that is on its way.

use std::{
    sync::Arc,
    task::{Context, Poll},
};

use http::{Extensions, uri::Scheme};
use tokio::time::Instant;

use super::{
    active::ActiveCall,
    attempt::Launch,
    channel::{Callee, Channel, current_runtime},
    config::Config,
    connection::Connection,
    credentials::{CallCredentials, CredentialsInfo},
    exchange::Exchange,
    head::{CallHead, HttpHead},
    interceptor::Next,
    options::CallOptions,
    parent::Parent,
    send_buffer::SendBuffer,
};
use crate::{
    BoxFuture, MethodRef, Status,
    message::{Compression, Compressor},
};

/// A call that has not been sent, or is being sent.
pub(super) struct Opening {
    draft: Option<Draft>,
    slow: Option<Slow>,
    limits: Limits,
    options: CallOptions,
}

/// The opening of a call that takes waiting.
type Slow = BoxFuture<'static, Result<ActiveCall, Status>>;

struct Draft {
    callee: Callee,
    method: MethodRef,
    requests: Result<SendBuffer, Status>,
    whole: bool,
    extensions: Extensions,
    http: Option<Box<HttpHead>>,
}

/// The largest messages, in bytes.
#[derive(Clone, Copy, Default)]
pub(super) struct Limits {
    pub(super) receive: usize,
    pub(super) send: usize,
}

impl Opening {
    /// `whole` if the caller waits for all of the response.
    pub(super) fn new(
        callee: Callee,
        method: impl Into<MethodRef>,
        requests: Result<SendBuffer, Status>,
        whole: bool,
    ) -> Self {
        let draft = Some(Draft {
            callee,
            method: method.into(),
            requests,
            whole,
            extensions: Extensions::new(),
            http: None,
        });
        Self {
            draft,
            slow: None,
            limits: Limits::default(),
            options: CallOptions::default(),
        }
    }

    /// The same call, of a caller that speaks gRPC over HTTP by itself.
    pub(super) fn with_http(mut self, head: HttpHead, extensions: Extensions) -> Self {
        if let Some(draft) = &mut self.draft {
            draft.http = Some(Box::new(head));
            draft.extensions = extensions;
        }
        self
    }

    pub(super) fn options(&mut self) -> &mut CallOptions {
        &mut self.options
    }

    /// Ready when the request headers are queued on a connection.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<(ActiveCall, Limits), Status>> {
        if let Some(draft) = self.draft.take() {
            match self.start(draft) {
                Ok(Some(call)) => return Poll::Ready(Ok((call, self.limits))),
                Ok(None) => {}
                Err(status) => return Poll::Ready(Err(status)),
            }
        }
        let Some(slow) = &mut self.slow else {
            return Poll::Ready(Err(polled_after_the_end()));
        };
        let opened = std::task::ready!(slow.as_mut().poll(cx));
        self.slow = None;
        Poll::Ready(match opened {
            Ok(call) => Ok((call, self.limits)),
            Err(status) => Err(status.received()),
        })
    }

    /// Sends the call if that takes no waiting: the usual case, without a future of its own.
    fn start(&mut self, draft: Draft) -> Result<Option<ActiveCall>, Status> {
        let Draft {
            callee,
            method,
            requests,
            whole,
            extensions,
            http,
        } = draft;
        let mut options = std::mem::take(&mut self.options);
        if let Some(error) = options.error {
            return Err(error);
        }
        let requests = requests?;
        let runtime = current_runtime()?;
        let channel = callee.channel()?;
        let config = channel.try_config()?;
        self.limits = Limits {
            receive: options
                .max_receive_message_size
                .unwrap_or(config.max_receive_message_size),
            send: config.max_send_message_size,
        };
        requests.check_limit(self.limits.send)?;
        let has_hooks = !config.interceptors.is_empty() || !config.credentials.is_empty();
        let parent = Parent::of(&mut options, &config.propagated)?;
        let deadline = options.deadline(Instant::now());
        let deadline = [deadline, parent.deadline()].into_iter().flatten().min();
        let head = CallHead {
            method,
            metadata: options.metadata,
            deadline,
            compression: options.compression.unwrap_or(config.compressor.compression),
            wait_for_ready: options.wait_for_ready,
            extensions,
            parent: parent.clone(),
            http,
        };
        if !has_hooks
            && options.credentials.is_none()
            && let Some(connection) = channel.ready_connection(&head, &runtime)?
        {
            return send(channel, head, requests, whole, connection).map(Some);
        }
        let credentials = options.credentials;
        self.slow = Some(Box::pin(async move {
            let config = Arc::clone(channel.try_config()?);
            let rest = &config.interceptors[..];
            let next = Next {
                rest,
                channel: &channel,
                requests,
                whole,
                credentials,
            };
            let opened = parent.bound(next.run(head));
            match deadline {
                // The caller's own: it holds for what interceptors wait for, too.
                Some(deadline) => tokio::time::timeout_at(deadline, opened)
                    .await
                    .map_err(|_| parent.deadline_exceeded(Some(deadline)))?,
                None => opened.await,
            }
        }));
        Ok(None)
    }
}

/// Sends a call that has passed the interceptors.
pub(super) async fn launch(
    channel: Channel,
    mut head: CallHead,
    requests: SendBuffer,
    whole: bool,
    credentials: Option<Arc<dyn CallCredentials>>,
) -> Result<ActiveCall, Status> {
    let config = Arc::clone(channel.try_config()?);
    let deadline = head.deadline;
    let asked = async {
        for credentials in config.credentials.iter().chain(&credentials) {
            add_credentials(&config, &mut head, credentials.as_ref()).await?;
        }
        Ok::<_, Status>(())
    };
    match deadline {
        Some(deadline) => {
            tokio::time::timeout_at(deadline, asked)
                .await
                .map_err(|_| head.deadline_exceeded())??;
        }
        None => asked.await?,
    }
    let connection = channel.connection(&head).await?;
    send(channel, head, requests, whole, connection)
}

/// Queues a call on a connection.
fn send(
    channel: Channel,
    mut head: CallHead,
    mut requests: SendBuffer,
    whole: bool,
    connection: Arc<Connection>,
) -> Result<ActiveCall, Status> {
    let mut compressor = Compressor::default();
    if head.http.is_some() {
        // What its caller sends is compressed already, if it is to be.
        head.compression = Compression::Identity;
    }
    if head.compression != Compression::Identity {
        compressor = channel.try_config()?.compressor;
        compressor.compression = head.compression;
        // Here, behind the interceptors: they see what the caller sends.
        if !requests.compress(compressor)? {
            head.compression = Compression::Identity;
        }
    }
    let exchange = Arc::new(Exchange::new(requests, whole));
    Launch::new(channel, head, Arc::clone(&exchange)).start(connection);
    Ok(ActiveCall::new(exchange, compressor))
}

async fn add_credentials(
    config: &Config,
    head: &mut CallHead,
    credentials: &dyn CallCredentials,
) -> Result<(), Status> {
    if config.scheme != Scheme::HTTPS && credentials.require_transport_security() {
        return Err(Status::unauthenticated(format!(
            "the call's credentials may not go over the plaintext connection to {}",
            config.authority
        )));
    }
    let service = head
        .method
        .path()
        .rsplit_once('/')
        .map_or("", |(service, _)| service);
    let audience = format!("{}://{}{service}", config.scheme, config.authority);
    head.metadata.extend(
        credentials
            .metadata(CredentialsInfo::new(&head.method, &audience))
            .await?,
    );
    Ok(())
}

pub(super) fn polled_after_the_end() -> Status {
    Status::internal("the call was polled after its end")
}
