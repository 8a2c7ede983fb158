//! The [`Method`]s of calls by descriptor. The client wants them `'static`, as those of generated code are.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use crate::{Method, MethodKind, Result, Status};

/// How many different methods a process may call by descriptor. They are kept for good, some hundred bytes each, and who
/// takes descriptors from strangers has no say in how many there are.
const MOST: usize = 16 * 1024;

/// The method that goes by this path, the same each time.
///
/// # Errors
/// RESOURCE_EXHAUSTED if there are too many.
pub(super) fn method(path: &str, kind: MethodKind) -> Result<&'static Method> {
    let mut methods = METHODS.lock().unwrap_or_else(PoisonError::into_inner);
    methods
        .get_or_insert_with(Table::default)
        .method(path, kind, MOST)
}

/// What a call has that fails before its method is known.
pub(super) static NONE: Method = Method::new("/", MethodKind::Unary);

static METHODS: Mutex<Option<Table>> = Mutex::new(None);

/// By path; of one path there may be several kinds, of different protos.
#[derive(Default)]
struct Table {
    methods: HashMap<&'static str, Vec<&'static Method>>,
    len: usize,
}

impl Table {
    fn method(&mut self, path: &str, kind: MethodKind, most: usize) -> Result<&'static Method> {
        let known = self.methods.get(path).into_iter().flatten();
        if let Some(method) = known.into_iter().find(|method| method.kind() == kind) {
            return Ok(method);
        }
        if self.len >= most {
            return Err(Status::resource_exhausted(format!(
                "{path}: {most} different methods have been called by descriptor in this process; no more are"
            )));
        }
        let path: &'static str = path.to_owned().leak();
        let method: &'static Method = Box::leak(Box::new(Method::new(path, kind)));
        self.methods.entry(path).or_default().push(method);
        self.len += 1;
        Ok(method)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_method_is_made_once_and_there_are_only_so_many() {
        let mut table = Table::default();
        let unary = table.method("/a.B/C", MethodKind::Unary, 2).unwrap();
        assert_eq!((unary.path(), unary.kind()), ("/a.B/C", MethodKind::Unary));
        let streaming = table.method("/a.B/C", MethodKind::ServerStreaming, 2).unwrap();
        assert_eq!(streaming.kind(), MethodKind::ServerStreaming);
        let again = table.method("/a.B/C", MethodKind::Unary, 2).unwrap();
        assert!(std::ptr::eq(unary, again));
        let error = table.method("/a.B/D", MethodKind::Unary, 2).unwrap_err();
        assert_eq!(error.code(), crate::Code::ResourceExhausted);
    }
}
