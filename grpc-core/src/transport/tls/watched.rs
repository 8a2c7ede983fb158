//! What was read from files, and is read again when they change.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant, SystemTime},
};

use crate::Error;

/// How often files are looked at, at most, by default.
const CHECK: Duration = Duration::from_secs(10);

/// A value, the files that it comes from, and how it is read. There is no task behind it: who needs the value
/// looks, so files of a server that nobody connects to are not looked at either.
pub(super) struct Watched<T> {
    files: Vec<PathBuf>,
    load: Load<T>,
    state: Mutex<State<T>>,
}

type Load<T> = Box<dyn Fn() -> Result<T, Error> + Send + Sync>;

struct State<T> {
    value: Arc<T>,
    /// Of the files when they were last read, also if that failed.
    stamps: Vec<Option<Stamp>>,
    checked: Instant,
    interval: Duration,
}

impl<T> Watched<T> {
    /// Reads the value.
    ///
    /// # Errors
    /// What `load` says.
    pub(super) fn new(
        files: Vec<PathBuf>,
        load: impl Fn() -> Result<T, Error> + Send + Sync + 'static,
    ) -> Result<Self, Error> {
        // Before the files are read: what changes between the two is then seen at the next look.
        let stamps = stamps(&files);
        let value = Arc::new(load()?);
        Ok(Self {
            files,
            load: Box::new(load),
            state: Mutex::new(State {
                value,
                stamps,
                checked: Instant::now(),
                interval: CHECK,
            }),
        })
    }

    pub(super) fn set_interval(&self, interval: Duration) {
        self.lock().interval = interval;
    }

    /// The value, read again if it is time to look at the files and they have changed. What cannot be read
    /// leaves the old value, and a warning.
    pub(super) fn current(&self) -> Arc<T> {
        let mut state = self.lock();
        if !self.files.is_empty() && state.checked.elapsed() >= state.interval {
            state.checked = Instant::now();
            let stamps = stamps(&self.files);
            if stamps != state.stamps {
                state.stamps = stamps;
                match (self.load)() {
                    Ok(value) => {
                        tracing::info!(files = ?self.files, "read changed TLS files");
                        state.value = Arc::new(value);
                    }
                    Err(error) => {
                        tracing::warn!(%error, "changed TLS files are not used; the old ones are kept")
                    }
                }
            }
        }
        Arc::clone(&state.value)
    }

    /// Reads the value again now.
    ///
    /// # Errors
    /// If it cannot be read; then the old value stays.
    pub(super) fn reload(&self) -> Result<(), Error> {
        let mut state = self.lock();
        state.stamps = stamps(&self.files);
        state.value = Arc::new((self.load)()?);
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What tells one content of a file from the next. The inode catches a file that was moved into place.
#[derive(PartialEq)]
struct Stamp {
    modified: Option<SystemTime>,
    length: u64,
    inode: u64,
}

fn stamps(files: &[PathBuf]) -> Vec<Option<Stamp>> {
    files.iter().map(|file| stamp(file)).collect()
}

fn stamp(file: &Path) -> Option<Stamp> {
    let metadata = fs::metadata(file).ok()?;
    #[cfg(unix)]
    let inode = std::os::unix::fs::MetadataExt::ino(&metadata);
    #[cfg(not(unix))]
    let inode = 0;
    Some(Stamp {
        modified: metadata.modified().ok(),
        length: metadata.len(),
        inode,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_file_is_read_again_and_a_broken_one_leaves_the_old_value() {
        let path = std::env::temp_dir().join(format!("grpc-watched-{}", std::process::id()));
        let load = {
            let path = path.clone();
            move || {
                let text = fs::read_to_string(&path)?;
                text.parse::<u32>()
                    .map_err(|error| Error::new(&text).with_source(error))
            }
        };
        assert!(
            Watched::new(vec![path.clone()], load.clone()).is_err(),
            "no such file"
        );
        fs::write(&path, "1").unwrap();
        let watched = Watched::new(vec![path.clone()], load).unwrap();
        fs::write(&path, "22").unwrap();
        assert_eq!(*watched.current(), 1, "it is too early to look");
        watched.set_interval(Duration::ZERO);
        assert_eq!(*watched.current(), 22);
        fs::write(&path, "broken").unwrap();
        assert_eq!(*watched.current(), 22);
        assert_eq!(
            watched.reload().unwrap_err().to_string(),
            "broken: invalid digit found in string"
        );
        assert_eq!(*watched.current(), 22);
        fs::remove_file(&path).unwrap();
        assert_eq!(*watched.current(), 22, "it may be about to be replaced");
        fs::write(&path, "333").unwrap();
        assert_eq!(*watched.current(), 333);
        fs::remove_file(&path).unwrap();
    }
}
