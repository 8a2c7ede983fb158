//! The compiler's errors as text: `file:line:column: message`, a line for each.

use std::{fmt::Write as _, fs};

use miette::{Diagnostic, SourceCode};

use crate::directories::Directories;

/// How many mistakes of one file are worth reading at once.
const MOST: usize = 8;

pub(crate) fn render(error: &protox::Error, directories: &Directories) -> String {
    let path = error.file().and_then(|name| directories.resolve(name));
    let file = match (&path, error.file()) {
        (Some(path), _) => directories.show(path),
        (None, Some(name)) => name.to_owned(),
        (None, None) => return error.to_string(),
    };
    let text = path
        .and_then(|path| fs::read_to_string(path).ok())
        .unwrap_or_default();
    let source: &dyn SourceCode = error.source_code().unwrap_or(&text);

    let mut out = String::new();
    let related = error.related().into_iter().flatten();
    for diagnostic in std::iter::once(error as &dyn Diagnostic)
        .chain(related)
        .take(MOST)
    {
        if !out.is_empty() {
            out.push('\n');
        }
        out.push_str(&file);
        if let Some((line, column)) = position(diagnostic, source, &text) {
            let _ = write!(out, ":{line}:{column}");
        }
        let _ = write!(out, ": {}", explain(diagnostic, directories));
        if text.starts_with('\u{feff}') && out.ends_with(":1:1: invalid token") {
            out.push_str(": the file begins with a byte order mark; save it as UTF-8 without one");
        }
    }
    out
}

fn explain(diagnostic: &dyn Diagnostic, directories: &Directories) -> String {
    let mut message = diagnostic.to_string();
    if message.ends_with("but found 'edition'") {
        return "editions are not supported by the .proto compiler: write `syntax = \"proto3\";` (or \"proto2\")"
            .to_owned();
    }
    if message.starts_with("import '") && message.ends_with("' not found") {
        let _ = write!(message, "; looked in {}", directories.show_includes());
    }
    if let Some(help) = diagnostic.help() {
        let _ = write!(message, " ({help})");
    }
    message
}

/// Line and column, from 1. Of two places, the one at fault is where a name is defined again, and not the range
/// that a number may not be in. What went wrong at the end of the file has no place but that.
fn position(diagnostic: &dyn Diagnostic, source: &dyn SourceCode, text: &str) -> Option<(usize, usize)> {
    let labels: Vec<_> = diagnostic.labels().into_iter().flatten().collect();
    let find = |wanted: fn(&str) -> bool| {
        labels
            .iter()
            .find(|label| wanted(label.label().unwrap_or_default()))
    };
    let label = find(|text| text.contains("again")).or_else(|| find(|text| !text.contains("range")));
    if let Some(label) = label.or_else(|| labels.first()) {
        let contents = source.read_span(label.inner(), 0, 0).ok()?;
        return Some((contents.line() + 1, contents.column() + 1));
    }
    let at_end = diagnostic.to_string().ends_with("reached end of file");
    at_end.then(|| {
        let last = text.trim_end().lines().enumerate().last();
        last.map_or((1, 1), |(line, text)| (line + 1, text.chars().count() + 1))
    })
}
