use super::{super::Value, FieldName, MessageBuilder};

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
