//! Unary calls and `Bidi` on h2 alone, with all streams of a connection in its task: the least that HTTP/2 costs.

#[path = "../answer.rs"]
mod answer;
#[path = "../../../../../examples/bench/settings.rs"]
mod settings;
#[path = "../../../../../examples/bench/work.rs"]
mod work;

use std::{future::poll_fn, task::Poll};

use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt, stream::FuturesUnordered};
use h2::{
    Reason, RecvStream,
    server::{self, SendResponse},
};
use http::Request;
use tokio::net::{TcpListener, TcpStream};

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
            tokio::spawn(serve(socket));
        }
    })
}

async fn serve(socket: TcpStream) -> Result<(), h2::Error> {
    let mut connection = server::Builder::new()
        // hyper's.
        .initial_window_size(1 << 20)
        .initial_connection_window_size(1 << 20)
        .max_send_buffer_size(400 << 10)
        .handshake::<_, Bytes>(socket)
        .await?;
    let mut streams = FuturesUnordered::new();
    poll_fn(|cx| {
        loop {
            // Also flushes what the streams have answered.
            match connection.poll_accept(cx) {
                Poll::Ready(Some(accepted)) => {
                    let (request, respond) = accepted?;
                    streams.push(call(request, respond));
                    continue;
                }
                Poll::Ready(None) => return Poll::Ready(Ok(())),
                Poll::Pending => {}
            }
            let mut answered = false;
            // A stream that failed was reset by its client: nothing is left to do for it.
            while let Poll::Ready(Some(_)) = streams.poll_next_unpin(cx) {
                answered = true;
            }
            if !answered {
                return Poll::Pending;
            }
        }
    })
    .await
}

async fn call(request: Request<RecvStream>, mut respond: SendResponse<Bytes>) -> Result<(), h2::Error> {
    let (head, mut body) = request.into_parts();
    if head.uri.path() == answer::BIDI {
        let mut responses = respond.send_response(answer::head(()), false)?;
        while let Some(data) = body.data().await {
            let data = data?;
            body.flow_control().release_capacity(data.len())?;
            // Without regard to the client's window: the messages of ping-pongs are small.
            responses.send_data(data, false)?;
        }
        return responses.send_trailers(answer::trailers());
    }
    let request = collect(&mut body).await?;
    let Some(answer) = answer::unary(head.uri.path(), request).await else {
        respond.send_reset(Reason::REFUSED_STREAM);
        return Ok(());
    };
    let mut response = respond.send_response(answer::head(()), false)?;
    response.send_data(answer, false)?;
    response.send_trailers(answer::trailers())
}

async fn collect(body: &mut RecvStream) -> Result<Bytes, h2::Error> {
    let mut all = BytesMut::new();
    while let Some(data) = body.data().await {
        let data = data?;
        body.flow_control().release_capacity(data.len())?;
        if all.is_empty() && body.is_end_stream() {
            return Ok(data);
        }
        all.extend_from_slice(&data);
    }
    Ok(all.freeze())
}
