//! The contract that the code declares, against the `.proto` file that others have of it.

mod compare;
mod difference;
mod environment;
mod file;
mod text_diff;

use std::{
    any::type_name,
    path::{Path, PathBuf},
};

use prost_types::FileDescriptorProto;

pub use self::{
    compare::compare,
    difference::{Breaks, Difference},
};
use self::{
    environment::{Environment, UPDATE},
    file::Outcome,
};
use crate::code_first::{Described, Files};

/// Checks that a `.proto` file says what the code declares: the file that others have of this contract.
///
/// `T` is a message, an enum or a service that its code declares, or a tuple of them, as
/// [`proto_of`](crate::code_first::proto_of) takes it. The path starts at the root of the crate under test
/// (`CARGO_MANIFEST_DIR`). Files of other packages that this one imports and that code declares are checked too, where the
/// import finds them: in the directory that the path ends in the file's name below, or else beside the file.
///
/// ```text
/// #[test]
/// fn the_contract_is_the_one_that_clients_have() {
///     grpc::testing::assert_proto::<Tally>("proto/tally.proto");
/// }
/// ```
///
/// With `GRPC_UPDATE_PROTOS=1` in the environment a file that is missing or differs is written from the code instead, with the
/// directories on its way, and this passes. Comments at the file's top and its own options (`go_package`) stay;
/// other comments, other options and order become the code's. Where `CI` is set nothing is written.
///
/// # Panics
/// If the file is missing, cannot be compiled, or differs, in comments before declarations too, but not in order and
/// layout. The message lists what differs, each with what that breaks for those who still have the old file, and shows both
/// versions as a diff:
///
/// ```text
/// BREAKS THE WIRE  tally.v1.Step.by: field 1 changed from int64 to string
/// BREAKS JSON      tally.v1.Total.value: field 1 renamed to sum
/// does not break   tally.v1.Tally.Reset: rpc added
/// ```
#[track_caller]
pub fn assert_proto<T: Described>(path: impl AsRef<Path>) {
    let files = match Files::of::<T>() {
        Ok(files) => files,
        Err(error) => panic!("no .proto of {}: {error}", type_name::<T>()),
    };
    let files: Vec<&FileDescriptorProto> = files.written().collect();
    assert_files(&files, path.as_ref(), &Environment::current());
}

/// The first of the files is the one at `path`.
#[track_caller]
fn assert_files(files: &[&FileDescriptorProto], path: &Path, environment: &Environment) {
    let base = match files {
        [first, ..] => base(path, first.name()),
        [] => panic!("{} is declared by a .proto that no code writes", path.display()),
    };
    let mut reports = Vec::new();
    // From the last on, so that what a file imports is there before it.
    for (index, file) in files.iter().enumerate().rev() {
        let path = if index == 0 {
            path.to_owned()
        } else {
            base.join(file.name())
        };
        match file::check(file, &path, environment) {
            Ok(Outcome::Same) => {}
            Ok(Outcome::Written) => eprintln!("{UPDATE}: wrote {}", path.display()),
            Err(report) => reports.push(report),
        }
    }
    reports.reverse();
    assert!(reports.is_empty(), "{}", reports.join("\n\n"));
}

/// The directory that imports of the file start from.
fn base(path: &Path, name: &str) -> PathBuf {
    if path.ends_with(name) {
        let depth = Path::new(name).components().count();
        path.ancestors().nth(depth).unwrap_or(path).to_owned()
    } else {
        path.parent().unwrap_or(path).to_owned()
    }
}
