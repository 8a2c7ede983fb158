//! The contract that the code declares, against the `.proto` file that others have of it.

mod compare;
mod difference;
mod environment;
mod file;
mod text_diff;

use std::path::Path;

use prost_types::FileDescriptorProto;

pub use self::{
    compare::compare,
    difference::{Breaks, Difference},
};
use self::{
    environment::{Environment, UPDATE},
    file::Outcome,
};

/// [`assert_proto`](crate::testing::assert_proto), of a descriptor.
#[track_caller]
pub fn assert_file(code: &FileDescriptorProto, path: impl AsRef<Path>) {
    let path = path.as_ref();
    match file::check(code, path, &Environment::current()) {
        Ok(Outcome::Same) => {}
        Ok(Outcome::Written) => eprintln!("{UPDATE}: wrote {}", path.display()),
        Err(report) => panic!("{report}"),
    }
}
