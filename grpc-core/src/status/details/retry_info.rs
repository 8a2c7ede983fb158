use std::time::Duration;

/// How long to wait before the call is tried again. Whoever fails again should wait longer each time.
#[derive(Clone, PartialEq, Eq, prost::Message)]
#[non_exhaustive]
pub struct RetryInfo {
    #[prost(message, optional, tag = "1")]
    retry_delay: Option<prost_types::Duration>,
}

impl RetryInfo {
    /// Not before this time has passed. A time beyond what the wire can say, 315,576,000,000 seconds, is cut to that.
    pub fn after(delay: Duration) -> Self {
        let delay = delay.min(Duration::new(LONGEST_SECONDS, 999_999_999));
        Self {
            retry_delay: Some(prost_types::Duration {
                seconds: delay.as_secs().cast_signed(),
                nanos: delay.subsec_nanos().cast_signed(),
            }),
        }
    }

    /// How long to wait; `None` if it was left out, or is no time to wait, as a negative one.
    pub fn retry_delay(&self) -> Option<Duration> {
        let delay = self.retry_delay?;
        let nanos = u32::try_from(delay.nanos)
            .ok()
            .filter(|&nanos| nanos < 1_000_000_000)?;
        let seconds = u64::try_from(delay.seconds)
            .ok()
            .filter(|&seconds| seconds <= LONGEST_SECONDS)?;
        Some(Duration::new(seconds, nanos))
    }
}

/// duration.proto: about 10,000 years.
const LONGEST_SECONDS: u64 = 315_576_000_000;
