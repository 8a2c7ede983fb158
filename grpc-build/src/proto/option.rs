//! Options as they are written, before it is known what they mean.

/// `name = value`, with whatever is around it.
#[derive(Clone, Debug)]
pub(crate) struct Setting {
    pub(crate) name: Vec<NamePart>,
    pub(crate) value: Value,
    pub(crate) name_offset: usize,
    pub(crate) value_offset: usize,
    /// Its location's place among those of the file.
    pub(crate) location: usize,
}

/// What is between two dots of an option's name, or in parentheses.
#[derive(Clone, Debug)]
pub(crate) struct NamePart {
    pub(crate) text: String,
    pub(crate) is_extension: bool,
}

/// A value as it is written: its type is that of the option.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    Identifier {
        negative: bool,
        text: String,
    },
    Integer {
        negative: bool,
        magnitude: u64,
    },
    Float(f64),
    String(Vec<u8>),
    Message(Vec<TextField>),
    /// Inside of a message only.
    List(Vec<Self>),
}

/// A field of a message that is written as text.
#[derive(Clone, Debug)]
pub(crate) struct TextField {
    pub(crate) name: TextName,
    pub(crate) offset: usize,
    pub(crate) value: Value,
}

#[derive(Clone, Debug)]
pub(crate) enum TextName {
    Field(String),
    Extension(String),
    /// The address of the type of a `google.protobuf.Any`.
    Any(String),
}

impl Setting {
    /// The name as it is written.
    pub(crate) fn shown(&self) -> String {
        let parts: Vec<String> = self.name.iter().map(NamePart::shown).collect();
        parts.join(".")
    }
}

impl NamePart {
    fn shown(&self) -> String {
        if self.is_extension {
            format!("({})", self.text)
        } else {
            self.text.clone()
        }
    }
}

impl Value {
    /// What it is, for an error.
    pub(crate) fn shown(&self) -> String {
        let sign = |negative: bool| if negative { "-" } else { "" };
        match self {
            Self::Identifier { negative, text } => format!("'{}{text}'", sign(*negative)),
            Self::Integer { negative, magnitude } => format!("'{}{magnitude}'", sign(*negative)),
            Self::Float(value) => format!("'{value}'"),
            Self::String(_) => "a string".to_owned(),
            Self::Message(_) => "a message".to_owned(),
            Self::List(_) => "a list".to_owned(),
        }
    }
}
