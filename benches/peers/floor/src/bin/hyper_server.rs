//! Unary calls and `Bidi` on hyper alone, as its examples do it: a task per stream.

#[path = "../answer.rs"]
mod answer;
#[path = "../../../../../examples/bench/settings.rs"]
mod settings;
#[path = "../../../../../examples/bench/work.rs"]
mod work;

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body::{Body, Frame};
use http_body_util::BodyExt;
use hyper::{body::Incoming, server::conn::http2, service::service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpListener;

use self::settings::Settings;

fn main() -> settings::Result<()> {
    let mut settings = Settings::from_arguments()?;
    let port: u16 = settings.take("port", 0)?;
    let runtime = settings::runtime(&settings.take("runtime", "ct".to_owned())?)?;
    settings.done()?;
    runtime.block_on(async {
        let listener = TcpListener::bind(("127.0.0.1", port)).await?;
        println!("listening on {}", listener.local_addr()?);
        loop {
            let (socket, _) = listener.accept().await?;
            socket.set_nodelay(true)?;
            let connection = http2::Builder::new(TokioExecutor::new())
                .serve_connection(TokioIo::new(socket), service_fn(call));
            tokio::spawn(connection);
        }
    })
}

async fn call(request: Request<Incoming>) -> Result<Response<Answer>, hyper::Error> {
    let (head, body) = request.into_parts();
    if head.uri.path() == answer::BIDI {
        return Ok(answer::head(Answer::Echo(body)));
    }
    let request = body.collect().await?.to_bytes();
    let answer = answer::unary(head.uri.path(), request).await;
    let wrong = answer.is_none();
    let mut response = answer::head(answer.map_or(Answer::Done, Answer::Unary));
    if wrong {
        *response.status_mut() = StatusCode::BAD_REQUEST;
    }
    Ok(response)
}

enum Answer {
    Unary(Bytes),
    /// What comes, as it comes.
    Echo(Incoming),
    Trailers,
    Done,
}

impl Body for Answer {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let (frame, next) = match &mut *self {
            Self::Unary(frame) => (Frame::data(std::mem::take(frame)), Self::Trailers),
            Self::Echo(requests) => match ready!(Pin::new(requests).poll_frame(cx)) {
                Some(frame) => return Poll::Ready(Some(frame)),
                None => (Frame::trailers(answer::trailers()), Self::Done),
            },
            Self::Trailers => (Frame::trailers(answer::trailers()), Self::Done),
            Self::Done => return Poll::Ready(None),
        };
        *self = next;
        Poll::Ready(Some(Ok(frame)))
    }
}
