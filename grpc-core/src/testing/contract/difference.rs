use std::fmt;

/// One thing that two versions of a contract do not agree on.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Difference {
    /// What it breaks.
    pub breaks: Breaks,
    /// The declaration, `tally.v1.Step.by`, as the old version names it if that has it.
    pub element: String,
    /// What has changed.
    pub what: String,
}

/// What a difference breaks for those who still have the old version, from worst to none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Breaks {
    /// Messages are misread, or calls fail.
    Wire,
    /// The bytes are understood, and messages in JSON are not.
    Json,
    /// Messages and calls are understood; code that is written against the contract has to change when it is compiled anew.
    Code,
    /// Nothing.
    Nothing,
}

impl Difference {
    pub(super) fn new(breaks: Breaks, element: impl Into<String>, what: impl Into<String>) -> Self {
        Self {
            breaks,
            element: element.into(),
            what: what.into(),
        }
    }
}

/// `BREAKS THE WIRE  tally.v1.Step.by: field 1 changed from int64 to string`
impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // In columns: the widest is the first.
        write!(
            f,
            "{:<15}  {}: {}",
            self.breaks.to_string(),
            self.element,
            self.what
        )
    }
}

impl fmt::Display for Breaks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Wire => "BREAKS THE WIRE",
            Self::Json => "BREAKS JSON",
            Self::Code => "BREAKS CODE",
            Self::Nothing => "does not break",
        })
    }
}
