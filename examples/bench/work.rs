//! The arithmetic of a handler that computes.

/// About 50 µs on a machine of 2025: every step has to wait for the one before, no two can be folded into one, and none touches
/// memory. A number of steps, not a time: a server that does not get the processor must not look as if it had worked.
pub(crate) fn work() -> u64 {
    let mut value: u64 = std::hint::black_box(0x9E37_79B9_7F4A_7C15);
    for _ in 0..STEPS {
        value = (value ^ (value >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    }
    value
}

const STEPS: u32 = 42_000;
