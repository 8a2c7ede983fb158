//! What is wrong in a `.proto`, and where.

/// A mistake in a file.
#[derive(Debug)]
pub(crate) struct Mistake {
    /// In bytes from the file's start; without one, it is the file as a whole that is wrong.
    pub(crate) offset: Option<usize>,
    pub(crate) text: String,
}

impl Mistake {
    pub(crate) fn new(offset: usize, text: impl Into<String>) -> Self {
        Self {
            offset: Some(offset),
            text: text.into(),
        }
    }
}

/// What is wrong in a file.
#[derive(Debug)]
pub(crate) struct Mistakes {
    /// As imports name the file.
    pub(crate) file: String,
    pub(crate) source: String,
    /// At least one.
    pub(crate) mistakes: Vec<Mistake>,
}

/// Line and column of a place, from 1, columns in characters.
pub(crate) fn line_and_column(source: &str, offset: usize) -> (usize, usize) {
    let before = source.get(..offset).unwrap_or(source);
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
    (line, before[line_start..].chars().count() + 1)
}

/// A mistake in what a file declares.
#[derive(Debug)]
pub(crate) struct Wrong {
    /// Of the location where it is.
    pub(crate) path: Vec<i32>,
    pub(crate) text: String,
}

impl Wrong {
    pub(crate) fn new(path: &[i32], text: impl Into<String>) -> Self {
        Self {
            path: path.to_owned(),
            text: text.into(),
        }
    }
}
