//! What is wrong in a file as text: `file:line:column: message`, a line for each.

use crate::{
    directories::Directories,
    proto::{Mistakes, line_and_column},
};

/// How many mistakes of one file are worth reading at once.
const MOST: usize = 8;

pub(crate) fn render(mistakes: &Mistakes, directories: &Directories) -> String {
    let Mistakes {
        file,
        source,
        mistakes,
    } = mistakes;
    let path = directories.resolve(file);
    let file = path.map_or_else(|| file.clone(), |path| directories.show(&path));
    let lines: Vec<String> = mistakes
        .iter()
        .take(MOST)
        .map(|mistake| {
            let place = mistake.offset.map_or_else(String::new, |offset| {
                let (line, column) = line_and_column(source, offset);
                format!(":{line}:{column}")
            });
            format!("{file}{place}: {}", mistake.text)
        })
        .collect();
    lines.join("\n")
}
