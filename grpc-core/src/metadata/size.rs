use http::{HeaderMap, HeaderName, HeaderValue};

/// RFC 9113 §6.5.2: what a field counts besides its name and value.
const FIELD: usize = 32;

/// The size of a header block as HTTP/2 counts it, without the fields that begin with a colon.
pub(crate) fn list_size(block: &HeaderMap) -> usize {
    block.iter().map(|(name, value)| header_size(name, value)).sum()
}

/// What one header counts in it.
pub(crate) fn header_size(name: &HeaderName, value: &HeaderValue) -> usize {
    field_size(name.as_str(), value.len())
}

/// The same, of any field.
pub(crate) fn field_size(name: &str, value: usize) -> usize {
    name.len() + value + FIELD
}
