use std::fmt;

use http::{HeaderMap, HeaderName, HeaderValue};

use super::Compression;
use crate::status::Status;

// As constants, so that no call parses their names.
pub(crate) static GRPC_ENCODING: HeaderName = HeaderName::from_static("grpc-encoding");
pub(crate) static GRPC_ACCEPT_ENCODING: HeaderName = HeaderName::from_static("grpc-accept-encoding");

/// A set of encodings; identity is in every one.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Encodings(u8);

impl Encodings {
    pub(crate) const IDENTITY: Self = Self(1);

    /// All that this build can read.
    pub(crate) fn all() -> Self {
        Compression::ALL.iter().copied().collect()
    }

    pub(crate) fn contains(self, compression: Compression) -> bool {
        self.0 & (1 << compression as u8) != 0
    }

    /// What a peer says that it can read (PROTOCOL-HTTP2 §Requests, `Message-Accept-Encoding`).
    pub(crate) fn accepted_by(headers: &HeaderMap) -> Self {
        headers
            .get_all(&GRPC_ACCEPT_ENCODING)
            .iter()
            .flat_map(|value| value.as_bytes().split(|&byte| byte == b','))
            .filter_map(|name| Compression::from_name(name.trim_ascii()))
            .collect()
    }

    /// Its value for `grpc-accept-encoding`. The order is that of the likeliest to be shared.
    pub(crate) fn header_value(self) -> HeaderValue {
        HeaderValue::from_static(self.list())
    }

    /// Says what this side can read. A side that reads nothing but identity need not say so.
    pub(crate) fn write_to(self, headers: &mut HeaderMap) {
        if self != Self::IDENTITY {
            headers.insert(&GRPC_ACCEPT_ENCODING, self.header_value());
        }
    }

    fn list(self) -> &'static str {
        const NAMES: [&str; 8] = [
            "identity",
            "gzip,identity",
            "deflate,identity",
            "gzip,deflate,identity",
            "zstd,identity",
            "gzip,zstd,identity",
            "deflate,zstd,identity",
            "gzip,deflate,zstd,identity",
        ];
        NAMES[usize::from(self.0 >> 1 & 7)]
    }
}

impl FromIterator<Compression> for Encodings {
    fn from_iter<I: IntoIterator<Item = Compression>>(encodings: I) -> Self {
        encodings
            .into_iter()
            .fold(Self::IDENTITY, |Self(set), compression| {
                Self(set | 1 << compression as u8)
            })
    }
}

impl fmt::Display for Encodings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.list())
    }
}

impl fmt::Debug for Encodings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.list())
    }
}

/// What a peer's messages are compressed as, those of them that are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum MessageEncoding {
    /// It has not named any.
    #[default]
    Unnamed,
    Known(Compression),
    /// One that it was not told could be read.
    Unknown(Box<str>),
}

impl MessageEncoding {
    /// What the headers say (PROTOCOL-HTTP2 §Requests, `Message-Encoding`).
    pub(crate) fn read(headers: &HeaderMap, accepted: Encodings) -> Self {
        Self::from_value(headers.get(&GRPC_ENCODING), accepted)
    }

    /// What the value of that header says, if there is one.
    pub(crate) fn from_value(value: Option<&HeaderValue>, accepted: Encodings) -> Self {
        let Some(value) = value else { return Self::Unnamed };
        match Compression::from_name(value.as_bytes()) {
            Some(compression) if accepted.contains(compression) => Self::Known(compression),
            _ => Self::Unknown(String::from_utf8_lossy(value.as_bytes()).into()),
        }
    }

    /// The encoding of a message whose compressed-flag is set.
    ///
    /// # Errors
    /// INTERNAL if there is none that can be read (compression.md §Test cases).
    pub(crate) fn of_compressed(&self) -> Result<Compression, Status> {
        Err(Status::internal(match self {
            Self::Unnamed => "a compressed message, but the peer named no grpc-encoding".to_owned(),
            Self::Known(Compression::Identity) => {
                "a compressed message, but its grpc-encoding is identity".to_owned()
            }
            #[cfg_attr(
                not(any(feature = "gzip", feature = "zstd")),
                expect(unreachable_patterns, reason = "there is nothing but identity")
            )]
            Self::Known(compression) => return Ok(*compression),
            Self::Unknown(name) => {
                format!("a message in grpc-encoding {name:?}, which the peer was not told could be read")
            }
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_has_the_names_that_are_in_the_set() {
        for bits in 0..8u8 {
            let set = Encodings(bits << 1 | 1);
            let names: Vec<&str> = set.list().split(',').collect();
            for compression in Compression::ALL {
                assert_eq!(
                    names.contains(&compression.name()),
                    set.contains(*compression),
                    "{set}"
                );
            }
        }
    }

    #[test]
    fn what_a_peer_accepts_may_be_in_several_headers_with_spaces_and_unknown_names() {
        let mut headers = HeaderMap::new();
        assert_eq!(Encodings::accepted_by(&headers), Encodings::IDENTITY);
        for value in ["br, ,snappy", "identity,  gzip\t", "deflate"] {
            headers.append(&GRPC_ACCEPT_ENCODING, HeaderValue::from_static(value));
        }
        let accepted = Encodings::accepted_by(&headers);
        #[cfg(feature = "gzip")]
        assert_eq!(accepted.to_string(), "gzip,deflate,identity");
        assert!(accepted.contains(Compression::Identity));
    }
}
