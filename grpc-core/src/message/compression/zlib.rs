//! `gzip` and `deflate`.

use std::cell::RefCell;

use flate2::{Compress, Decompress, FlushCompress, FlushDecompress, Status};

use super::{Compression, Undone, make_room};

/// The largest window, as everybody else has it.
const WINDOW_BITS: u8 = 15;

thread_local! {
    // Some 300 KB each, which would otherwise be taken and cleared for every message.
    static GZIP: RefCell<Option<Compress>> = const { RefCell::new(None) };
    static DEFLATE: RefCell<Option<Compress>> = const { RefCell::new(None) };
}

pub(super) fn compress(compression: Compression, message: &[u8]) -> Result<Vec<u8>, String> {
    let level = flate2::Compression::default();
    if compression == Compression::Gzip {
        let make = || Compress::new_gzip(level, WINDOW_BITS);
        GZIP.with_borrow_mut(|kept| compress_by(kept.get_or_insert_with(make), message))
    } else {
        let make = || Compress::new(level, true);
        DEFLATE.with_borrow_mut(|kept| compress_by(kept.get_or_insert_with(make), message))
    }
}

fn compress_by(compress: &mut Compress, message: &[u8]) -> Result<Vec<u8>, String> {
    compress.reset();
    // What does not get smaller is thrown away.
    let mut out = Vec::with_capacity(5 + message.len() / 2 + 64);
    loop {
        let taken = usize::try_from(compress.total_in()).unwrap_or(usize::MAX);
        let rest = message.get(taken..).unwrap_or_default();
        match compress
            .compress_vec(rest, &mut out, FlushCompress::Finish)
            .map_err(|error| error.to_string())?
        {
            Status::StreamEnd => return Ok(out),
            Status::Ok | Status::BufError => out.reserve(out.len().max(64)),
        }
    }
}

/// Reads one gzip member or zlib stream, and nothing else. RFC 1952 lets several members follow one another, which
/// grpc-go and grpc-java read and C++ refuses; no implementation of gRPC sends them.
pub(super) fn decompress(
    compression: Compression,
    compressed: &[u8],
    limit: usize,
) -> Result<Vec<u8>, Undone> {
    let mut decompress = if compression == Compression::Gzip {
        Decompress::new_gzip(WINDOW_BITS)
    } else {
        Decompress::new(true)
    };
    let mut out = Vec::new();
    let mut rest = compressed;
    loop {
        make_room(&mut out, limit)?;
        let (taken, written) = (decompress.total_in(), out.len());
        let status = decompress
            .decompress_vec(rest, &mut out, FlushDecompress::None)
            .map_err(|error| Undone::Broken(error.to_string()))?;
        let taken = usize::try_from(decompress.total_in() - taken).unwrap_or(usize::MAX);
        rest = rest.get(taken..).unwrap_or_default();
        match status {
            Status::StreamEnd if out.len() > limit => return Err(Undone::TooLarge),
            Status::StreamEnd if rest.is_empty() => return Ok(out),
            Status::StreamEnd => return Err(Undone::left_over(rest.len())),
            Status::Ok | Status::BufError if taken == 0 && out.len() == written => {
                return Err(Undone::cut_off());
            }
            Status::Ok | Status::BufError => {}
        }
    }
}
