use std::collections::HashMap;

use prost_types::{FileDescriptorProto, source_code_info::Location};

use super::writer::Writer;

/// The comments of a file, by the path of what they stand before.
pub(super) struct Comments<'a>(HashMap<&'a [i32], &'a Location>);

impl<'a> Comments<'a> {
    pub(super) fn of(file: &'a FileDescriptorProto) -> Self {
        let locations = file.source_code_info.iter().flat_map(|info| &info.location);
        let mut comments = HashMap::new();
        for location in locations {
            // One path may have several locations; the comments are on the first.
            comments.entry(&location.path[..]).or_insert(location);
        }
        Self(comments)
    }

    /// True if a comment stands before the declaration.
    pub(super) fn lead(&self, path: &[i32]) -> bool {
        self.leading(path).is_some()
    }

    /// The comment before the declaration.
    pub(super) fn write_leading(&self, path: &[i32], out: &mut Writer) {
        if let Some(comment) = self.leading(path) {
            write(comment, out);
        }
    }

    /// The comments at the top of the file, which stand before its `syntax`.
    pub(super) fn write_header(&self, path: &[i32], out: &mut Writer) {
        let detached = self
            .0
            .get(path)
            .map(|location| &location.leading_detached_comments);
        for comment in detached.into_iter().flatten() {
            write(comment, out);
            out.gap();
        }
        self.write_leading(path, out);
    }

    fn leading(&self, path: &[i32]) -> Option<&'a str> {
        let location = self.0.get(path)?;
        location
            .leading_comments
            .as_deref()
            .filter(|comment| !comment.trim().is_empty())
    }
}

/// Line by line. What stands directly behind the slashes gets a space, as doc comments have it.
fn write(comment: &str, out: &mut Writer) {
    let lines = comment.trim_end().split('\n');
    // A block comment's first line is often empty.
    for line in lines.skip_while(|line| line.trim().is_empty()) {
        let line = line.trim_end();
        if line.is_empty() || line.starts_with([' ', '/']) {
            out.line(&format!("//{line}"));
        } else {
            out.line(&format!("// {line}"));
        }
    }
}
