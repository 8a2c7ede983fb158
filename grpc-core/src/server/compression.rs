use std::{
    collections::HashMap,
    sync::atomic::{AtomicBool, AtomicU8, Ordering},
};

use bytes::BytesMut;

use super::Server;
use crate::{
    Result,
    message::{Compression, Compressor, Encodings, MessageEncoding},
};

/// What a server compresses, and what it can read.
#[derive(Clone, Debug)]
pub(super) struct CompressionOptions {
    responses: Compression,
    /// By method, and by service for those methods that are not there.
    by_path: HashMap<String, Compression>,
    threshold: usize,
    pub(super) accepted: Encodings,
}

impl Default for CompressionOptions {
    fn default() -> Self {
        Self {
            responses: Compression::Identity,
            by_path: HashMap::new(),
            threshold: 1024,
            accepted: Encodings::all(),
        }
    }
}

impl CompressionOptions {
    /// What the responses of the method at this path are compressed as, where the client can read it, if its own code says
    /// `method`.
    pub(super) fn of(&self, path: &str, method: Option<Compression>) -> Compression {
        if self.by_path.is_empty() {
            return method.unwrap_or(self.responses);
        }
        let of_service = || {
            let service = path.rsplit_once('/').map_or("", |(service, _)| service);
            self.by_path.get(service).copied()
        };
        let chosen = self.by_path.get(path).copied().or(method).or_else(of_service);
        chosen.unwrap_or(self.responses)
    }

    /// What the client of a call with these requests is told that can be read: nothing, if it names no encoding itself.
    /// That spares a header that few clients look at, 2.4 % of a small call's instructions (`benches/instructions`).
    pub(super) fn told_for(&self, requests: &MessageEncoding) -> Encodings {
        match requests {
            MessageEncoding::Unnamed => Encodings::IDENTITY,
            _ => self.accepted,
        }
    }

    /// The paths for which something was chosen.
    pub(super) fn paths(&self) -> impl Iterator<Item = &str> {
        self.by_path.keys().map(String::as_str)
    }
}

/// Compression (gRPC compression.md); see [`Compression`] for the features that it takes.
impl Server {
    /// Compresses responses, for clients that can read it; no.
    ///
    /// A handler chooses for its call with [`Context::set_compression`](super::Context::set_compression), and
    /// leaves out a message with [`disable_compression_next`](super::Context::disable_compression_next).
    pub fn compression(&mut self, compression: Compression) -> &mut Self {
        self.options.compression.responses = compression;
        self
    }

    /// As [`Server::compression`], for one method, `/package.Service/Method`, or for one service,
    /// `/package.Service`. What is said of a method goes before what is said of its service, and that before what is
    /// said of the server; `#[rpc(compression = …)]` says it of a method too, and gives way to this. That there is no such method is an error of [`Server::start`].
    pub fn compression_for(&mut self, path: impl Into<String>, compression: Compression) -> &mut Self {
        self.options.compression.by_path.insert(path.into(), compression);
        self
    }

    /// Leaves messages of fewer bytes as they are, which compressing would hardly make smaller; 1,024.
    pub fn compression_threshold(&mut self, bytes: usize) -> &mut Self {
        self.options.compression.threshold = bytes;
        self
    }

    /// Reads requests in these encodings only, and in none at all; all that the features give. Others end their
    /// calls with UNIMPLEMENTED.
    pub fn accept_compression(&mut self, encodings: impl IntoIterator<Item = Compression>) -> &mut Self {
        self.options.compression.accepted = encodings.into_iter().collect();
        self
    }
}

/// How the responses of one call are compressed: settled with its headers, or with its first compressed message.
#[derive(Debug, Default)]
pub(super) struct ResponseEncoding {
    /// A [`Compression`], that the client can read.
    wanted: AtomicU8,
    /// A [`Compression`], once it is settled that the headers name it; or [`NONE`].
    settled: AtomicU8,
    skips_next: AtomicBool,
}

/// The headers have left, and name no encoding.
const NONE: u8 = u8::MAX;

const OPEN: u8 = Compression::Identity as u8;

impl ResponseEncoding {
    pub(super) fn new(wanted: Compression) -> Self {
        Self {
            wanted: AtomicU8::new(wanted as u8),
            ..Self::default()
        }
    }

    pub(super) fn set(&self, wanted: Compression) {
        self.wanted.store(wanted as u8, Ordering::Relaxed);
    }

    pub(super) fn skip_next(&self) {
        self.skips_next.store(true, Ordering::Relaxed);
    }

    /// Compresses the message whose frame is `frames[start..]`, if that is wanted and pays.
    ///
    /// # Errors
    /// INTERNAL if the compressor fails.
    pub(super) fn compress(
        &self,
        frames: &mut BytesMut,
        start: usize,
        options: &CompressionOptions,
    ) -> Result<()> {
        let wanted = self.wanted.load(Ordering::Relaxed);
        // The usual case, which costs this one load.
        if wanted == OPEN || self.skips_next.swap(false, Ordering::Relaxed) {
            return Ok(());
        }
        if !matches!(self.settled.load(Ordering::Acquire), settled if settled == OPEN || settled == wanted) {
            return Ok(());
        }
        let compressor = Compressor {
            compression: Compression::from_number(wanted),
            threshold: options.threshold,
        };
        let frame = compressor.compressed(&frames[start..])?;
        // The headers may have left meanwhile.
        if let Some(frame) = frame
            && self.settle(wanted) == wanted
        {
            frames.truncate(start);
            frames.extend_from_slice(&frame);
        }
        Ok(())
    }

    /// What the headers name, now that they leave. If messages follow, they may yet be compressed.
    pub(super) fn settle_headers(&self, messages_follow: bool) -> Option<Compression> {
        let wanted = match self.wanted.load(Ordering::Relaxed) {
            OPEN => NONE,
            wanted if messages_follow => wanted,
            _ => NONE,
        };
        match self.settle(wanted) {
            NONE => None,
            settled => Some(Compression::from_number(settled)),
        }
    }

    fn settle(&self, settled: u8) -> u8 {
        match self
            .settled
            .compare_exchange(OPEN, settled, Ordering::AcqRel, Ordering::Acquire)
        {
            Ok(_) => settled,
            Err(earlier) => earlier,
        }
    }
}

#[cfg(all(test, feature = "gzip"))]
mod tests {
    use super::*;

    /// A message that compresses well, and whether it was compressed.
    fn send(encoding: &ResponseEncoding) -> bool {
        let mut frames = BytesMut::from(&[0, 0, 0, 8, 0][..]);
        frames.resize(5 + 2048, 7);
        encoding
            .compress(&mut frames, 0, &CompressionOptions::default())
            .unwrap();
        frames[0] == 1
    }

    #[test]
    fn headers_name_an_encoding_that_a_message_has_used_or_may_use() {
        let used = ResponseEncoding::new(Compression::Gzip);
        assert!(send(&used));
        assert_eq!(used.settle_headers(false), Some(Compression::Gzip));
        let may_use = ResponseEncoding::new(Compression::Gzip);
        assert_eq!(may_use.settle_headers(true), Some(Compression::Gzip));
        assert!(send(&may_use));
        let unused = ResponseEncoding::new(Compression::Gzip);
        assert_eq!(unused.settle_headers(false), None);
        assert_eq!(ResponseEncoding::default().settle_headers(true), None);
    }

    #[test]
    fn what_headers_do_not_name_is_not_used() {
        let encoding = ResponseEncoding::default();
        assert_eq!(encoding.settle_headers(true), None);
        encoding.set(Compression::Gzip);
        assert!(!send(&encoding));
        let other = ResponseEncoding::new(Compression::Gzip);
        assert!(send(&other));
        other.set(Compression::Deflate);
        assert!(!send(&other));
        assert_eq!(other.settle_headers(true), Some(Compression::Gzip));
    }

    #[test]
    fn one_message_is_skipped_and_no_more() {
        let encoding = ResponseEncoding::new(Compression::Gzip);
        encoding.skip_next();
        assert!(!send(&encoding));
        assert!(send(&encoding));
        encoding.set(Compression::Identity);
        assert!(!send(&encoding));
        assert_eq!(encoding.settle_headers(false), Some(Compression::Gzip));
    }

    #[test]
    fn a_methods_compression_goes_before_its_services_and_that_before_the_servers() {
        let mut server = super::super::server();
        server
            .compression(Compression::Gzip)
            .compression_for("/a.B", Compression::Deflate)
            .compression_for("/a.B/C", Compression::Identity);
        let of = |path, method| server.options.compression.of(path, method);
        assert_eq!(of("/a.B/C", None), Compression::Identity);
        assert_eq!(of("/a.B/D", None), Compression::Deflate);
        assert_eq!(of("/a.X/C", None), Compression::Gzip);
        // What its code says goes before its service, and not before what the server says of it.
        let zstd = Some(Compression::Zstd);
        assert_eq!(of("/a.B/C", zstd), Compression::Identity);
        assert_eq!(of("/a.B/D", zstd), Compression::Zstd);
        assert_eq!(of("/a.X/C", zstd), Compression::Zstd);
    }
}
