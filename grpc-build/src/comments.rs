//! A declaration's comments as doc comments.

use std::{collections::HashMap, fmt::Write as _};

use prost_types::{FileDescriptorProto, source_code_info::Location};

use crate::code::Code;

/// The comments of a file, by the paths of what they belong to.
pub(crate) struct Comments<'a>(HashMap<&'a [i32], &'a Location>);

/// A declaration's doc comment, one line each.
#[derive(Clone, Default)]
pub(crate) struct Docs(Vec<String>);

impl<'a> Comments<'a> {
    pub(crate) fn new(file: &'a FileDescriptorProto) -> Self {
        let locations = file.source_code_info.iter().flat_map(|info| &info.location);
        Self(locations.map(|location| (&location.path[..], location)).collect())
    }

    /// Of what is at `path` in the file's descriptor. Comments that stand apart from it are not its own.
    pub(crate) fn of(&self, path: &[i32]) -> Docs {
        let Some(location) = self.0.get(path) else {
            return Docs::default();
        };
        let [leading, trailing] = [location.leading_comments(), location.trailing_comments()];
        let between = (!leading.is_empty() && !trailing.is_empty()).then_some("");
        let lines = leading.lines().chain(between).chain(trailing.lines());
        Docs(lines.map(|line| format!("///{}", as_markdown(line))).collect())
    }
}

impl Docs {
    pub(crate) fn write(&self, code: &mut Code) {
        self.0.iter().for_each(|line| code.line(line));
    }

    /// All lines, indented by `pad`; empty if there are none.
    pub(crate) fn text(&self, pad: &str) -> String {
        self.0.iter().fold(String::new(), |mut text, line| {
            let _ = writeln!(text, "{pad}{line}");
            text
        })
    }
}

/// A line as rustdoc shows it: addresses are links, and brackets are none.
fn as_markdown(line: &str) -> String {
    let mut line = escape_brackets(&link_addresses(line));
    let mut first = line.chars();
    // Lists that go on in a line with two spaces have to have a third: one belongs to the slashes.
    if first.next().is_some_and(|char| char != ' ') || first.next() == Some(' ') {
        line.insert(0, ' ');
    }
    line
}

fn link_addresses(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(start) = rest.find("http") {
        let (before, address) = rest.split_at(start);
        let scheme = ["http://", "https://"]
            .into_iter()
            .find(|scheme| address.starts_with(scheme))
            .map_or(0, str::len);
        let end = address
            .find(|char: char| char.is_whitespace() || char == ')')
            .unwrap_or(address.len());
        out.push_str(before);
        if scheme > 0 && end > scheme {
            let _ = write!(out, "<{}>", &address[..end]);
            rest = &address[end..];
        } else {
            out.push_str("http");
            rest = &address["http".len()..];
        }
    }
    out + rest
}

/// `[sic]` is not a link; `[text](address)`, `[text][name]` and what is escaped already stay as they are.
fn escape_brackets(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(start) = rest.find('[') {
        let (before, bracket) = rest.split_at(start);
        out.push_str(before);
        let is_text = !out.ends_with([']', '\\']);
        match closing(bracket).filter(|_| is_text) {
            Some(end) => {
                let _ = write!(out, "\\[{}\\]", &bracket[1..end]);
                rest = &bracket[end + 1..];
            }
            None => {
                out.push('[');
                rest = &bracket[1..];
            }
        }
    }
    out + rest
}

/// Where the bracket that `text` begins with is closed, if that makes nothing of it but text.
fn closing(text: &str) -> Option<usize> {
    let first = text.find(']')?;
    let is_end = |at: usize| text[at..].starts_with(']') && !text[at + 1..].starts_with(['(', '[']);
    // `[a[0]]` has two at its end.
    if is_end(first + 1) {
        return Some(first + 1);
    }
    (is_end(first) && !text[..first].ends_with('\\')).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_gets_the_space_that_the_slashes_want() {
        for (line, markdown) in [
            ("", ""),
            (" As usual.", " As usual."),
            ("Without.", " Without."),
            ("   in a list", "    in a list"),
            (" ", " "),
        ] {
            assert_eq!(as_markdown(line), markdown);
        }
    }

    #[test]
    fn addresses_are_links() {
        for (line, markdown) in [
            (" See http://a.example/b.", " See <http://a.example/b.>"),
            (
                " (https://a.example) and https://b",
                " (<https://a.example>) and <https://b>",
            ),
            (
                " http:// and https, httpshttp://x",
                " http:// and https, https<http://x>",
            ),
        ] {
            assert_eq!(as_markdown(line), markdown);
        }
    }

    #[test]
    fn brackets_are_text() {
        for (line, markdown) in [
            (" [sic] and [sic]", r" \[sic\] and \[sic\]"),
            (" a [b] [c] d", r" a \[b\] \[c\] d"),
            (" [a[0]]", r" \[a[0]\]"),
            (" []", r" \[\]"),
            (" [text](address) [text][name]", " [text](address) [text][name]"),
            (r" \[escaped\]", r" \[escaped\]"),
            (" [open", " [open"),
        ] {
            assert_eq!(as_markdown(line), markdown);
        }
    }
}
