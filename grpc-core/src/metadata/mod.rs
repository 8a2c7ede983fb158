//! Metadata: the key-value pairs that travel before and after a call's messages.

mod key;
mod size;
mod value;

use std::fmt;

use bytes::Bytes;
use http::{HeaderMap, HeaderName};

pub use self::{key::InvalidMetadata, value::Value};
pub(crate) use self::{
    key::check_key,
    size::{field_size, header_size, list_size},
};

/// An ordered multimap of metadata (PROTOCOL-HTTP2 §Requests, `Custom-Metadata`).
///
/// Keys are lower-case ASCII. The values of keys that end in `-bin` are bytes; all others are printable
/// ASCII. Keys that gRPC and HTTP/2 keep for themselves are refused.
///
/// ```
/// # use grpc_core::metadata::Metadata;
/// let mut metadata = Metadata::new();
/// metadata.insert("x-tenant", "7")?;
/// metadata.insert("trace-bin", vec![0u8, 159, 146])?;
/// assert_eq!(metadata.get("x-tenant"), Some("7"));
/// assert_eq!(metadata.get_bin("trace-bin").unwrap(), &[0u8, 159, 146][..]);
/// # Ok::<(), grpc_core::metadata::InvalidMetadata>(())
/// ```
#[derive(Clone, Default, PartialEq)]
pub struct Metadata(HeaderMap);

impl Metadata {
    /// No metadata. Does not allocate.
    pub fn new() -> Self {
        Self::default()
    }

    /// The first value of an ASCII key; `None` if there is none, or it is not text.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).and_then(|value| value.to_str().ok())
    }

    /// The first value of a `-bin` key, decoded; `None` if there is none, or it is not valid base64.
    pub fn get_bin(&self, key: &str) -> Option<Bytes> {
        self.get_all_bin(key).next()
    }

    /// Every value of an ASCII key, in order.
    pub fn get_all(&self, key: &str) -> impl Iterator<Item = &str> {
        self.0.get_all(key).iter().filter_map(|value| value.to_str().ok())
    }

    /// Every value of a `-bin` key, in order, decoded. Values that a peer joined with commas are taken
    /// apart; what is not valid base64 is left out.
    pub fn get_all_bin(&self, key: &str) -> impl Iterator<Item = Bytes> {
        let values = if key::is_binary(key) {
            Some(self.0.get_all(key))
        } else {
            None
        };
        values.into_iter().flatten().flat_map(value::decode_all)
    }

    /// True if the key has a value.
    pub fn contains_key(&self, key: &str) -> bool {
        self.0.contains_key(key)
    }

    /// Sets the key's one value, in place of any it had.
    ///
    /// # Errors
    /// If the key or the value may not be sent; nothing is changed then.
    pub fn insert(&mut self, key: impl AsRef<str>, value: impl Into<Value>) -> Result<(), InvalidMetadata> {
        let (name, value) = key::check(key.as_ref(), value.into())?;
        self.check_room(&name)?;
        self.0.insert(name, value);
        Ok(())
    }

    /// Adds a value to those that the key has.
    ///
    /// # Errors
    /// If the key or the value may not be sent; nothing is changed then.
    pub fn append(&mut self, key: impl AsRef<str>, value: impl Into<Value>) -> Result<(), InvalidMetadata> {
        let (name, value) = key::check(key.as_ref(), value.into())?;
        self.check_room(&name)?;
        self.0.append(name, value);
        Ok(())
    }

    fn check_room(&self, name: &HeaderName) -> Result<(), InvalidMetadata> {
        if has_room(&self.0, name) {
            Ok(())
        } else {
            Err(key::too_many(name, MAX_KEYS))
        }
    }

    /// Removes the key with all its values; says whether it had any.
    pub fn remove(&mut self, key: &str) -> bool {
        self.0.remove(key).is_some()
    }

    /// Adds everything in `other`.
    pub fn extend(&mut self, other: Self) {
        if self.is_empty() {
            *self = other;
            return;
        }
        // Not HeaderMap's own extend, which replaces what a key had.
        other.append_to(&mut self.0);
    }

    /// Adds what `other` has under these keys, where there is nothing here.
    pub(crate) fn extend_missing(&mut self, other: &Self, keys: &[HeaderName]) {
        for key in keys {
            if !self.0.contains_key(key) {
                for value in other.0.get_all(key) {
                    self.0.append(key, value.clone());
                }
            }
        }
    }

    /// Every key and value, in order; `-bin` values decoded.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Value)> {
        self.0.iter().flat_map(|(name, value)| {
            value::read_all(name.as_str(), value).map(move |value| (name.as_str(), value))
        })
    }

    /// How many values there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// True if there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The user's part of a header block: what gRPC and HTTP/2 keep for themselves is dropped.
    pub(crate) fn from_headers(mut headers: HeaderMap) -> Self {
        key::remove_reserved(&mut headers);
        Self(headers)
    }

    /// Header block of a service or caller that writes gRPC's own headers by itself: only what belongs to one
    /// connection is dropped.
    pub(crate) fn from_own_headers(mut headers: HeaderMap) -> Self {
        key::remove_hop_by_hop(&mut headers);
        Self(headers)
    }

    /// What it counts in a header block, in bytes as HTTP/2 counts them.
    pub(crate) fn list_size(&self) -> usize {
        list_size(&self.0)
    }

    pub(crate) fn into_headers(self) -> HeaderMap {
        self.0
    }

    /// Adds it to a header block. What the block has no room for is left out; it is then longer than anybody takes.
    pub(crate) fn append_to(&self, headers: &mut HeaderMap) {
        for (name, value) in &self.0 {
            if has_room(headers, name) {
                headers.append(name.clone(), value.clone());
            }
        }
    }

    /// The same, without the entries that `other` has too.
    pub(crate) fn append_except(&self, other: &Self, headers: &mut HeaderMap) {
        for (name, value) in &self.0 {
            if !other.0.get_all(name).iter().any(|known| known == value) && has_room(headers, name) {
                headers.append(name.clone(), value.clone());
            }
        }
    }
}

/// How many different keys there may be: `HeaderMap` panics when there are more than 24,576 of them, and the headers
/// of gRPC and HTTP/2 are yet to come.
const MAX_KEYS: usize = 16 * 1024;

fn has_room(headers: &HeaderMap, name: &HeaderName) -> bool {
    headers.keys_len() < MAX_KEYS || headers.contains_key(name)
}

impl fmt::Debug for Metadata {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod properties;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_keys_than_a_header_block_has_room_for_are_refused() {
        let mut metadata = Metadata::new();
        for number in 0..MAX_KEYS {
            metadata.append(format!("k{number}"), "v").unwrap();
        }
        let error = metadata.append("another", "v").unwrap_err().to_string();
        assert_eq!(error, "metadata \"another\": there are 16384 keys already");
        assert!(metadata.insert("another", "v").is_err());
        metadata.append("k0", "w").unwrap();
        assert_eq!(metadata.len(), MAX_KEYS + 1);

        let mut other = Metadata::new();
        for number in 0..MAX_KEYS {
            other.append(format!("o{number}"), "v").unwrap();
        }
        other.extend(metadata.clone());
        let mut headers = other.into_headers();
        metadata.append_to(&mut headers);
        assert_eq!(headers.keys_len(), MAX_KEYS);
    }
}
