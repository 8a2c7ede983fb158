use bytes::{Buf, BufMut};
use prost::{
    DecodeError,
    encoding::{DecodeContext, WireType},
};

#[cfg(feature = "descriptors")]
use super::{MessageBuilder, OneofBuilder};

/// Fields of which a message has one or none, as `#[derive(grpc::Oneof)]` makes them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a oneof",
    label = "this enum does not derive `grpc::Oneof`",
    note = "a oneof is an enum with `#[derive(grpc::Oneof)]`, whose variants hold one value each"
)]
pub trait OneofType: Send + Sync + Sized + 'static {
    /// The tags of its variants.
    const TAGS: &'static [u32];

    /// Their names in the .proto.
    const NAMES: &'static [&'static str];

    /// Appends the variant's field.
    fn encode_raw(&self, buffer: &mut impl BufMut);

    /// How many bytes that appends.
    fn encoded_len(&self) -> usize;

    /// Reads the field `tag`, which is one of [`OneofType::TAGS`].
    ///
    /// # Errors
    /// Bytes that are no such field.
    fn merge_field(
        field: &mut Option<Self>,
        tag: u32,
        wire_type: WireType,
        buffer: &mut impl Buf,
        context: DecodeContext,
    ) -> Result<(), DecodeError>;

    /// Declares its fields.
    #[cfg(feature = "descriptors")]
    fn describe(builder: &mut OneofBuilder<'_, '_>);

    /// Declares it as the field `name` of a message.
    #[cfg(feature = "descriptors")]
    fn declare(builder: &mut MessageBuilder<'_>, name: &str, docs: &str) {
        builder.oneof::<Self>(name, docs);
    }
}

/// Is one of a oneof's tags from `first` to `last`?
#[must_use]
pub const fn has_tag(tags: &[u32], first: u32, last: u32) -> bool {
    let mut index = 0;
    while index < tags.len() {
        if first <= tags[index] && tags[index] <= last {
            return true;
        }
        index += 1;
    }
    false
}

/// Is `name` that of one of a oneof's fields?
#[must_use]
pub const fn has_name(names: &[&str], name: &str) -> bool {
    let mut index = 0;
    while index < names.len() {
        if same(names[index], name) {
            return true;
        }
        index += 1;
    }
    false
}

/// Have two oneofs, each by its tags and names, one in common?
#[must_use]
pub const fn overlap(one: (&[u32], &[&str]), other: (&[u32], &[&str])) -> bool {
    let mut index = 0;
    while index < one.0.len() {
        let tag = one.0[index];
        if has_tag(other.0, tag, tag) || has_name(other.1, one.1[index]) {
            return true;
        }
        index += 1;
    }
    false
}

/// `==` of strings is not const yet.
const fn same(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    if one.len() != other.len() {
        return false;
    }
    let mut index = 0;
    while index < one.len() {
        if one[index] != other[index] {
            return false;
        }
        index += 1;
    }
    true
}
