//! What was made of `.proto` files, as long as they stay as they are.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime},
};

use grpc_build::Descriptors;

use super::Protos;
use crate::Error;

/// How many loads are kept.
const MOST: usize = 64;

/// What is younger than this may change again within the same tick of the file system's clock, unseen; the coarsest one
/// in use (FAT's) ticks every two seconds.
const SETTLED: Duration = Duration::from_secs(2);

/// As the builder's `load`; relative paths start at `root`.
pub(super) fn load(root: PathBuf, files: Vec<PathBuf>, includes: Vec<PathBuf>) -> Result<Protos, Error> {
    let key = Key {
        root,
        files,
        includes,
    };
    let known = lock().find(&key);
    if let Some(known) = known
        && known.is_current()
    {
        return Ok(known.protos);
    }
    // Outside the lock: two that come at once both compile, and none waits for files that are not its own.
    let started = SystemTime::now();
    let compiled = grpc_build::descriptors(&key.root, &key.includes, &key.files)
        .map_err(|error| Error::new(error.to_string()))?;
    let entry = Entry {
        stamps: Stamp::of(&compiled),
        protos: Protos::from_descriptor_set(&compiled.set[..])?,
    };
    let protos = entry.protos.clone();
    if entry.is_settled(started) {
        lock().insert(key, entry);
    }
    Ok(protos)
}

fn lock() -> MutexGuard<'static, Cache> {
    static CACHE: Mutex<Cache> = Mutex::new(Cache(Vec::new()));
    CACHE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Least recently used first.
struct Cache(Vec<(Key, Entry)>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Key {
    root: PathBuf,
    files: Vec<PathBuf>,
    includes: Vec<PathBuf>,
}

#[derive(Clone)]
struct Entry {
    stamps: Vec<Stamp>,
    protos: Protos,
}

/// How a file was when it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Stamp {
    path: PathBuf,
    /// `None` if it was not there.
    seen: Option<(SystemTime, u64)>,
}

impl Cache {
    fn find(&mut self, key: &Key) -> Option<Entry> {
        let index = self.0.iter().position(|(known, _)| known == key)?;
        let found = self.0.remove(index);
        let entry = found.1.clone();
        self.0.push(found);
        Some(entry)
    }

    fn insert(&mut self, key: Key, entry: Entry) {
        self.0.retain(|(known, _)| *known != key);
        if self.0.len() >= MOST {
            self.0.remove(0);
        }
        self.0.push((key, entry));
    }
}

impl Entry {
    fn is_current(&self) -> bool {
        self.stamps.iter().all(|stamp| *stamp == Stamp::new(&stamp.path))
    }

    /// True if no file can have changed since it was read without a trace.
    fn is_settled(&self, started: SystemTime) -> bool {
        let is_old = |modified: SystemTime| started.duration_since(modified).is_ok_and(|age| age >= SETTLED);
        let mut seen = self.stamps.iter().filter_map(|stamp| stamp.seen);
        seen.all(|(modified, _)| is_old(modified))
    }
}

impl Stamp {
    fn of(compiled: &Descriptors) -> Vec<Self> {
        let paths = compiled.files.iter().chain(&compiled.missing);
        paths.map(|path| Self::new(path)).collect()
    }

    fn new(path: &Path) -> Self {
        let seen = fs::metadata(path)
            .and_then(|metadata| Ok((metadata.modified()?, metadata.len())))
            .ok();
        Self {
            path: path.to_owned(),
            seen,
        }
    }
}
