//! Comments of a `.proto` as rustdoc wants them.

use prost_types::FileDescriptorProto;

/// Marks the code in a file's comments as text: rustdoc would take it for Rust, and run it as a test.
pub(crate) fn defuse(file: &mut FileDescriptorProto) {
    for location in file
        .source_code_info
        .iter_mut()
        .flat_map(|info| &mut info.location)
    {
        for comment in location
            .leading_comments
            .iter_mut()
            .chain(&mut location.trailing_comments)
        {
            *comment = as_text(comment);
        }
    }
}

/// A line's part in the comment.
#[derive(PartialEq)]
enum In {
    Prose,
    Fence,
    /// Code by indentation, for which a fence has been opened.
    Indented,
}

fn as_text(comment: &str) -> String {
    const FENCE: &str = "```";

    let mut out = String::with_capacity(comment.len());
    let mut state = In::Prose;
    let mut after_blank = true;
    for line in comment.lines() {
        let trimmed = line.trim();
        let is_code = !trimmed.is_empty() && is_indented(line);
        if state == In::Indented && !is_code && !trimmed.is_empty() {
            out.push_str(" ```\n");
            state = In::Prose;
        }
        match state {
            In::Prose if trimmed.starts_with(FENCE) => {
                state = In::Fence;
                out.push_str(" ```text\n");
            }
            // Markdown: a paragraph goes on in an indented line, but for after a blank one.
            In::Prose if is_code && after_blank => {
                state = In::Indented;
                out.push_str(" ```text\n");
                out.push_str(line);
                out.push('\n');
            }
            In::Prose | In::Fence | In::Indented => {
                if trimmed.starts_with(FENCE) {
                    state = In::Prose;
                }
                out.push_str(line);
                out.push('\n');
            }
        }
        after_blank = trimmed.is_empty();
    }
    if state != In::Prose {
        out.push_str(" ```\n");
    }
    out
}

/// By four spaces more than the one that follows the slashes.
fn is_indented(line: &str) -> bool {
    line.starts_with("     ") || line.starts_with('\t') || line.starts_with(" \t")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_stays_as_it_is() {
        let prose = " One line.\n   Another, indented.\n\n - an item\n       that goes on\n";
        assert_eq!(as_text(prose), prose);
    }

    #[test]
    fn fenced_code_is_text() {
        assert_eq!(
            as_text(" As in:\n ```\n     f();\n ```\n End.\n"),
            " As in:\n ```text\n     f();\n ```\n End.\n"
        );
        assert_eq!(as_text(" ```rust\n f();\n"), " ```text\n f();\n ```\n");
    }

    #[test]
    fn indented_code_is_text() {
        assert_eq!(
            as_text(" As in:\n\n     f();\n\n     g();\n End.\n"),
            " As in:\n\n ```text\n     f();\n\n     g();\n ```\n End.\n"
        );
    }
}
