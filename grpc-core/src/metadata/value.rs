use base64::Engine;
use bytes::Bytes;
use http::HeaderValue;

use super::key::is_binary;
use crate::status::BASE64;

/// One value: text, or bytes for a key that ends in `-bin`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Value {
    /// Printable ASCII. For a `-bin` key, the text's bytes are sent.
    Ascii(String),
    /// Any bytes; only for a key that ends in `-bin`.
    Binary(Bytes),
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Ascii(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Ascii(text)
    }
}

impl From<&[u8]> for Value {
    fn from(bytes: &[u8]) -> Self {
        Self::Binary(Bytes::copy_from_slice(bytes))
    }
}

impl<const N: usize> From<&[u8; N]> for Value {
    fn from(bytes: &[u8; N]) -> Self {
        Self::Binary(Bytes::copy_from_slice(bytes))
    }
}

impl From<Vec<u8>> for Value {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Binary(bytes.into())
    }
}

impl From<Bytes> for Value {
    fn from(bytes: Bytes) -> Self {
        Self::Binary(bytes)
    }
}

/// The value in its wire form.
pub(super) fn encode(value: Value, binary: bool) -> Result<HeaderValue, String> {
    let bytes = match value {
        Value::Ascii(text) if binary => Bytes::from(text),
        Value::Binary(bytes) if binary => bytes,
        Value::Binary(_) => return Err("bytes need a key that ends in `-bin`".to_owned()),
        Value::Ascii(text) => {
            // PROTOCOL-HTTP2 §Requests: ASCII-Value → 1*( %x20-%x7E ), white space around it is not kept.
            if let Some(bad) = text.chars().find(|c| !matches!(c, ' '..='~')) {
                return Err(format!(
                    "{bad:?} cannot be in a value (printable ASCII; bytes go under a `-bin` key)"
                ));
            }
            return HeaderValue::try_from(text.trim()).map_err(|error| error.to_string());
        }
    };
    HeaderValue::try_from(BASE64.encode(&bytes)).map_err(|error| error.to_string())
}

/// A value of `key` as it came off the wire: one, or several that a peer joined with commas.
pub(super) fn read_all<'a>(key: &str, value: &'a HeaderValue) -> impl Iterator<Item = Value> + use<'a> {
    let (text, bytes) = if is_binary(key) {
        (None, Some(decode_all(value)))
    } else {
        (
            value.to_str().ok().map(|text| Value::Ascii(text.to_owned())),
            None,
        )
    };
    text.into_iter()
        .chain(bytes.into_iter().flatten().map(Value::Binary))
}

/// PROTOCOL-HTTP2 §Requests: binary values may come joined with commas, padded or not.
pub(super) fn decode_all(value: &HeaderValue) -> impl Iterator<Item = Bytes> {
    value
        .as_bytes()
        .split(|&byte| byte == b',')
        .filter_map(|part| BASE64.decode(part.trim_ascii()).ok())
        .map(Bytes::from)
}

#[cfg(test)]
mod tests {
    use super::super::Metadata;
    use super::*;

    #[test]
    fn binary_values_are_read_padded_unpadded_and_joined() {
        let mut headers = http::HeaderMap::new();
        headers.append("k-bin", HeaderValue::from_static("AQI=, AQI"));
        headers.append("k-bin", HeaderValue::from_static("/w"));
        let metadata = Metadata::from_headers(headers);
        let values: Vec<Bytes> = metadata.get_all_bin("k-bin").collect();
        assert_eq!(values, [&[1u8, 2][..], &[1, 2], &[255]]);
    }

    #[test]
    fn what_may_not_be_sent_is_refused_with_a_reason() {
        let mut metadata = Metadata::new();
        for (key, value, why) in [
            ("grpc-timeout", "1S", "reserved"),
            ("te", "x", "reserved"),
            ("Upper", "x", "'U'"),
            ("", "x", "empty"),
            ("x-y", "line\nbreak", "'\\n'"),
            ("x-y", "\u{e9}", "'\u{e9}'"),
        ] {
            let error = metadata.insert(key, value).unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
        }
        assert!(
            metadata
                .insert("x-y", vec![1u8])
                .unwrap_err()
                .to_string()
                .contains("-bin")
        );
        assert!(metadata.is_empty());
    }
}
