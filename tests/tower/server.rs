//! `Server::add_tower_service`.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context as Cx, Poll},
    time::Duration,
};

use bytes::Bytes;
use grpc::{
    BoxFuture, Peer, Result, Status,
    server::{Context, HttpRequestBody, Next, ServerInterceptor},
};
use http::{Request, Response};
use http_body::Frame;
use http_body_util::BodyExt;
use tower_service::Service;

use super::support::{
    Alive, BoxError, Collected, ServiceFn, body, collect, frame, request, response, serve, trailers,
};

const NAME: &str = "a.B";

/// Answers with the request's message.
async fn echo(request: Request<HttpRequestBody>) -> Result<Response<super::support::Body>, BoxError> {
    let data = request.into_body().collect().await?.to_bytes();
    let frames = [Frame::data(data), Frame::trailers(trailers("0"))];
    let response = Response::builder().header("content-type", "application/grpc");
    Ok(response.body(body(frames))?)
}

async fn call(target: &str, request: Request<super::support::Body>) -> Collected {
    let mut channel = grpc::insecure_channel(target);
    collect(channel.call(request).await.unwrap()).await
}

/// What `service` answers to a call.
macro_rules! answer_of {
    ($service:expr) => {{
        let (_server, target) = serve(|server| {
            server.add_tower_service(NAME, ServiceFn($service));
        })
        .await;
        call(&target, request("/a.B/C", "hi")).await
    }};
}

#[tokio::test]
async fn a_service_gets_every_call_below_its_name() {
    let (server, target) = serve(|server| {
        server.add_tower_service(NAME, ServiceFn(echo));
        server.add_tower_service("a.B.C", ServiceFn(async |_| Ok(response(&["other"], "0"))));
    })
    .await;
    assert_eq!(call(&target, request("/a.B/C", "hi")).await.data, frame("hi"));
    assert_eq!(call(&target, request("/a.B/D", "hi")).await.data, frame("hi"));
    assert_eq!(
        call(&target, request("/a.B.C/D", "hi")).await.data,
        frame("other")
    );
    let none = call(&target, request("/a.X/C", "hi")).await;
    assert_eq!((none.code(), none.message()), ("12", "unknown service a.X"));
    let names: Vec<_> = server.services().iter().map(|service| service.name).collect();
    assert_eq!(names, ["a.B", "a.B.C"]);
}

#[tokio::test]
async fn a_name_is_given_once_and_is_one() {
    let error = start_error(|server| {
        server.add_tower_service(NAME, ServiceFn(echo));
        server.add_tower_service(NAME, ServiceFn(echo));
    });
    assert_eq!(error.await, "start the server: a.B has been added twice");
    let error = start_error(|server| {
        server.add_tower_service("native.Native", ServiceFn(echo));
        server.add_service(Native);
    });
    assert_eq!(
        error.await,
        "start the server: native.Native has been added twice"
    );
    for name in ["", "/a.B", "a.B/C", "a B"] {
        let error = start_error(|server| {
            server.add_tower_service(name, ServiceFn(echo));
        });
        assert_eq!(
            error.await,
            format!("start the server: {name:?} is not the name of a service, such as package.Service")
        );
    }
}

async fn start_error(set_up: impl FnOnce(&mut grpc::Server)) -> String {
    let mut server = grpc::server();
    server.add_insecure_port("127.0.0.1:0").unwrap();
    set_up(&mut server);
    server.start().await.unwrap_err().to_string()
}

struct Native;

#[grpc::service(package = "native", name = "Native")]
impl Native {
    #[rpc]
    async fn hi(&self) -> Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn headers_over_the_clients_limit_end_the_call_and_not_the_connection() {
    async fn answer(request: Request<HttpRequestBody>) -> Result<Response<super::support::Body>, BoxError> {
        let mut response = response(&["hi"], "0");
        if request.headers().contains_key("x-large") {
            let large = "v".repeat(300_000).parse().unwrap();
            response.headers_mut().insert("x-large", large);
        }
        Ok(response)
    }

    let (_server, target) = serve(|server| {
        server.add_tower_service(NAME, ServiceFn(answer));
    })
    .await;
    let mut channel = grpc::insecure_channel(target);
    let mut large = request("/a.B/C", "hi");
    large.headers_mut().insert("x-large", "1".parse().unwrap());
    // Both are on their way at once: the connection that is closed for one takes the other with it.
    let (large, small) = (channel.call(large), channel.call(request("/a.B/C", "hi")));
    let (large, small) = tokio::join!(large, small);
    let large = collect(large.unwrap()).await;
    assert_eq!(large.code(), "8", "{}", large.message());
    assert_eq!(collect(small.unwrap()).await.code(), "0");
}

#[tokio::test]
async fn a_service_is_called_once_it_is_ready() {
    /// Ready from its second look on; each clone anew.
    #[derive(Default)]
    struct Slow {
        looked: bool,
        ready: bool,
    }

    impl Clone for Slow {
        fn clone(&self) -> Self {
            Self::default()
        }
    }

    impl Service<Request<HttpRequestBody>> for Slow {
        type Response = Response<super::support::Body>;
        type Error = BoxError;
        type Future = std::future::Ready<Result<Self::Response, BoxError>>;

        fn poll_ready(&mut self, cx: &mut Cx<'_>) -> Poll<Result<(), BoxError>> {
            self.ready = std::mem::replace(&mut self.looked, true);
            if self.ready {
                return Poll::Ready(Ok(()));
            }
            cx.waker().wake_by_ref();
            Poll::Pending
        }

        fn call(&mut self, _: Request<HttpRequestBody>) -> Self::Future {
            assert!(self.ready, "called before it was ready");
            std::future::ready(Ok(response(&["ready"], "0")))
        }
    }

    let (_server, target) = serve(|server| {
        server.add_tower_service(NAME, Slow::default());
    })
    .await;
    for _ in 0..2 {
        assert_eq!(call(&target, request("/a.B/C", "")).await.data, frame("ready"));
    }
}

#[tokio::test]
async fn a_service_sees_the_request_as_it_came() {
    let (_server, target) = serve(|server| {
        let service = async |request: Request<HttpRequestBody>| {
            let (head, _) = request.into_parts();
            let peer = head.extensions.get::<Peer>().unwrap();
            assert!(peer.address.socket_addr().unwrap().ip().is_loopback());
            let context = head.extensions.get::<Context>().unwrap();
            assert_eq!(context.method(), "/a.B/C");
            assert_eq!(context.metadata().get("x-tenant"), Some("7"));
            assert!(context.time_remaining().unwrap() > Duration::from_secs(30));
            let text = format!(
                "{} {} {} {:?} {:?} {:?}",
                head.method,
                head.uri,
                head.headers["content-type"].to_str().unwrap(),
                head.headers["grpc-accept-encoding"],
                head.headers["x-tenant"],
                head.version,
            );
            Ok(response(&[&text], "0"))
        };
        server.add_tower_service(NAME, ServiceFn(service));
    })
    .await;
    let mut request = request("/a.B/C?q", "");
    let headers = request.headers_mut();
    headers.insert("content-type", "application/grpc+json".parse().unwrap());
    headers.insert("grpc-accept-encoding", "gzip".parse().unwrap());
    headers.insert("grpc-timeout", "60S".parse().unwrap());
    headers.insert("x-tenant", "7".parse().unwrap());
    let seen = call(&target, request).await;
    let expected = format!("POST http://{target}/a.B/C?q application/grpc+json \"gzip\" \"7\" HTTP/2.0");
    assert_eq!(String::from_utf8_lossy(&seen.data[5..]), expected);
}

#[tokio::test]
async fn headers_and_trailers_pass_as_the_service_wrote_them() {
    let answer = answer_of!(async |_| {
        let mut trailers = trailers("9");
        trailers.insert("grpc-message", "not%20now".parse().unwrap());
        trailers.insert("grpc-status-details-bin", "AQI".parse().unwrap());
        trailers.append("x-why", "a".parse().unwrap());
        trailers.append("x-why", "b".parse().unwrap());
        trailers.insert("grpc-retry-pushback-ms", "7".parse().unwrap());
        let response = Response::builder()
            .header("content-type", "application/grpc+json")
            .header("grpc-encoding", "gzip")
            .header("x-head", "1")
            .header("x-head", "2");
        Ok(response.body(body([
            Frame::data(frame("a")),
            Frame::data(frame("b")),
            Frame::trailers(trailers),
        ]))?)
    });
    assert_eq!(answer.headers["content-type"], "application/grpc+json");
    assert_eq!(answer.headers["grpc-encoding"], "gzip");
    assert_eq!(answer.headers.get_all("x-head").iter().count(), 2);
    assert_eq!(answer.data, [frame("a"), frame("b")].concat());
    assert_eq!(answer.code(), "9");
    assert_eq!(answer.message(), "not now");
    assert_eq!(answer.status["grpc-status-details-bin"], "AQI");
    assert_eq!(answer.status.get_all("x-why").iter().count(), 2);
    assert_eq!(answer.status["grpc-retry-pushback-ms"], "7");
}

#[tokio::test]
async fn a_response_of_headers_alone_stays_one() {
    let answer = answer_of!(async |_| {
        let response = Response::builder()
            .header("content-type", "application/grpc")
            .header("grpc-status", "12")
            .header("grpc-accept-encoding", "gzip");
        Ok(response.body(body([]))?)
    });
    assert_eq!(answer.code(), "12");
    assert_eq!(answer.headers["grpc-status"], "12");
    assert_eq!(answer.status["grpc-accept-encoding"], "gzip");
}

#[tokio::test]
async fn what_is_not_grpc_gets_the_status_that_http_stands_for() {
    let answer = answer_of!(async |_| Ok(Response::builder().status(404).body(body([]))?));
    assert_eq!(answer.code(), "12", "{}", answer.message());
    let answer = answer_of!(async |_| {
        let html = Frame::data(Bytes::from_static(b"<html>"));
        let response = Response::builder().header("content-type", "text/html");
        Ok(response.body(body([html]))?)
    });
    assert_eq!(answer.code(), "2");
    assert!(answer.message().contains("text/html"), "{}", answer.message());
    let answer = answer_of!(async |_| {
        let response = Response::builder().header("content-type", "application/grpc");
        Ok(response.body(body([Frame::data(frame("a"))]))?)
    });
    assert_eq!(answer.code(), "2");
    assert_eq!(
        answer.message(),
        "the service's response ended without a grpc-status"
    );
}

#[tokio::test]
async fn an_error_of_the_service_is_unknown_or_the_status_in_it() {
    let answer = answer_of!(async |_| Err("out of paper".into()));
    assert_eq!((answer.code(), answer.message()), ("2", "out of paper"));
    let answer = answer_of!(async |_| Err(Layer(Status::unavailable("later")).into()));
    assert_eq!((answer.code(), answer.message()), ("14", "later"));
}

/// The error of some layer.
#[derive(Debug, thiserror::Error)]
#[error("no luck")]
struct Layer(#[source] Status);

#[tokio::test]
async fn a_panic_is_internal_for_its_call_alone() {
    let (_server, target) = serve(|server| {
        let service = async |request: Request<HttpRequestBody>| match request.uri().path() {
            "/a.B/Call" => panic!("as it was told"),
            "/a.B/Body" => {
                let frames = futures_util::stream::iter([1, 2]).map(|n| {
                    assert!(n == 1, "as it was told");
                    Ok::<_, BoxError>(Frame::data(frame("one")))
                });
                let response = Response::builder().header("content-type", "application/grpc");
                Ok(response.body(http_body_util::StreamBody::new(frames).boxed_unsync())?)
            }
            _ => echo(request).await,
        };
        server.add_tower_service(NAME, ServiceFn(service));
    })
    .await;
    use futures_util::StreamExt;
    let mut channel = grpc::insecure_channel(&target);
    let mut call = async |path| collect(channel.call(request(path, "hi")).await.unwrap()).await;
    assert_eq!(call("/a.B/Call").await.code(), "13");
    let answer = call("/a.B/Body").await;
    assert_eq!(answer.code(), "13");
    assert_eq!(answer.data, frame("one"));
    assert_eq!(call("/a.B/Hi").await.data, frame("hi"));
}

#[tokio::test]
async fn a_deadline_ends_the_service_s_future() {
    let alive = Alive::default();
    let (_server, target) = serve(|server| {
        let alive = alive.clone();
        let service = move |_| {
            let guard = alive.guard();
            async move {
                let _guard = guard;
                std::future::pending().await
            }
        };
        server.add_tower_service(NAME, ServiceFn(service));
    })
    .await;
    // Through a stub's call, whose server is the first to see that the time is up.
    let mut request = request("/a.B/C", "hi");
    request
        .headers_mut()
        .insert("grpc-timeout", "50m".parse().unwrap());
    let answer = call(&target, request).await;
    assert_eq!(answer.code(), "4");
    alive.is(0).await;
}

#[tokio::test]
async fn a_body_that_is_always_ready_with_nothing_holds_up_no_other_call() {
    let nothing = |_| async {
        let endless = std::iter::repeat_with(|| Frame::data(Bytes::new()));
        let response = Response::builder().header("content-type", "application/grpc");
        Ok(response.body(body(endless))?)
    };
    let (_server, target) = serve(|server| {
        server.add_tower_service("test.Nothing", ServiceFn(nothing));
        server.add_tower_service("test.Echo", ServiceFn(echo));
    })
    .await;
    let mut channel = grpc::insecure_channel(&target);
    let mut endless = request("/test.Nothing/Call", "");
    endless
        .headers_mut()
        .insert("grpc-timeout", "200m".parse().unwrap());
    let endless = tokio::spawn(Service::call(&mut channel, endless));
    let echoed = Service::call(&mut channel, request("/test.Echo/Call", "a")).await;
    assert_eq!(collect(echoed.unwrap()).await.code(), "0");
    assert_eq!(collect(endless.await.unwrap().unwrap()).await.code(), "4");
}

#[tokio::test]
async fn a_cancelled_call_drops_the_service_s_future_and_body() {
    let alive = Alive::default();
    let (_server, target) = serve(|server| {
        let alive = alive.clone();
        let service = move |request: Request<HttpRequestBody>| {
            let guard = alive.guard();
            async move {
                if request.uri().path() == "/a.B/Future" {
                    let () = std::future::pending().await;
                }
                let frames = async_stream::stream! {
                    let _guard = guard;
                    yield Ok::<_, BoxError>(Frame::data(frame("one")));
                    let () = std::future::pending().await;
                };
                let response = Response::builder().header("content-type", "application/grpc");
                Ok(response.body(http_body_util::StreamBody::new(frames).boxed_unsync())?)
            }
        };
        server.add_tower_service(NAME, ServiceFn(service));
    })
    .await;
    let mut channel = grpc::insecure_channel(&target);
    let future = tokio::spawn(channel.call(request("/a.B/Future", "hi")));
    alive.is(1).await;
    future.abort();
    alive.is(0).await;

    let mut response = channel.call(request("/a.B/Body", "hi")).await.unwrap();
    assert!(response.body_mut().frame().await.unwrap().unwrap().is_data());
    alive.is(1).await;
    drop(response);
    alive.is(0).await;
}

#[tokio::test]
async fn a_graceful_stop_lets_calls_finish() {
    let release = Arc::new(tokio::sync::Notify::new());
    let (server, target) = serve(|server| {
        let release = Arc::clone(&release);
        let service = move |_| {
            let release = Arc::clone(&release);
            async move {
                release.notified().await;
                Ok(response(&["after all"], "0"))
            }
        };
        server.add_tower_service(NAME, ServiceFn(service));
    })
    .await;
    let alive = Alive::default();
    let calling = tokio::spawn({
        let guard = alive.guard();
        async move {
            let answer = call(&target, request("/a.B/C", "hi")).await;
            drop(guard);
            answer
        }
    });
    tokio::time::sleep(Duration::from_millis(50)).await;
    let stopping = server.handle();
    let stopping = tokio::spawn(async move { stopping.stop(Duration::from_secs(10)).await });
    tokio::time::sleep(Duration::from_millis(50)).await;
    release.notify_one();
    assert_eq!(calling.await.unwrap().data, frame("after all"));
    stopping.await.unwrap();
}

/// Notes what it sees, and leaves a value for the handler.
#[derive(Default)]
struct Notes {
    seen: Arc<Mutex<Vec<String>>>,
    maps: Arc<AtomicBool>,
}

#[derive(Clone)]
struct Found(u32);

impl ServerInterceptor for Notes {
    fn intercept<'a>(&'a self, context: Context, mut next: Next<'a>) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            if context.metadata().get("x-tenant").is_none() {
                return Err(Status::unauthenticated("who are you?"));
            }
            context.extensions().insert(Found(7));
            if self.maps.load(Ordering::SeqCst) {
                let louder = |message: Bytes| Ok(message.to_ascii_uppercase().into());
                next = next.map_requests(louder).map_responses(|message| {
                    let mut longer = message.to_vec();
                    longer.extend(b"!");
                    Ok(longer.into())
                });
            }
            let outcome = next.run().await;
            let code = outcome.as_ref().err().map(Status::code);
            self.seen
                .lock()
                .unwrap()
                .push(format!("{} {code:?}", context.method()));
            outcome
        })
    }
}

#[tokio::test]
async fn interceptors_see_these_calls_too() {
    let notes = Notes::default();
    let (seen, maps) = (Arc::clone(&notes.seen), Arc::clone(&notes.maps));
    let (_server, target) = serve(|server| {
        server.add_interceptor(notes);
        let service = async |request: Request<HttpRequestBody>| {
            assert_eq!(request.extensions().get::<Found>().unwrap().0, 7);
            if request.uri().path() == "/a.B/Fail" {
                return Ok(response(&["a"], "5"));
            }
            let compresses = request.headers().contains_key("grpc-accept-encoding");
            let mut response = echo(request).await?;
            response
                .headers_mut()
                .insert("x-compresses", compresses.to_string().parse()?);
            Ok(response)
        };
        server.add_tower_service(NAME, ServiceFn(service));
    })
    .await;
    let anonymous = call(&target, request("/a.B/C", "hi")).await;
    assert_eq!((anonymous.code(), anonymous.message()), ("16", "who are you?"));

    let known = |path: &str| {
        let mut request = request(path, "hi");
        let headers = request.headers_mut();
        headers.insert("x-tenant", "7".parse().unwrap());
        headers.insert("grpc-accept-encoding", "gzip".parse().unwrap());
        request
    };
    let answer = call(&target, known("/a.B/C")).await;
    assert_eq!(answer.data, frame("hi"));
    assert_eq!(answer.headers["x-compresses"], "true");
    assert_eq!(call(&target, known("/a.B/Fail")).await.code(), "5");
    assert_eq!(*seen.lock().unwrap(), ["/a.B/C None", "/a.B/Fail Some(NotFound)"]);

    // One that looks at messages gets them in plain: nobody is told that they may be compressed.
    maps.store(true, Ordering::SeqCst);
    let answer = call(&target, known("/a.B/C")).await;
    assert_eq!(answer.data, frame("HI!"));
    assert_eq!(answer.headers["x-compresses"], "false");
    let mut compressed = known("/a.B/C");
    compressed
        .headers_mut()
        .insert("grpc-encoding", "x-own".parse().unwrap());
    let refused = call(&target, compressed).await;
    assert_eq!(refused.code(), "12");
    let accepted = refused.status["grpc-accept-encoding"].to_str().unwrap();
    assert!(accepted.contains("identity"), "{accepted}");
}

#[tokio::test]
async fn a_service_may_answer_without_reading_its_requests() {
    let (_server, target) = serve(|server| {
        server.add_tower_service(NAME, ServiceFn(async |_| Ok(response(&["no need"], "0"))));
    })
    .await;
    let large = "x".repeat(1_000_000);
    let mut channel = grpc::insecure_channel(&target);
    for _ in 0..3 {
        let answer = collect(channel.call(request("/a.B/C", &large)).await.unwrap()).await;
        assert_eq!(answer.data, frame("no need"));
    }
}

#[tokio::test]
async fn a_response_is_read_only_as_fast_as_its_client_takes_it() {
    let polled = Alive::default();
    let (_server, target) = serve(|server| {
        let polled = polled.clone();
        let service = move |_| {
            let polled = polled.clone();
            async move {
                let frames = async_stream::stream! {
                    loop {
                        std::mem::forget(polled.guard());
                        yield Ok::<_, BoxError>(Frame::data(frame(&"x".repeat(60_000))));
                    }
                };
                let response = Response::builder().header("content-type", "application/grpc");
                Ok(response.body(http_body_util::StreamBody::new(frames).boxed_unsync())?)
            }
        };
        server.add_tower_service(NAME, ServiceFn(service));
    })
    .await;
    let mut channel = grpc::insecure_channel(&target);
    let response = channel.call(request("/a.B/C", "")).await.unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;
    // 256 KiB of window, 64 KiB on either side, and what is in between.
    assert!(
        polled.count() < 20,
        "{} frames of 60 kB were taken",
        polled.count()
    );
    drop(response);
}
