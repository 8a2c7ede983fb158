//! `zstd`.

use std::cell::RefCell;

use zstd::{
    bulk::Compressor,
    stream::raw::{DParameter, Decoder, InBuffer, Operation, OutBuffer},
};

use super::{Undone, make_room};

thread_local! {
    // Megabytes that would otherwise be taken for every message.
    static COMPRESSOR: RefCell<Option<Compressor<'static>>> = const { RefCell::new(None) };
}

pub(super) fn compress(message: &[u8]) -> Result<Vec<u8>, String> {
    COMPRESSOR.with_borrow_mut(|kept| {
        let compressor = match kept {
            Some(compressor) => compressor,
            none => none
                .insert(Compressor::new(zstd::DEFAULT_COMPRESSION_LEVEL).map_err(|error| error.to_string())?),
        };
        compressor.compress(message).map_err(|error| error.to_string())
    })
}

/// Reads one frame, and nothing else.
pub(super) fn decompress(compressed: &[u8], limit: usize) -> Result<Vec<u8>, Undone> {
    /// RFC 8878 §3.1.1.1.2: decoders should support windows of 8 MiB at least.
    const USUAL_WINDOW_LOG: u32 = 23;
    /// The largest that the library takes on every platform.
    const LARGEST_WINDOW_LOG: u32 = 27;
    let broken = |error: std::io::Error| Undone::Broken(error.to_string());
    let mut decoder = Decoder::new().map_err(broken)?;
    // A window larger than any message is of no use but to have memory taken for it.
    let window = limit
        .checked_next_power_of_two()
        .map_or(LARGEST_WINDOW_LOG, usize::ilog2);
    decoder
        .set_parameter(DParameter::WindowLogMax(
            window.clamp(USUAL_WINDOW_LOG, LARGEST_WINDOW_LOG),
        ))
        .map_err(broken)?;
    let mut input = InBuffer::around(compressed);
    let mut out = Vec::new();
    loop {
        make_room(&mut out, limit)?;
        let (taken, written) = (input.pos(), out.len());
        let hint = decoder
            .run(&mut input, &mut OutBuffer::around_pos(&mut out, written))
            .map_err(broken)?;
        let rest = compressed.len() - input.pos();
        match hint {
            0 if out.len() > limit => return Err(Undone::TooLarge),
            0 if rest == 0 => return Ok(out),
            0 => return Err(Undone::left_over(rest)),
            _ if input.pos() == taken && out.len() == written => return Err(Undone::cut_off()),
            _ => {}
        }
    }
}
