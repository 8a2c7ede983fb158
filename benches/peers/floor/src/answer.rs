//! What both floors answer, and how it looks on the wire.

use bytes::{Buf, BufMut, Bytes, BytesMut};
use http::{HeaderMap, HeaderValue, Response, header::CONTENT_TYPE};
use prost::Message;

use super::work;

pub(crate) const BIDI: &str = "/bench.Bench/Bidi";

#[derive(Clone, PartialEq, Message)]
struct Payload {
    #[prost(bytes = "bytes", tag = "1")]
    data: Bytes,
}

/// Of both of hello world's messages.
#[derive(Clone, PartialEq, Message)]
struct Text {
    #[prost(string, tag = "1")]
    text: String,
}

/// The frame that answers the frame of a unary call; `None` if the path or the frame is wrong.
pub(crate) async fn unary(path: &str, mut request: Bytes) -> Option<Bytes> {
    let length = request.get(1..5)?.try_into().map(u32::from_be_bytes).ok()?;
    request.advance(5);
    if request.len() != length as usize {
        return None;
    }
    match path {
        "/helloworld.Greeter/SayHello" => {
            let name = Text::decode(request).ok()?.text;
            frame(&Text {
                text: format!("Hello, {name}!"),
            })
        }
        "/bench.Bench/Unary" => frame(&Payload::decode(request).ok()?),
        "/bench.Bench/YieldOnce" => {
            tokio::task::yield_now().await;
            frame(&Payload::decode(request).ok()?)
        }
        "/bench.Bench/Compute" => {
            let data = work::work().to_le_bytes().to_vec().into();
            frame(&Payload { data })
        }
        _ => None,
    }
}

fn frame(message: &impl Message) -> Option<Bytes> {
    let length = message.encoded_len();
    let mut frame = BytesMut::with_capacity(5 + length);
    frame.put_u8(0);
    frame.put_u32(u32::try_from(length).ok()?);
    message.encode(&mut frame).ok()?;
    Some(frame.freeze())
}

pub(crate) fn head<B>(body: B) -> Response<B> {
    let mut head = Response::new(body);
    let headers = head.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    head
}

pub(crate) fn trailers() -> HeaderMap {
    let mut trailers = HeaderMap::with_capacity(1);
    trailers.insert("grpc-status", HeaderValue::from_static("0"));
    trailers
}
