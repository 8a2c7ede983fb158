//! What changes between two versions of a file break. No I/O: descriptors go in, differences come out.

mod comments;
mod enumeration;
mod field;
mod index;
mod message;
mod reserved;
mod service;

use prost_types::FileDescriptorProto;

use self::index::Index;
use super::{Breaks, Difference};

/// Everything in which `new` differs from `old`, the worst first; not the order of declarations, nor how they are written.
///
/// Both are whole, as a compiler makes them: their type names begin with a dot. Of the types of other files only the names
/// are compared.
pub fn compare(old: &FileDescriptorProto, new: &FileDescriptorProto) -> Vec<Difference> {
    let versions = Versions {
        old: Index::of(old),
        new: Index::of(new),
    };
    let mut found = Vec::new();
    versions.package(&mut found);
    if old.syntax() != new.syntax() {
        let syntax = |file: &FileDescriptorProto| file.syntax.clone().unwrap_or_else(|| "proto2".to_owned());
        let what = format!("the syntax changed from {} to {}", syntax(old), syntax(new));
        found.push(Difference::new(Breaks::Code, versions.old.package_name(), what));
    }
    versions.services(&mut found);
    versions.messages(&mut found);
    versions.enums(&mut found);
    if old.options.clone().unwrap_or_default() != new.options.clone().unwrap_or_default() {
        let name = versions.old.package_name();
        found.push(Difference::new(
            Breaks::Code,
            name,
            "the options of the file changed",
        ));
    }
    found.extend(comments::compare(old, new));
    found.sort_by_key(|difference| difference.breaks);
    found
}

/// Both versions, by name.
struct Versions<'a> {
    old: Index<'a>,
    new: Index<'a>,
}

impl Versions<'_> {
    fn package(&self, found: &mut Vec<Difference>) {
        if self.old.package == self.new.package {
            return;
        }
        // Calls go to paths that begin with the package's name; messages on their own do not say it.
        let breaks = if self.old.services.is_empty() {
            Breaks::Code
        } else {
            Breaks::Wire
        };
        let what = format!("the package changed to {}", self.new.package_name());
        found.push(Difference::new(breaks, self.old.package_name(), what));
    }
}
