/// Lines of a `.proto`, at the depth that they are nested.
#[derive(Default)]
pub(super) struct Writer {
    text: String,
    depth: usize,
    /// A blank line is due before the next line.
    gap: bool,
}

impl Writer {
    pub(super) fn line(&mut self, line: &str) {
        if std::mem::take(&mut self.gap) {
            self.text.push('\n');
        }
        if !line.is_empty() {
            for _ in 0..self.depth {
                self.text.push_str("  ");
            }
            self.text.push_str(line);
        }
        self.text.push('\n');
    }

    /// The next line comes after a blank one, unless it is a block's or the file's first or last.
    pub(super) fn gap(&mut self) {
        self.gap = !self.text.is_empty() && !self.text.ends_with("{\n");
    }

    /// Begins a block.
    pub(super) fn open(&mut self, head: &str) {
        self.line(&format!("{head} {{"));
        self.depth += 1;
    }

    /// Ends a block; in the line of its beginning if there is nothing in it.
    pub(super) fn close(&mut self) {
        self.depth -= 1;
        self.gap = false;
        if self.text.ends_with("{\n") {
            self.text.pop();
            self.text.push_str("}\n");
        } else {
            self.line("}");
        }
    }

    pub(super) fn into_text(self) -> String {
        self.text
    }
}
