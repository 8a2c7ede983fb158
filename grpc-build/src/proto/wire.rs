//! Messages on the wire, as far as descriptors need it, so that reading `.proto` files takes no other package.

/// A message whose fields are known.
pub(crate) trait Message: Default {
    fn encode(&self, out: &mut Vec<u8>);

    /// Takes the field in if it is known.
    fn merge(&mut self, field: Field<'_>);

    fn decode(bytes: &[u8]) -> Self {
        let mut message = Self::default();
        Fields(bytes).for_each(|field| message.merge(field));
        message
    }

    fn to_vec(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.encode(&mut out);
        out
    }
}

/// The type of a field: what it is when it is absent, and how it is written and read.
pub(crate) trait Value: Default {
    fn put(&self, number: u32, out: &mut Vec<u8>);
    fn take(&mut self, wire: Wire<'_>);
}

/// Declares messages by their fields, in the order of their numbers, which is the one they are written in.
macro_rules! messages {
    ($($(#[$meta:meta])* $name:ident { $($number:literal $field:ident: $type:ty,)* })*) => {$(
        $(#[$meta])*
        #[derive(Clone, Debug, Default)]
        pub(crate) struct $name {
            $(pub(crate) $field: $type,)*
        }

        impl crate::proto::wire::Message for $name {
            fn encode(&self, out: &mut Vec<u8>) {
                $(crate::proto::wire::Value::put(&self.$field, $number, out);)*
            }

            fn merge(&mut self, field: crate::proto::wire::Field<'_>) {
                match field.number {
                    $($number => crate::proto::wire::Value::take(&mut self.$field, field.wire),)*
                    _ => {}
                }
            }
        }
    )*};
}
pub(crate) use messages;

/// A field as it is on the wire.
#[derive(Clone, Copy)]
pub(crate) struct Field<'a> {
    pub(crate) number: u32,
    pub(crate) wire: Wire<'a>,
}

/// What of the wire's types descriptors are made of.
#[derive(Clone, Copy)]
pub(crate) enum Wire<'a> {
    Varint(u64),
    Bytes(&'a [u8]),
    /// Of a fixed size: nothing in a descriptor.
    Fixed,
}

/// The fields of a message, up to one that cannot be read.
pub(crate) struct Fields<'a>(pub(crate) &'a [u8]);

impl<'a> Iterator for Fields<'a> {
    type Item = Field<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        let key = self.varint()?;
        let wire = match key & 7 {
            0 => Wire::Varint(self.varint()?),
            1 => self.skip(8)?,
            2 => {
                let length = usize::try_from(self.varint()?).ok()?;
                let (bytes, rest) = self.0.split_at_checked(length)?;
                self.0 = rest;
                Wire::Bytes(bytes)
            }
            5 => self.skip(4)?,
            _ => return None,
        };
        let number = u32::try_from(key >> 3).ok()?;
        Some(Field { number, wire })
    }
}

impl<'a> Fields<'a> {
    fn varint(&mut self) -> Option<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let (&byte, rest) = self.0.split_first()?;
            self.0 = rest;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }

    fn skip(&mut self, count: usize) -> Option<Wire<'a>> {
        self.0 = self.0.get(count..)?;
        Some(Wire::Fixed)
    }
}

pub(crate) fn put_varint(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

pub(crate) fn put_key(number: u32, wire_type: u32, out: &mut Vec<u8>) {
    put_varint(u64::from(number << 3 | wire_type), out);
}

pub(crate) fn put_bytes(number: u32, bytes: &[u8], out: &mut Vec<u8>) {
    put_key(number, 2, out);
    put_varint(bytes.len() as u64, out);
    out.extend_from_slice(bytes);
}

/// Absent if it is empty.
impl Value for String {
    fn put(&self, number: u32, out: &mut Vec<u8>) {
        if !self.is_empty() {
            put_bytes(number, self.as_bytes(), out);
        }
    }

    fn take(&mut self, wire: Wire<'_>) {
        if let Wire::Bytes(bytes) = wire {
            *self = Self::from_utf8_lossy(bytes).into_owned();
        }
    }
}

impl Value for Option<String> {
    fn put(&self, number: u32, out: &mut Vec<u8>) {
        if let Some(text) = self {
            put_bytes(number, text.as_bytes(), out);
        }
    }

    fn take(&mut self, wire: Wire<'_>) {
        self.get_or_insert_default().take(wire);
    }
}

/// Never absent.
impl Value for i32 {
    fn put(&self, number: u32, out: &mut Vec<u8>) {
        put_key(number, 0, out);
        put_varint(i64::from(*self) as u64, out);
    }

    fn take(&mut self, wire: Wire<'_>) {
        if let Wire::Varint(value) = wire {
            *self = value as Self;
        }
    }
}

impl Value for Option<i32> {
    fn put(&self, number: u32, out: &mut Vec<u8>) {
        if let Some(value) = self {
            value.put(number, out);
        }
    }

    fn take(&mut self, wire: Wire<'_>) {
        self.get_or_insert_default().take(wire);
    }
}

/// Absent if it is false.
impl Value for bool {
    fn put(&self, number: u32, out: &mut Vec<u8>) {
        if *self {
            put_key(number, 0, out);
            out.push(1);
        }
    }

    fn take(&mut self, wire: Wire<'_>) {
        *self = matches!(wire, Wire::Varint(1));
    }
}

/// Each of them by itself.
impl Value for Vec<i32> {
    fn put(&self, number: u32, out: &mut Vec<u8>) {
        self.iter().for_each(|value| value.put(number, out));
    }

    fn take(&mut self, wire: Wire<'_>) {
        if let Wire::Varint(value) = wire {
            self.push(value as i32);
        }
    }
}

impl Value for Vec<String> {
    fn put(&self, number: u32, out: &mut Vec<u8>) {
        self.iter()
            .for_each(|text| put_bytes(number, text.as_bytes(), out));
    }

    fn take(&mut self, wire: Wire<'_>) {
        let mut text = String::new();
        text.take(wire);
        self.push(text);
    }
}

impl<M: Message> Value for Vec<M> {
    fn put(&self, number: u32, out: &mut Vec<u8>) {
        self.iter()
            .for_each(|message| put_bytes(number, &message.to_vec(), out));
    }

    fn take(&mut self, wire: Wire<'_>) {
        if let Wire::Bytes(bytes) = wire {
            self.push(M::decode(bytes));
        }
    }
}

impl<M: Message> Value for Option<M> {
    fn put(&self, number: u32, out: &mut Vec<u8>) {
        if let Some(message) = self {
            put_bytes(number, &message.to_vec(), out);
        }
    }

    fn take(&mut self, wire: Wire<'_>) {
        if let Wire::Bytes(bytes) = wire {
            *self = Some(M::decode(bytes));
        }
    }
}

/// Numbers that are written as one field.
#[derive(Clone, Debug, Default)]
pub(crate) struct Packed(pub(crate) Vec<i32>);

impl Value for Packed {
    fn put(&self, number: u32, out: &mut Vec<u8>) {
        if !self.0.is_empty() {
            let mut bytes = Vec::with_capacity(self.0.len());
            self.0
                .iter()
                .for_each(|value| put_varint(i64::from(*value) as u64, &mut bytes));
            put_bytes(number, &bytes, out);
        }
    }

    fn take(&mut self, wire: Wire<'_>) {
        if let Wire::Bytes(bytes) = wire {
            let mut fields = Fields(bytes);
            self.0
                .extend(std::iter::from_fn(|| fields.varint()).map(|value| value as i32));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_cut_off_is_not_there() {
        let mut bytes = Vec::new();
        7.put(1, &mut bytes);
        "text".to_owned().put(2, &mut bytes);
        assert_eq!(Fields(&bytes).count(), 2);
        for end in 0..bytes.len() {
            assert_eq!(Fields(&bytes[..end]).count(), usize::from(end >= 2), "{end}");
        }
    }

    #[test]
    fn negative_numbers_have_ten_bytes() {
        let mut bytes = Vec::new();
        (-1).put(1, &mut bytes);
        assert_eq!(bytes.len(), 11);
        let field = Fields(&bytes).next().unwrap();
        let mut value = 0;
        value.take(field.wire);
        assert_eq!(value, -1);
    }
}
