use std::{borrow::Cow, fmt};

use http::{HeaderMap, HeaderName, HeaderValue};

use super::value::{Value, encode};

/// A key or value that may not be sent as metadata.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidMetadata {
    key: String,
    why: Cow<'static, str>,
}

impl fmt::Display for InvalidMetadata {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "metadata {:?}: {}", self.key, self.why)
    }
}

impl std::error::Error for InvalidMetadata {}

impl From<InvalidMetadata> for crate::Status {
    fn from(error: InvalidMetadata) -> Self {
        Self::internal(error.to_string())
    }
}

pub(super) fn is_binary(key: &str) -> bool {
    key.ends_with("-bin")
}

/// A key and value that may go on the wire, or the reason why not.
pub(super) fn check(key: &str, value: Value) -> Result<(HeaderName, HeaderValue), InvalidMetadata> {
    let name = check_key(key)?;
    let value = encode(value, is_binary(key)).map_err(|why| invalid(key, why.into()))?;
    Ok((name, value))
}

/// A key that users may send, or the reason why not.
pub(crate) fn check_key(key: &str) -> Result<HeaderName, InvalidMetadata> {
    if key.is_empty() {
        return Err(invalid(key, "the key is empty".into()));
    }
    // PROTOCOL-HTTP2 §Requests: Header-Name → 1*( %x30-39 / %x61-7A / "_" / "-" / ".")
    if let Some(bad) = key
        .chars()
        .find(|c| !matches!(c, '0'..='9' | 'a'..='z' | '_' | '-' | '.'))
    {
        return Err(invalid(
            key,
            format!("{bad:?} cannot be in a key (lower-case letters, digits, `_`, `-`, `.`)").into(),
        ));
    }
    if is_reserved(key) {
        return Err(invalid(key, "the key is reserved for gRPC and HTTP".into()));
    }
    HeaderName::from_bytes(key.as_bytes()).map_err(|error| invalid(key, error.to_string().into()))
}

/// There are this many keys already.
pub(super) fn too_many(key: &HeaderName, most: usize) -> InvalidMetadata {
    invalid(key.as_str(), format!("there are {most} keys already").into())
}

fn invalid(key: &str, why: Cow<'static, str>) -> InvalidMetadata {
    InvalidMetadata {
        key: key.to_owned(),
        why,
    }
}

/// Keys that belong to the protocol: users can neither set nor see them.
fn is_reserved(key: &str) -> bool {
    key.starts_with("grpc-") || matches!(key, "content-type" | "user-agent") || is_hop_by_hop(key)
}

/// Keys that say something of one connection, or of how HTTP frames a message on it.
fn is_hop_by_hop(key: &str) -> bool {
    matches!(
        key,
        "te" | "host"
            | "connection"
            | "keep-alive"
            | "proxy-connection"
            | "transfer-encoding"
            | "upgrade"
            | "content-length"
    )
}

/// Drops reserved keys from what came off the wire, but for the user-agent, which a server may read.
pub(super) fn remove_reserved(headers: &mut HeaderMap) {
    remove(headers, |name| is_reserved(name) && name != "user-agent");
}

/// Drops what may not go from one connection to another.
pub(super) fn remove_hop_by_hop(headers: &mut HeaderMap) {
    remove(headers, is_hop_by_hop);
}

fn remove(headers: &mut HeaderMap, unwanted: impl Fn(&str) -> bool) {
    if headers.keys().all(|name| unwanted(name.as_str())) {
        // The usual case: nothing is the user's.
        *headers = HeaderMap::new();
        return;
    }
    let names: Vec<HeaderName> = headers
        .keys()
        .filter(|name| unwanted(name.as_str()))
        .cloned()
        .collect();
    for name in names {
        headers.remove(name);
    }
}
