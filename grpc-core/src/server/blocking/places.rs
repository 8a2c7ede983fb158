use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::{Result, Status};

/// How many handlers may block at a time, if nothing else is said. Half the threads that tokio's pool has by default, so that
/// name lookups, files and the program's own `spawn_blocking` always find one.
pub(in crate::server) const MAX_BLOCKING: usize = 256;

/// A server's places for handlers that block.
#[derive(Debug)]
pub(in crate::server) struct Places {
    free: Arc<Semaphore>,
    all: usize,
}

impl Places {
    pub(in crate::server) fn new(all: usize) -> Self {
        let all = all.min(Semaphore::MAX_PERMITS);
        Self {
            free: Arc::new(Semaphore::new(all)),
            all,
        }
    }

    /// A place, until what this returns is dropped.
    ///
    /// # Errors
    /// RESOURCE_EXHAUSTED if all are taken.
    pub(super) fn take(&self) -> Result<OwnedSemaphorePermit> {
        Arc::clone(&self.free).try_acquire_owned().map_err(|_| {
            Status::resource_exhausted(format!(
                "no place for another blocking handler: Server::max_blocking is {}",
                self.all
            ))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Code;

    #[test]
    fn a_place_that_is_given_back_can_be_taken_again() {
        let places = Places::new(1);
        let place = places.take().unwrap();
        let error = places.take().unwrap_err();
        assert_eq!(
            (error.code(), error.message()),
            (
                Code::ResourceExhausted,
                "no place for another blocking handler: Server::max_blocking is 1"
            )
        );
        drop(place);
        assert!(places.take().is_ok());
    }

    #[test]
    fn any_number_of_places_will_do() {
        assert!(Places::new(0).take().is_err());
        assert!(Places::new(usize::MAX).take().is_ok());
    }
}
