//! What a measurement has found, as one line of JSON.

use std::{
    fmt, fs,
    time::{Duration, Instant},
};

use hdrhistogram::Histogram;

/// Calls, and the time and the processor time of this process that they took.
pub(crate) struct Report {
    began: Instant,
    cpu: Duration,
    took: Duration,
    pub(crate) calls: u64,
    /// In nanoseconds.
    pub(crate) latencies: Option<Histogram<u64>>,
}

impl Report {
    pub(crate) fn begin() -> Self {
        Self::begin_at(Instant::now())
    }

    /// The calls' time counts from then.
    pub(crate) fn begin_at(began: Instant) -> Self {
        Self {
            began,
            cpu: cpu_time(),
            took: Duration::ZERO,
            calls: 0,
            latencies: None,
        }
    }

    pub(crate) fn end(&mut self, calls: u64) {
        self.took = self.began.elapsed();
        self.cpu = cpu_time().saturating_sub(self.cpu);
        self.calls = calls;
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let calls = self.calls as f64;
        write!(
            f,
            r#"{{"calls": {}, "seconds": {:.4}, "calls_per_second": {:.1}, "client_cpu_us_per_call": {:.3}"#,
            self.calls,
            self.took.as_secs_f64(),
            calls / self.took.as_secs_f64(),
            self.cpu.as_secs_f64() * 1e6 / calls,
        )?;
        if let Some(latencies) = &self.latencies {
            let microseconds = |nanoseconds: u64| nanoseconds as f64 / 1e3;
            for (name, quantile) in [("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p999", 0.999)] {
                let value = latencies.value_at_quantile(quantile);
                write!(f, r#", "{name}_us": {:.1}"#, microseconds(value))?;
            }
            write!(f, r#", "max_us": {:.1}"#, microseconds(latencies.max()))?;
        }
        f.write_str("}")
    }
}

/// User and system time of all threads so far, by `/proc/self/stat`; zero where there is none.
fn cpu_time() -> Duration {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The second field, in parentheses, is the program's name, which may hold anything.
    let fields = stat.rsplit(')').next().unwrap_or_default();
    let ticks: u64 = fields
        .split_whitespace()
        .skip(11)
        .take(2)
        .filter_map(|field| field.parse::<u64>().ok())
        .sum();
    // Linux counts in hundredths of a second (USER_HZ) on all its common architectures.
    Duration::from_millis(ticks * 10)
}
