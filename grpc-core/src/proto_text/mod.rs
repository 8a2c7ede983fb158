//! A file's descriptor as the `.proto` that declares it, in one canonical form: proto3, the imports sorted, services before
//! messages before enums, and type names as short as they can be.

mod body;
mod check;
mod comments;
mod names;
mod options;
mod writer;

use prost_types::FileDescriptorProto;

use self::{body::Body, writer::Writer};
use crate::Error;

/// The text of the file. Compiled, it is the same descriptor again, but for options that are somebody's own.
///
/// Of the descriptor's source info it takes the comments that lead a declaration, and those at the file's top.
///
/// # Errors
/// If it is not proto3, or no file declares it.
pub fn print(file: &FileDescriptorProto) -> Result<String, Error> {
    check::check(file).map_err(|why| Error::new(format!("print {}: {why}", file.name())))?;
    let mut body = Body::new(file);
    body.file();
    Ok(body.into_text())
}

/// What `name` is in JSON, unless the field says otherwise.
pub fn default_json_name(name: &str) -> String {
    let mut json = String::with_capacity(name.len());
    let mut upper = false;
    for c in name.chars() {
        match c {
            '_' => upper = true,
            c if std::mem::take(&mut upper) => json.push(c.to_ascii_uppercase()),
            c => json.push(c),
        }
    }
    json
}
