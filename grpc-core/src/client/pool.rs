//! The channels behind calls that name a target only.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{runtime, time::Instant};

use super::channel::{Channel, current_runtime};
use crate::Status;

/// How long a channel is kept that no call uses.
const IDLE: Duration = Duration::from_secs(5 * 60);

/// How many channels are kept at most. Past that, those that have not been used for longest go first.
const MOST: usize = 256;

/// The pooled channel to this target, on the runtime that this is called on.
pub(super) fn channel(target: &str) -> Result<Channel, Status> {
    let runtime = current_runtime()?;
    let now = Instant::now();
    let (channel, evicted, first) =
        lock()
            .get_or_insert_with(Pool::default)
            .channel(runtime.id(), target, now);
    // Outside the lock: the last of a channel closes its connections.
    drop(evicted);
    if first {
        let id = runtime.id();
        runtime.spawn(sweep(Sweep {
            runtime: id,
            over: false,
        }));
    }
    Ok(channel)
}

static POOL: Mutex<Option<Pool>> = Mutex::new(None);

fn lock() -> MutexGuard<'static, Option<Pool>> {
    POOL.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Channels by runtime and target, which says whether they are secure.
#[derive(Default)]
struct Pool(HashMap<runtime::Id, HashMap<String, Entry>>);

struct Entry {
    channel: Channel,
    used: Instant,
}

impl Pool {
    /// The channel, those that had to go for it, and whether it is the first of its runtime.
    fn channel(&mut self, runtime: runtime::Id, target: &str, now: Instant) -> (Channel, Vec<Entry>, bool) {
        let first = !self.0.contains_key(&runtime);
        let entries = self.0.entry(runtime).or_default();
        if let Some(entry) = entries.get_mut(target) {
            entry.used = now;
            return (entry.channel.clone(), Vec::new(), first);
        }
        let mut evicted = Vec::new();
        while entries.len() >= MOST {
            let Some(oldest) = entries
                .iter()
                .min_by_key(|(_, entry)| entry.used)
                .map(|(key, _)| key.clone())
            else {
                break;
            };
            evicted.extend(entries.remove(&oldest));
        }
        let channel = Channel::builder(target).build();
        entries.insert(
            target.to_owned(),
            Entry {
                channel: channel.clone(),
                used: now,
            },
        );
        (channel, evicted, first)
    }

    /// Takes out what no call has used for long; and says when to look again, if there is anything left.
    fn evict(&mut self, runtime: runtime::Id, now: Instant) -> (Vec<Entry>, Option<Instant>) {
        let Some(entries) = self.0.get_mut(&runtime) else {
            return (Vec::new(), None);
        };
        for entry in entries.values_mut().filter(|entry| !entry.channel.is_unused()) {
            entry.used = now;
        }
        let is_old = |entry: &Entry| entry.used + IDLE <= now;
        let evicted = entries
            .extract_if(|_, entry| is_old(entry))
            .map(|(_, entry)| entry)
            .collect();
        let next = entries.values().map(|entry| entry.used + IDLE).min();
        if next.is_none() {
            self.0.remove(&runtime);
        }
        (evicted, next)
    }
}

/// Evicts idle channels of one runtime until there are none left.
async fn sweep(mut sweep: Sweep) {
    loop {
        let (evicted, next) = match &mut *lock() {
            Some(pool) => pool.evict(sweep.runtime, Instant::now()),
            None => (Vec::new(), None),
        };
        drop(evicted);
        match next {
            Some(next) => tokio::time::sleep_until(next).await,
            None => break,
        }
    }
    sweep.over = true;
}

/// Forgets a runtime's channels when the runtime goes before the sweep is over.
struct Sweep {
    runtime: runtime::Id,
    over: bool,
}

impl Drop for Sweep {
    fn drop(&mut self) {
        if !self.over {
            let removed = lock().as_mut().and_then(|pool| pool.0.remove(&self.runtime));
            // Outside the lock.
            drop(removed);
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::runtime::Handle;

    use super::*;

    #[tokio::test]
    async fn channels_are_shared_and_evicted_when_idle_or_too_many() {
        let runtime = Handle::current().id();
        let now = Instant::now();
        let mut pool = Pool::default();
        let (held, _, first) = pool.channel(runtime, "a:1", now);
        assert!(first);
        let (again, _, first) = pool.channel(runtime, "a:1", now);
        assert!(!first && !again.is_unused());
        drop(again);
        pool.channel(runtime, "b:1", now);

        let (evicted, next) = pool.evict(runtime, now + IDLE);
        assert_eq!(evicted.len(), 1, "b, but not a, which is in use");
        assert_eq!(next, Some(now + 2 * IDLE));
        drop(held);
        let (evicted, next) = pool.evict(runtime, now + 2 * IDLE);
        assert_eq!((evicted.len(), next), (1, None));
        assert!(pool.0.is_empty());

        for number in 0..MOST {
            pool.channel(
                runtime,
                &format!("h:{number}"),
                now + Duration::from_secs(number as u64),
            );
        }
        let (_, evicted, _) = pool.channel(runtime, "one more:1", now + IDLE);
        assert_eq!(evicted.len(), 1);
        assert!(!pool.0[&runtime].contains_key("h:0"));
    }
}
