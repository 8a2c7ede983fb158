//! `Channel` as a `tower_service::Service`.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use futures_util::StreamExt;
use grpc::{
    BoxFuture, Metadata, Result, Status,
    client::{ActiveCall, CallHead, CallObserver, ClientInterceptor, Next},
    prelude::*,
};
use http::Request;
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use tower_service::Service;

use super::support::{Alive, Body, BoxError, body, collect, frame, request, serve, until};

/// Messages of prost's `String`: its text is behind two bytes.
fn message(text: &str) -> String {
    format!("\n{}{text}", char::from(u8::try_from(text.len()).unwrap()))
}

struct Echo {
    alive: Alive,
}

#[grpc::service(package = "a", name = "Echo")]
impl Echo {
    #[rpc]
    async fn unary(&self, text: String, context: Context) -> Result<String> {
        match text.as_str() {
            "authority" => Ok(context.authority().to_owned()),
            "metadata" => Ok(format!("{:?}", context.metadata())),
            "hang" => {
                let _guard = self.alive.guard();
                std::future::pending().await
            }
            "fail" => {
                let mut status = Status::aborted("no").with_details(vec![1u8, 2]);
                status.metadata_mut().insert("x-why", "because")?;
                Err(status)
            }
            _ => Ok(text),
        }
    }

    #[rpc]
    fn chat(&self, texts: Streaming<String>) -> impl ResponseStream<String> {
        let guard = self.alive.guard();
        stream!({
            let _guard = guard;
            for await text in texts {
                yield text?;
            }
        })
    }

    /// Begins its answer, and then says how many requests there were.
    #[rpc]
    fn count(&self, texts: Streaming<String>) -> impl ResponseStream<String> {
        stream!({
            yield "begun".to_owned();
            let mut count = 0;
            for await text in texts {
                text?;
                count += 1;
            }
            yield count.to_string();
        })
    }

    /// Never reads its requests.
    #[rpc]
    fn ignore(&self, texts: Streaming<String>) -> impl ResponseStream<String> {
        let guard = self.alive.guard();
        stream!({
            let _kept = (guard, texts);
            yield "begun".to_owned();
            let () = std::future::pending().await;
        })
    }
}

async fn echo() -> (grpc::Server, String, Alive) {
    let alive = Alive::default();
    let (server, target) = serve(|server| {
        server.add_service(Echo { alive: alive.clone() });
    })
    .await;
    (server, target, alive)
}

fn text(path: &str, text: &str) -> Request<Body> {
    request(path, &message(text))
}

#[tokio::test]
async fn a_request_is_a_call() {
    let (_server, target, _) = echo().await;
    let mut channel = grpc::insecure_channel(target);
    std::future::poll_fn(|cx| Service::<Request<Body>>::poll_ready(&mut channel, cx))
        .await
        .unwrap();
    let answer = collect(channel.call(text("/a.Echo/Unary", "hi")).await.unwrap()).await;
    assert_eq!(answer.data, frame(&message("hi")));
    assert_eq!(answer.headers["content-type"], "application/grpc");
    assert_eq!(answer.code(), "0");
}

#[tokio::test]
async fn a_failure_is_a_response_with_all_that_it_has() {
    let (_server, target, _) = echo().await;
    let mut channel = grpc::insecure_channel(target);
    let answer = collect(channel.call(text("/a.Echo/Unary", "fail")).await.unwrap()).await;
    assert_eq!((answer.code(), answer.message()), ("10", "no"));
    assert_eq!(answer.status["grpc-status-details-bin"], "AQI");
    assert_eq!(answer.status["x-why"], "because");
    assert_eq!(answer.headers["grpc-status"], "10", "headers are all there is");
}

#[tokio::test]
async fn what_cannot_be_reached_is_answered_unavailable() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let target = listener.local_addr().unwrap().to_string();
    drop(listener);
    let mut channel = grpc::insecure_channel(target);
    let answer = collect(channel.call(text("/a.Echo/Unary", "hi")).await.unwrap()).await;
    assert_eq!(answer.code(), "14", "{}", answer.message());
    let mut channel = grpc::insecure_channel("not a target");
    let answer = collect(channel.call(text("/a.Echo/Unary", "hi")).await.unwrap()).await;
    assert_ne!(answer.code(), "0", "{}", answer.message());
}

#[tokio::test]
async fn a_request_that_is_no_call_is_answered_with_what_is_wrong() {
    let (_server, target, _) = echo().await;
    let mut channel = grpc::insecure_channel(target);
    let mut get = text("/a.Echo/Unary", "hi");
    *get.method_mut() = http::Method::GET;
    let answer = collect(channel.call(get).await.unwrap()).await;
    assert_eq!(answer.code(), "13");
    assert_eq!(
        answer.message(),
        "GET /a.Echo/Unary is not a gRPC call: those are POST"
    );
    let mut never = text("/a.Echo/Unary", "hi");
    never
        .headers_mut()
        .insert("grpc-timeout", "soon".parse().unwrap());
    let answer = collect(channel.call(never).await.unwrap()).await;
    assert!(answer.message().contains("\"soon\""), "{}", answer.message());
}

#[tokio::test]
async fn its_timeout_holds_on_this_side_too() {
    // Something that takes the connection and never says a word.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let mut channel = grpc::insecure_channel(listener.local_addr().unwrap().to_string());
    let mut request = text("/a.Echo/Unary", "hi");
    request
        .headers_mut()
        .insert("grpc-timeout", "50m".parse().unwrap());
    let began = Instant::now();
    let answer = collect(channel.call(request).await.unwrap()).await;
    assert_eq!(answer.code(), "4", "{}", answer.message());
    assert!(began.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn headers_are_sent_and_the_authority_of_the_uri_counts() {
    let (_server, target, _) = echo().await;
    let mut channel = grpc::insecure_channel(&target);
    let mut request = text("http://elsewhere.example:7/a.Echo/Unary", "authority");
    request.headers_mut().insert("x-tenant", "7".parse().unwrap());
    let answer = collect(channel.call(request).await.unwrap()).await;
    assert_eq!(answer.data, frame(&message("elsewhere.example:7")));
    let answer = collect(channel.call(text("/a.Echo/Unary", "authority")).await.unwrap()).await;
    assert_eq!(answer.data, frame(&message(&target)));
    let mut request = text("/a.Echo/Unary", "metadata");
    let headers = request.headers_mut();
    headers.append("x-tenant", "7".parse().unwrap());
    headers.append("x-tenant", "8".parse().unwrap());
    headers.insert("user-agent", "me/1".parse().unwrap());
    let answer = collect(channel.call(request).await.unwrap()).await;
    let seen = String::from_utf8_lossy(&answer.data[7..]).into_owned();
    assert_eq!(seen.matches("x-tenant").count(), 2, "{seen}");
    assert_eq!(seen.matches("me/1").count(), 1, "{seen}");
}

/// A body of messages out of a channel.
fn queue() -> (tokio::sync::mpsc::UnboundedSender<Result<String, BoxError>>, Body) {
    let (sender, receiver) = tokio::sync::mpsc::unbounded_channel();
    let messages = tokio_stream::wrappers::UnboundedReceiverStream::new(receiver);
    let frames = messages.map(|text: Result<String, BoxError>| Ok(Frame::data(frame(&message(&text?)))));
    (sender, StreamBody::new(frames).boxed_unsync())
}

fn chat(path: &str, body: Body) -> Request<Body> {
    text(path, "").map(|_| body)
}

#[tokio::test]
async fn requests_and_responses_go_on_side_by_side() {
    let (_server, target, _) = echo().await;
    let mut channel = grpc::insecure_channel(target);
    let (texts, requests) = queue();
    texts.send(Ok("a".to_owned())).unwrap();
    let response = channel.call(chat("/a.Echo/Chat", requests)).await.unwrap();
    let mut replies = response.into_body();
    for next in ["b", "c", "d"] {
        let data = replies.frame().await.unwrap().unwrap().into_data().unwrap();
        assert_eq!(data.len(), 8);
        texts.send(Ok(next.to_owned())).unwrap();
    }
    drop(texts);
    let rest = replies.collect().await.unwrap();
    assert_eq!(rest.trailers().unwrap()["grpc-status"], "0");
    assert_eq!(rest.to_bytes(), frame(&message("d")));
}

#[tokio::test]
async fn requests_go_on_while_nobody_reads_the_response() {
    let (_server, target, _) = echo().await;
    let mut channel = grpc::insecure_channel(target);
    let (texts, requests) = queue();
    let taken = Arc::new(AtomicUsize::new(0));
    let requests = {
        let taken = Arc::clone(&taken);
        requests.map_frame(move |frame| {
            taken.fetch_add(1, Ordering::SeqCst);
            frame
        })
    };
    let requests = chat("/a.Echo/Count", requests.boxed_unsync());
    let response = channel.call(requests).await.unwrap();
    for _ in 0..50 {
        texts.send(Ok("x".to_owned())).unwrap();
    }
    drop(texts);
    until("all requests are taken", || taken.load(Ordering::SeqCst) == 50).await;
    let answer = collect(response).await;
    assert_eq!(
        answer.data,
        [frame(&message("begun")), frame(&message("50"))].concat()
    );
}

#[tokio::test]
async fn an_error_of_the_request_s_body_is_the_caller_s() {
    let (_server, target, alive) = echo().await;
    let mut channel = grpc::insecure_channel(target);
    // Before the response.
    let (texts, requests) = queue();
    texts.send(Err("out of paper".into())).unwrap();
    let error = channel.call(chat("/a.Echo/Unary", requests)).await.unwrap_err();
    assert_eq!(error.to_string(), "out of paper");
    // Behind its head.
    let (texts, requests) = queue();
    texts.send(Ok("a".to_owned())).unwrap();
    let mut replies = channel
        .call(chat("/a.Echo/Chat", requests))
        .await
        .unwrap()
        .into_body();
    assert!(replies.frame().await.unwrap().unwrap().is_data());
    texts.send(Err("out of ink".into())).unwrap();
    let error = replies.frame().await.unwrap().unwrap_err();
    assert_eq!(error.to_string(), "out of ink");
    assert!(replies.frame().await.is_none());
    alive.is(0).await;
}

#[tokio::test]
async fn a_body_that_panics_ends_its_call_and_no_other() {
    let (_server, target, alive) = echo().await;
    let mut channel = grpc::insecure_channel(target);
    let (texts, requests) = queue();
    let requests = requests.map_frame(|frame| {
        assert!(frame.data_ref().unwrap().len() < 10, "as it was told");
        frame
    });
    texts.send(Ok("a".to_owned())).unwrap();
    let requests = chat("/a.Echo/Chat", requests.boxed_unsync());
    let mut replies = channel.call(requests).await.unwrap().into_body();
    assert!(replies.frame().await.unwrap().unwrap().is_data());
    texts.send(Ok("too long".to_owned())).unwrap();
    let trailers = replies.frame().await.unwrap().unwrap().into_trailers().unwrap();
    assert_eq!(trailers["grpc-status"], "1");
    alive.is(0).await;
    let answer = collect(channel.call(text("/a.Echo/Unary", "hi")).await.unwrap()).await;
    assert_eq!(answer.code(), "0");
}

#[tokio::test]
async fn dropping_the_future_or_the_response_cancels_the_call() {
    let (_server, target, alive) = echo().await;
    let mut channel = grpc::insecure_channel(target);
    let hangs = tokio::spawn(channel.call(text("/a.Echo/Unary", "hang")));
    alive.is(1).await;
    hangs.abort();
    alive.is(0).await;

    let (texts, requests) = queue();
    texts.send(Ok("a".to_owned())).unwrap();
    let response = channel.call(chat("/a.Echo/Chat", requests)).await.unwrap();
    alive.is(1).await;
    drop(response);
    alive.is(0).await;
    until("the body of the request is gone", || texts.is_closed()).await;
}

#[tokio::test]
async fn a_server_that_does_not_read_holds_the_body_back() {
    let (_server, target, _) = echo().await;
    let mut channel = grpc::insecure_channel(target);
    let taken = Arc::new(AtomicUsize::new(0));
    let frames = {
        let (taken, large) = (Arc::clone(&taken), "x".repeat(60_000));
        futures_util::stream::repeat_with(move || {
            taken.fetch_add(1, Ordering::SeqCst);
            Ok::<_, BoxError>(Frame::data(frame(&large)))
        })
    };
    let requests = StreamBody::new(frames).boxed_unsync();
    let response = channel.call(chat("/a.Echo/Ignore", requests)).await.unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;
    let taken = taken.load(Ordering::SeqCst);
    // 256 KiB of window, and what is in between.
    assert!(taken < 20, "{taken} frames of 60 kB were taken");
    drop(response);
}

#[tokio::test]
async fn messages_go_as_the_caller_wrote_them() {
    let (_server, target) = serve(|server| {
        let echo = async |request: Request<grpc::server::HttpRequestBody>| {
            let encoding = request.headers()["grpc-encoding"].clone();
            let data = request.into_body().collect().await?.to_bytes();
            let frames = [Frame::data(data), Frame::trailers(super::support::trailers("0"))];
            let response = http::Response::builder()
                .header("content-type", "application/grpc")
                .header("grpc-encoding", encoding);
            Ok(response.body(body(frames))?)
        };
        server.add_tower_service("a.B", super::support::ServiceFn(echo));
    })
    .await;
    let mut channel = grpc::insecure_channel(target);
    let compressed = bytes::Bytes::from_static(b"\x01\0\0\0\x03zip");
    let mut request = request("/a.B/C", "").map(|_| body([Frame::data(compressed.clone())]));
    request
        .headers_mut()
        .insert("grpc-encoding", "x-own".parse().unwrap());
    let answer = collect(channel.call(request).await.unwrap()).await;
    assert_eq!(answer.data, compressed);
    assert_eq!(answer.headers["grpc-encoding"], "x-own");
}

/// Adds metadata, and notes what it sees.
#[derive(Clone, Default)]
struct Notes(Arc<Mutex<Vec<String>>>);

#[derive(Clone)]
struct FromCaller(u32);

impl ClientInterceptor for Notes {
    fn intercept<'a>(&'a self, mut call: CallHead, next: Next<'a>) -> BoxFuture<'a, Result<ActiveCall>> {
        Box::pin(async move {
            let from_caller = call.extensions.get::<FromCaller>().unwrap().0;
            self.note(format!("{} {from_caller}", call.method.path()));
            call.metadata.insert("x-token", "secret")?;
            let mut call = next.run(call).await?;
            call.observe(self.clone());
            Ok(call)
        })
    }
}

impl Notes {
    fn note(&self, text: String) {
        self.0.lock().unwrap().push(text);
    }
}

impl CallObserver for Notes {
    fn outcome(&mut self, status: Result<(), &Status>, _trailers: &Metadata) {
        self.note(format!("{:?}", status.err().map(Status::code)));
    }
}

#[tokio::test]
async fn interceptors_see_these_calls_too() {
    let (_server, target, _) = echo().await;
    let notes = Notes::default();
    let mut channel = grpc::Channel::builder(target).interceptor(notes.clone()).build();
    for asked in ["metadata", "fail"] {
        let mut request = text("/a.Echo/Unary", asked);
        request.extensions_mut().insert(FromCaller(7));
        let answer = collect(channel.call(request).await.unwrap()).await;
        if asked == "metadata" {
            assert!(String::from_utf8_lossy(&answer.data).contains("secret"));
        }
    }
    assert_eq!(
        *notes.0.lock().unwrap(),
        ["/a.Echo/Unary 7", "None", "/a.Echo/Unary 7", "Some(Aborted)"]
    );
}

#[tokio::test]
async fn a_channel_finds_its_server_again() {
    let (server, target, _) = echo().await;
    let mut channel = grpc::insecure_channel(&target);
    let answer = collect(channel.call(text("/a.Echo/Unary", "a")).await.unwrap()).await;
    assert_eq!(answer.code(), "0");
    server.handle().stop(Duration::ZERO).await;
    drop(server);
    let answer = collect(channel.call(text("/a.Echo/Unary", "a")).await.unwrap()).await;
    assert_eq!(answer.code(), "14");
    let mut server = grpc::server();
    server.add_insecure_port(&target).unwrap();
    server.add_service(Echo {
        alive: Alive::default(),
    });
    server.start().await.unwrap();
    let mut last = String::new();
    for _ in 0..100 {
        let answer = collect(channel.call(text("/a.Echo/Unary", "a")).await.unwrap()).await;
        last = answer.code().to_owned();
        if last == "0" {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(last, "0");
}
