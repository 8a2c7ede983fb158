use std::{error, fmt, io};

/// Why no code came out: a `.proto` that is missing or wrong, an option that is, or a file that cannot be
/// written.
///
/// Its text is made for the terminal of whoever runs the build: `proto/x.proto:3:7: what is wrong`, a line for
/// each mistake. `Debug` prints the same text, so that a build script's `main` can return it.
pub struct Error(Box<Inner>);

struct Inner {
    text: String,
    source: Option<io::Error>,
}

impl Error {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            text: text.into(),
            source: None,
        }))
    }

    #[cfg(feature = "generate")]
    pub(crate) fn io(doing: impl fmt::Display, source: io::Error) -> Self {
        Self(Box::new(Inner {
            text: format!("{doing}: {source}"),
            source: Some(source),
        }))
    }
}

impl error::Error for Error {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        self.0.source.as_ref().map(|source| source as _)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.text)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
