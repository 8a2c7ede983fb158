use std::{collections::HashMap, time::Duration};

use fluke_hpack::Decoder;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    time::timeout,
};

use super::{Answer, CONTINUATION, DATA, Frame, GOAWAY, HEADERS, Headers, PING, RST_STREAM, SETTINGS, frame};

/// What every client sends first (RFC 9113 §3.4).
pub(crate) const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// One side of a connection, written by hand.
pub(crate) struct Peer<T> {
    pub(crate) io: T,
    /// How long it waits for bytes before it takes that for a hang, and panics.
    pub(crate) patience: Duration,
    /// Whether SETTINGS and PINGs are answered as they are read.
    pub(crate) answers: bool,
    /// The codes of all GOAWAYs that have come.
    pub(crate) goaways: Vec<u32>,
    decoder: Decoder<'static>,
    /// Header blocks that have not come whole.
    partial: Vec<u8>,
    partial_ends: bool,
    /// What came on streams that have not been asked for yet.
    streams: HashMap<u32, (Answer, bool)>,
}

impl<T: AsyncRead + AsyncWrite + Unpin> Peer<T> {
    /// A peer that has said nothing.
    pub(crate) fn new(io: T) -> Self {
        Self {
            io,
            patience: Duration::from_secs(30),
            answers: true,
            goaways: Vec::new(),
            decoder: Decoder::new(),
            partial: Vec::new(),
            partial_ends: false,
            streams: HashMap::new(),
        }
    }

    /// A client that has sent the preface and empty SETTINGS, and read nothing.
    pub(crate) async fn client(io: T) -> Self {
        Self::client_with(io, &[]).await
    }

    /// The same with these settings.
    pub(crate) async fn client_with(io: T, values: &[(u16, u32)]) -> Self {
        let mut peer = Self::new(io);
        peer.write(PREFACE).await;
        peer.send(&[frame::settings(values)]).await;
        peer
    }

    /// A server that has read the preface and sent empty SETTINGS.
    pub(crate) async fn server(io: T) -> Self {
        Self::server_with(io, &[]).await
    }

    /// The same with these settings.
    pub(crate) async fn server_with(io: T, values: &[(u16, u32)]) -> Self {
        let mut peer = Self::new(io);
        let mut preface = [0; PREFACE.len()];
        assert!(peer.read(&mut preface).await, "closed within the preface");
        assert_eq!(preface, PREFACE);
        peer.send(&[frame::settings(values)]).await;
        peer
    }

    /// Writes these frames in one piece. Panics if the other side has closed.
    pub(crate) async fn send(&mut self, frames: &[Frame]) {
        assert!(self.try_send(frames).await, "the other side has closed");
    }

    /// The same, and false if the other side has closed.
    pub(crate) async fn try_send(&mut self, frames: &[Frame]) -> bool {
        let bytes: Vec<u8> = frames.iter().flat_map(Frame::bytes).collect();
        self.try_write(&bytes).await
    }

    /// Writes whatever bytes. Panics if the other side has closed.
    pub(crate) async fn write(&mut self, bytes: &[u8]) {
        assert!(self.try_write(bytes).await, "the other side has closed");
    }

    /// The same, and false if the other side has closed.
    pub(crate) async fn try_write(&mut self, bytes: &[u8]) -> bool {
        let writing = async {
            self.io.write_all(bytes).await?;
            self.io.flush().await
        };
        timeout(self.patience, writing)
            .await
            .expect("the other side does not read")
            .is_ok()
    }

    /// Closes this side: nothing more will be written.
    pub(crate) async fn end(&mut self) {
        // It may be closed already.
        let _ = timeout(self.patience, self.io.shutdown()).await;
    }

    /// The next frame; `None` when the other side has closed, be it by a reset.
    pub(crate) async fn frame(&mut self) -> Option<Frame> {
        let mut header = [0; 9];
        if !self.read(&mut header).await {
            return None;
        }
        let [a, b, c, kind, flags, d, e, f, g] = header;
        let mut payload = vec![0; u32::from_be_bytes([0, a, b, c]) as usize];
        if !self.read(&mut payload).await {
            return None;
        }
        let frame = Frame::new(kind, flags, u32::from_be_bytes([d, e, f, g]), payload);
        if self.answers && matches!(kind, SETTINGS | PING) && !frame.has(frame::ACK) {
            let payload: &[u8] = if kind == PING { &frame.payload } else { &[] };
            // It may have closed behind this frame.
            self.try_send(&[Frame::new(kind, frame::ACK, 0, payload)]).await;
        }
        self.note(&frame);
        Some(frame)
    }

    /// All that comes on a stream until it or the connection ends. What comes on others meanwhile is kept for later.
    pub(crate) async fn answer(&mut self, stream: u32) -> Answer {
        loop {
            match self.streams.remove(&stream) {
                Some((answer, true)) => return answer,
                Some(unfinished) => self.streams.insert(stream, unfinished),
                None => None,
            };
            let read = self.frame().await;
            let goaway = read.as_ref().filter(|frame| frame.kind == GOAWAY);
            let (answer, over) = self.streams.entry(stream).or_default();
            match &read {
                Some(_) => answer.goaway = goaway.and_then(Frame::error_code).or(answer.goaway),
                None => (answer.closed, *over) = (true, true),
            }
        }
    }

    /// The headers of a stream's first block, as soon as they have come.
    pub(crate) async fn headers(&mut self, stream: u32) -> Headers {
        loop {
            if let Some((answer, _)) = self.streams.get(&stream)
                && let Some(headers) = answer.headers.first()
            {
                return headers.clone();
            }
            assert!(self.frame().await.is_some(), "closed before headers came");
        }
    }

    /// The next frame of this type; those before it are skipped. Panics if the connection is closed first.
    pub(crate) async fn next(&mut self, kind: u8) -> Frame {
        let frame = self.frame_of(kind).await;
        frame.unwrap_or_else(|| panic!("closed before a frame of type {kind}"))
    }

    /// The same; `None` if the connection is closed first.
    pub(crate) async fn frame_of(&mut self, kind: u8) -> Option<Frame> {
        loop {
            match self.frame().await {
                Some(frame) if frame.kind != kind => {}
                other => return other,
            }
        }
    }

    /// How many bytes of DATA have come on a stream that has not been asked for.
    pub(crate) fn received(&self, stream: u32) -> usize {
        self.streams
            .get(&stream)
            .map_or(0, |(answer, _)| answer.data.len())
    }

    /// What the next WINDOW_UPDATE of this stream adds to its window.
    pub(crate) async fn window(&mut self, stream: u32) -> usize {
        loop {
            let frame = self.next(frame::WINDOW_UPDATE).await;
            if frame.stream == stream {
                let increment: [u8; 4] = frame.payload[..].try_into().unwrap();
                return u32::from_be_bytes(increment) as usize;
            }
        }
    }

    /// The codes of all GOAWAYs that come until the connection is closed. Panics if it is not.
    pub(crate) async fn closed(&mut self) -> Vec<u32> {
        while self.frame().await.is_some() {}
        self.goaways.clone()
    }

    /// False when the other side has closed.
    async fn read(&mut self, bytes: &mut [u8]) -> bool {
        timeout(self.patience, self.io.read_exact(bytes))
            .await
            .expect("the other side neither sends nor closes")
            .is_ok()
    }

    /// Sorts a frame to its stream.
    fn note(&mut self, frame: &Frame) {
        if frame.kind == GOAWAY {
            self.goaways.extend(frame.error_code());
        }
        let (answer, over) = match frame.kind {
            DATA | HEADERS | RST_STREAM | CONTINUATION => self.streams.entry(frame.stream).or_default(),
            _ => return,
        };
        let payload = unpadded(frame);
        match frame.kind {
            DATA => answer.data.extend(payload),
            RST_STREAM => (answer.reset, *over) = (frame.error_code(), true),
            _ => {
                self.partial.extend(payload);
                self.partial_ends |= frame.kind == HEADERS && frame.has(frame::END_STREAM);
                if frame.has(frame::END_HEADERS) {
                    let block = std::mem::take(&mut self.partial);
                    let headers = self.decoder.decode(&block).expect("headers that can be read");
                    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
                    let headers = headers.into_iter().map(|(name, value)| (text(name), text(value)));
                    answer.headers.push(Headers(headers.collect()));
                    *over |= std::mem::take(&mut self.partial_ends);
                }
            }
        }
        *over |= frame.kind == DATA && frame.has(frame::END_STREAM);
    }
}

/// The payload of DATA and HEADERS without padding and priority.
fn unpadded(frame: &Frame) -> &[u8] {
    let mut payload = &frame.payload[..];
    if !matches!(frame.kind, DATA | HEADERS) {
        return payload;
    }
    if frame.has(frame::PADDED) {
        let padding = usize::from(payload[0]);
        payload = &payload[1..payload.len() - padding];
    }
    if frame.kind == HEADERS && frame.has(frame::PRIORITY_FLAG) {
        payload = &payload[5..];
    }
    payload
}
