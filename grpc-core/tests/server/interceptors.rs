//! Interceptors see every call, and may answer it.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use grpc_core::{
    BoxFuture, Result, Status,
    server::{Context, Next, ServerInterceptor},
};

use super::support::{BIDI, CLIENT_STREAM, SERVER_STREAM, Tests, UNARY};

/// Writes down what it sees, under its name.
#[derive(Clone)]
struct Recorder(&'static str, Arc<Mutex<Vec<String>>>);

impl Recorder {
    fn note(&self, what: &str) {
        self.1.lock().unwrap().push(format!("{} {what}", self.0));
    }
}

impl ServerInterceptor for Recorder {
    fn intercept<'a>(&'a self, context: Context, next: Next<'a>) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            self.note(context.method());
            if context.metadata().get("x-deny") == Some(self.0) {
                return Err(Status::permission_denied(self.0));
            }
            context.extensions().insert(self.0);
            let (requests, responses) = (self.clone(), self.clone());
            let outcome = next
                .map_requests(move |message| {
                    requests.note(&format!("request of {}", message.len()));
                    Ok(message)
                })
                .map_responses(move |message| {
                    responses.note(&format!("response of {}", message.len()));
                    Ok(Bytes::from([&message[..], b"!"].concat()))
                })
                .run()
                .await;
            self.note(if outcome.is_ok() { "ok" } else { "failed" });
            outcome
        })
    }
}

#[tokio::test]
async fn interceptors_see_calls_messages_and_outcomes_in_order() {
    let log = Arc::new(Mutex::new(Vec::new()));
    let (outer, inner) = (
        Recorder("outer", Arc::clone(&log)),
        Recorder("inner", Arc::clone(&log)),
    );
    let (_server, client) = Tests::new()
        .unary(|request, context| async move {
            assert_eq!(context.extensions().get::<&str>(), Some("inner"));
            Ok(request)
        })
        .start_with(|server| {
            server.add_interceptor(outer).add_interceptor(inner);
        })
        .await;
    assert_eq!(client.call(&UNARY, b"abc").await.ok(), ["abc!!"]);
    assert_eq!(
        *log.lock().unwrap(),
        [
            "outer /test.Test/Unary",
            "inner /test.Test/Unary",
            "outer request of 3",
            "inner request of 3",
            "inner response of 3",
            "outer response of 4",
            "inner ok",
            "outer ok",
        ]
    );
    log.lock().unwrap().clear();
    let reply = client.call_with(&UNARY, &[("x-deny", "inner")], b"abc").await;
    assert!(reply.trailers_only);
    assert_eq!((reply.code(), reply.message()), (7, "inner"));
    assert_eq!(log.lock().unwrap().last().unwrap(), "outer failed");
}

#[tokio::test]
async fn interceptors_see_all_four_kinds() {
    let log = Arc::new(Mutex::new(Vec::new()));
    let recorder = Recorder("it", Arc::clone(&log));
    let (_server, client) = Tests::new()
        .unary(|request, _| async move { Ok(request) })
        .server_stream(|_, _| super::support::stream(|_| std::task::Poll::Ready(None)))
        .client_stream(|mut requests, _| async move {
            while requests.receive().await?.is_some() {}
            Ok(Bytes::new())
        })
        .explicit(|mut call| async move {
            while let Some(request) = call.receive().await? {
                call.send(request).await?;
            }
            Ok(())
        })
        .start_with(|server| {
            server.add_interceptor(recorder);
        })
        .await;
    for method in [&UNARY, &SERVER_STREAM, &CLIENT_STREAM, &BIDI] {
        assert_eq!(client.call(method, b"abc").await.code(), 0);
        let log = std::mem::take(&mut *log.lock().unwrap());
        assert_eq!(log.first().unwrap(), &format!("it {}", method.path()));
        assert!(log.contains(&"it request of 3".to_owned()), "{log:?}");
        assert_eq!(log.last().unwrap(), "it ok");
    }
}
