use std::fmt::{Display, Write as _};

/// Lines of code, indented.
#[derive(Default)]
pub(crate) struct Code {
    text: String,
    depth: usize,
}

impl Code {
    pub(crate) fn line(&mut self, line: impl Display) {
        let _ = writeln!(self.text, "{:1$}{line}", "", self.depth * 4);
    }

    /// A line that ends with a brace; those up to [`close`](Self::close) are inside of it.
    pub(crate) fn open(&mut self, line: impl Display) {
        self.line(format_args!("{line} {{"));
        self.depth += 1;
    }

    pub(crate) fn close(&mut self) {
        self.depth -= 1;
        self.line("}");
    }

    pub(crate) fn into_text(self) -> String {
        self.text
    }
}
