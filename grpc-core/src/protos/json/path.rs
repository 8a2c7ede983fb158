use std::fmt;

/// Where in a message something is: `request.points[3].names["x"]`.
#[derive(Clone, Copy, Debug)]
pub(in crate::protos) enum Path<'a> {
    /// What the whole is called.
    Root(&'a str),
    Field(&'a Self, &'a str),
    Index(&'a Self, usize),
    Key(&'a Self, &'a str),
}

impl Path<'_> {
    /// What is wrong here.
    pub(super) fn error(&self, what: impl fmt::Display) -> String {
        format!("{self}: {what}")
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root(name) => f.write_str(name),
            Self::Field(parent, name) => write!(f, "{parent}.{name}"),
            Self::Index(parent, index) => write!(f, "{parent}[{index}]"),
            Self::Key(parent, key) => write!(f, "{parent}[{key:?}]"),
        }
    }
}
