//! Which comments belong to what: the rules that `SourceCodeInfo.Location` states.

use super::lexer::{Token, is_space};

/// The comments between two words.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Comments {
    /// Of what ends with the first.
    pub(crate) trailing: String,
    pub(crate) detached: Vec<String>,
    /// Of what begins with the second.
    pub(crate) leading: String,
}

/// The comments between `previous`, if that is not the start of the file, and `next`.
pub(crate) fn between(source: &str, previous: Option<&Token>, next: &Token) -> Comments {
    let start = previous.map_or(0, |token| token.end);
    let mut gap = Gap {
        rest: &source[start..next.start],
        lines: 0,
    };
    let mut sorter = Sorter {
        may_trail: previous.is_some(),
        ..Sorter::default()
    };
    let mut trailing_end = None;
    if previous.is_some() {
        gap.skip_blanks();
        let line = gap.lines;
        match gap.comment() {
            Some(Comment { is_line: true, text }) => {
                trailing_end = Some(line);
                sorter.pending = Some((true, text));
                sorter.flush();
            }
            Some(Comment { is_line: false, text }) => {
                trailing_end = Some(gap.lines);
                gap.skip_blanks();
                // What comes before and after it is in the same line: it may be about either.
                if !gap.skip_newline() {
                    return Comments::default();
                }
                sorter.pending = Some((false, text));
                sorter.flush();
            }
            None if gap.skip_newline() => {}
            None => return Comments::default(),
        }
    }
    sorter.sort(&mut gap);
    let text = &source[next.start..next.end];
    if matches!(text, "" | "}" | "]" | ")") {
        sorter.flush();
    }
    if !text.is_empty() && (trailing_end == Some(gap.lines) || previous.is_some() && gap.lines == 0) {
        sorter.detach_only();
    }
    sorter.finish()
}

struct Comment {
    is_line: bool,
    text: String,
}

/// What is between two words, as far as it has not been read.
struct Gap<'a> {
    rest: &'a str,
    /// Ends of lines that were read.
    lines: usize,
}

impl Gap<'_> {
    fn skip_blanks(&mut self) {
        self.rest = self
            .rest
            .trim_start_matches(|char: char| char != '\n' && u8::try_from(char).is_ok_and(is_space));
    }

    fn skip_newline(&mut self) -> bool {
        let rest = self.rest.strip_prefix('\n');
        self.lines += usize::from(rest.is_some());
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn comment(&mut self) -> Option<Comment> {
        let (is_line, body) = match self.rest.strip_prefix("//") {
            Some(body) => (true, body),
            None => (false, self.rest.strip_prefix("/*")?),
        };
        let (text, rest) = if is_line {
            let end = body.find('\n').map_or(body.len(), |newline| newline + 1);
            let (text, rest) = body.split_at(end);
            (text.to_owned(), rest)
        } else {
            let (text, rest) = body.split_once("*/").unwrap_or((body, ""));
            (without_margin(text), rest)
        };
        let read = &self.rest[..self.rest.len() - rest.len()];
        self.lines += read.bytes().filter(|byte| *byte == b'\n').count();
        self.rest = rest;
        Some(Comment { is_line, text })
    }
}

/// Without what lines begin with up to an asterisk.
fn without_margin(block: &str) -> String {
    let mut lines = block.split('\n');
    let mut text = lines.next().unwrap_or_default().to_owned();
    for line in lines {
        let line = line.trim_start_matches(|char: char| u8::try_from(char).is_ok_and(is_space));
        text.push('\n');
        text.push_str(line.strip_prefix('*').unwrap_or(line));
    }
    text
}

/// Takes comments one after the other.
#[derive(Default)]
struct Sorter {
    comments: Comments,
    /// The last one, and whether it is of lines that another line may go on with.
    pending: Option<(bool, String)>,
    /// True until something stands between the previous word and the comment.
    may_trail: bool,
    /// How many have been sorted.
    count: usize,
    has_trailing: bool,
}

impl Sorter {
    /// Takes all that is in the lines after that of the previous word.
    fn sort(&mut self, gap: &mut Gap<'_>) {
        loop {
            gap.skip_blanks();
            if let Some(comment) = gap.comment() {
                if !comment.is_line {
                    gap.skip_blanks();
                    gap.skip_newline();
                }
                self.add(comment);
            } else if gap.skip_newline() {
                self.flush();
                self.may_trail = false;
            } else {
                return;
            }
        }
    }

    fn add(&mut self, comment: Comment) {
        if let (Some((true, text)), true) = (&mut self.pending, comment.is_line) {
            text.push_str(&comment.text);
        } else {
            self.flush();
            self.pending = Some((comment.is_line, comment.text));
        }
    }

    fn flush(&mut self) {
        let Some((_, text)) = self.pending.take() else {
            return;
        };
        if self.may_trail {
            self.comments.trailing = text;
            self.may_trail = false;
            self.has_trailing = true;
        } else {
            self.comments.detached.push(text);
        }
        self.count += 1;
    }

    /// A single comment in the line of the next word belongs to none of the two.
    fn detach_only(&mut self) {
        if self.count + usize::from(self.pending.is_some()) != 1 {
            return;
        }
        if self.has_trailing {
            let trailing = std::mem::take(&mut self.comments.trailing);
            self.comments.detached.insert(0, trailing);
        }
        self.flush();
    }

    fn finish(mut self) -> Comments {
        self.comments.leading = self.pending.take().map_or_else(String::new, |(_, text)| text);
        self.comments
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::lexer::tokens;

    /// The comments between the first two words.
    fn sorted(source: &str) -> [String; 3] {
        let tokens = tokens(source).unwrap();
        let Comments {
            trailing,
            detached,
            leading,
        } = between(source, Some(&tokens[0]), &tokens[1]);
        [trailing, detached.join("|"), leading]
    }

    #[test]
    fn a_comment_belongs_to_the_word_in_whose_line_it_is() {
        for (source, [trailing, detached, leading]) in [
            ("; // a\n// b\nx", [" a\n", "", " b\n"]),
            ("; /* a */\n/* b */ x", [" a ", "", " b "]),
            (";\n// a\n\n// b\nx", [" a\n", "", " b\n"]),
            (";\n\n// a\n\n// b\n// c\nx", ["", " a\n", " b\n c\n"]),
            (";\n// a\nx", ["", "", " a\n"]),
            (";\n// a\n\nx", [" a\n", "", ""]),
            (";\n// a\n/* b */\nx", [" a\n", "", " b "]),
        ] {
            assert_eq!(sorted(source), [trailing, detached, leading], "{source}");
        }
    }

    #[test]
    fn a_comment_that_may_be_of_either_word_is_of_none() {
        for (source, detached) in [("; /* a */ x", ""), ("; /* a\n b */\nx", ""), ("; x", "")] {
            let [_, found, leading] = sorted(source);
            assert_eq!([found.as_str(), leading.as_str()], [detached, ""], "{source}");
        }
    }

    #[test]
    fn what_closes_has_no_leading_comment() {
        assert_eq!(sorted(";\n\n// a\n}"), ["", " a\n", ""]);
        assert_eq!(sorted(";\n\n// a"), ["", " a", ""]);
    }

    #[test]
    fn blocks_lose_their_margins() {
        assert_eq!(sorted(";\n\n/* a\n * b\n   c\n */\nx")[2], " a\n b\nc\n");
    }
}
