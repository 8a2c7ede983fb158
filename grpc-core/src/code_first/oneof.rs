use bytes::{Buf, BufMut};
use prost::{
    DecodeError,
    encoding::{DecodeContext, WireType},
};

use super::{MessageBuilder, message::FieldName, value::Value};

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
    fn describe(builder: &mut OneofBuilder<'_, '_>);
}

/// A oneof's part of its message's descriptor.
#[derive(Debug)]
pub struct OneofBuilder<'a, 'files> {
    pub(super) message: &'a mut MessageBuilder<'files>,
    pub(super) index: i32,
}

impl OneofBuilder<'_, '_> {
    /// What the enum's doc comment says, where the field has none.
    pub fn docs(&mut self, docs: &str) {
        self.message.oneof_docs(self.index, docs);
    }

    /// Adds a variant.
    pub fn field<E, T: Value<E>>(&mut self, name: FieldName) {
        self.message.oneof_field::<E, T>(name, self.index);
    }
}

/// Is `tag` one of the oneof's?
#[must_use]
pub const fn has_tag<O: OneofType>(tag: u32) -> bool {
    in_range::<O>(tag, tag)
}

/// Is one of the oneof's tags from `first` to `last`?
#[must_use]
pub const fn in_range<O: OneofType>(first: u32, last: u32) -> bool {
    let mut index = 0;
    while index < O::TAGS.len() {
        if first <= O::TAGS[index] && O::TAGS[index] <= last {
            return true;
        }
        index += 1;
    }
    false
}

/// Is `name` that of one of the oneof's fields?
#[must_use]
pub const fn has_name<O: OneofType>(name: &str) -> bool {
    let mut index = 0;
    while index < O::NAMES.len() {
        if same(O::NAMES[index], name) {
            return true;
        }
        index += 1;
    }
    false
}

/// Have two oneofs a tag or a name in common?
#[must_use]
pub const fn overlap<A: OneofType, B: OneofType>() -> bool {
    let mut index = 0;
    while index < A::TAGS.len() {
        if has_tag::<B>(A::TAGS[index]) || has_name::<B>(A::NAMES[index]) {
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
