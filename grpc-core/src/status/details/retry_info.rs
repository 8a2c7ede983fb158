use std::time::Duration;

use crate::wire::{SecondsAndNanos, message};

/// How long to wait before the call is tried again. Whoever fails again should wait longer each time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RetryInfo {
    retry_delay: Option<SecondsAndNanos>,
}

message! {
    RetryInfo {
        1 optional message retry_delay;
    }
}

impl RetryInfo {
    /// Not before this time has passed. A time beyond what the wire can say, 315,576,000,000 seconds, is cut to that.
    pub fn after(delay: Duration) -> Self {
        Self {
            retry_delay: Some(delay.into()),
        }
    }

    /// How long to wait; `None` if it was left out, or is no time to wait, as a negative one.
    pub fn retry_delay(&self) -> Option<Duration> {
        const NANOS: i32 = 1_000_000_000;
        let delay = self.retry_delay?;
        let is_time = (0..=SecondsAndNanos::LONGEST.seconds).contains(&delay.seconds)
            && (0..NANOS).contains(&delay.nanos);
        is_time.then(|| delay.to_duration())?
    }
}
