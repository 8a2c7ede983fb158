//! Makes calls and measures what they take: in a closed loop, as fast as they are answered, or in an open one, at a rate.

use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use hdrhistogram::Histogram;
use tokio::{sync::Semaphore, task::JoinSet};

use super::{
    report::Report,
    settings::{Result, Settings},
};

/// How many calls, and how fast.
pub(crate) struct Load {
    pub(crate) calls: u64,
    /// Calls before those, which do not count.
    pub(crate) warm_up: u64,
    /// Calls a second; 0 is as fast as they are answered.
    pub(crate) rate: f64,
}

impl Load {
    pub(crate) fn take(settings: &mut Settings) -> Result<Self> {
        Ok(Self {
            calls: settings.take("calls", 1000)?,
            warm_up: settings.take("warm-up", 0)?,
            rate: settings.take("rate", 0.0)?,
        })
    }

    /// A call that fails, or is answered wrongly, ends the measurement.
    pub(crate) async fn run<C, F>(&self, callers: Vec<C>) -> Result<Report>
    where
        C: Fn() -> F + Clone + Send + 'static,
        F: Future<Output = Result<()>> + Send + 'static,
    {
        if self.rate > 0.0 {
            return open(self.calls, self.rate, self.warm_up, callers).await;
        }
        closed(self.warm_up, callers.clone()).await?;
        closed(self.calls, callers).await
    }
}

/// Every caller makes a call when the one before has been answered, until all together have made `calls`.
async fn closed<F>(calls: u64, callers: Vec<impl Fn() -> F + Send + 'static>) -> Result<Report>
where
    F: Future<Output = Result<()>> + Send + 'static,
{
    let mut report = Report::begin();
    let left = Arc::new(AtomicU64::new(calls));
    let mut running: JoinSet<Result<()>> = JoinSet::new();
    for caller in callers {
        let left = Arc::clone(&left);
        running.spawn(async move {
            while take_one(&left) {
                caller().await?;
            }
            Ok(())
        });
    }
    while let Some(ended) = running.join_next().await {
        ended??;
    }
    report.end(calls);
    Ok(report)
}

fn take_one(left: &AtomicU64) -> bool {
    left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1))
        .is_ok()
}

/// Calls begin when they are due, `rate` of them a second, whether or not those before have been answered; but one that finds all
/// `callers` busy waits for one. Latency counts from the moment that a call was due, so that a stall is seen by
/// all the calls that fell into it (no "coordinated omission").
///
/// It keeps one processor busy: timers are too coarse for this.
async fn open<F>(
    calls: u64,
    rate: f64,
    warm_up: u64,
    callers: Vec<impl Fn() -> F + Send + 'static>,
) -> Result<Report>
where
    F: Future<Output = Result<()>> + Send + 'static,
{
    let mut latencies = Histogram::<u64>::new(3)?;
    let mut report = Report::begin();
    let places = Arc::new(Semaphore::new(callers.len()));
    let mut running = JoinSet::new();
    let start = Instant::now();
    for call in 0..warm_up + calls {
        let due = start + Duration::from_secs_f64(call as f64 / rate);
        if call == warm_up {
            report = Report::begin_at(due);
        }
        while Instant::now() < due {
            tokio::task::yield_now().await;
            while let Some(ended) = running.try_join_next() {
                record(&mut latencies, ended?)?;
            }
        }
        // Callers differ in their connections only, and take turns.
        let calling = callers[call as usize % callers.len()]();
        let places = Arc::clone(&places);
        running.spawn(async move {
            let place = places.acquire_owned().await?;
            calling.await?;
            drop(place);
            Ok((call >= warm_up).then(|| due.elapsed()))
        });
    }
    while let Some(ended) = running.join_next().await {
        record(&mut latencies, ended?)?;
    }
    report.end(calls);
    report.latencies = Some(latencies);
    Ok(report)
}

fn record(latencies: &mut Histogram<u64>, ended: Result<Option<Duration>>) -> Result<()> {
    if let Some(latency) = ended? {
        latencies.record(latency.as_nanos() as u64)?;
    }
    Ok(())
}
