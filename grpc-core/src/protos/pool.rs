//! Pools of descriptors.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::OnceLock,
};

use prost_reflect::{DescriptorError, DescriptorPool, MessageDescriptor};

/// A pool with the well-known types in it. What is added of the same files is left out, so that nobody else says what a
/// `google.protobuf.Timestamp` is.
pub(super) fn well_known() -> DescriptorPool {
    static POOL: OnceLock<DescriptorPool> = OnceLock::new();
    POOL.get_or_init(|| {
        // Others may have added to the global pool.
        let files = DescriptorPool::global()
            .file_descriptor_protos()
            .filter(|file| file.name().starts_with("google/protobuf/"))
            .cloned()
            .collect::<Vec<_>>();
        let mut pool = DescriptorPool::new();
        // They were in a pool already.
        let added = pool.add_file_descriptor_protos(files);
        debug_assert!(added.is_ok(), "{added:?}");
        pool
    })
    .clone()
}

/// `google.protobuf.Empty`.
pub(super) fn empty() -> MessageDescriptor {
    use prost_reflect::ReflectMessage;
    ().descriptor()
}

/// Adds the files of an encoded set, in any order, by way of the bytes: so options which are extensions are kept.
pub(super) fn add_set(pool: &mut DescriptorPool, encoded: &[u8]) -> Result<(), String> {
    // The descriptors may come from anyone, and what checks them is large.
    let added = catch_unwind(AssertUnwindSafe(|| {
        let mut added = pool.clone();
        added.decode_file_descriptor_set(encoded).map(|()| added)
    }));
    match added {
        Ok(Ok(added)) => {
            *pool = added;
            Ok(())
        }
        Ok(Err(error)) => Err(text(&error)),
        Err(_) => Err("the check of the descriptors panicked".to_owned()),
    }
}

/// The error with the file that it is in.
fn text(error: &DescriptorError) -> String {
    match error.file() {
        Some(file) => format!("{file}: {error}"),
        None => error.to_string(),
    }
}
