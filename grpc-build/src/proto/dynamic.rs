//! A message of which only the descriptor is known: what an option is set to.

use std::collections::BTreeMap;

use super::wire::{put_bytes, put_key, put_varint};

/// Fields by their numbers, which is the order they are written in.
#[derive(Debug, Default)]
pub(crate) struct Dynamic(pub(crate) BTreeMap<u32, Slot>);

/// The values of a field.
#[derive(Debug, Default)]
pub(crate) struct Slot {
    pub(crate) values: Vec<Scalar>,
    pub(crate) is_packed: bool,
}

#[derive(Debug)]
pub(crate) enum Scalar {
    Varint(u64),
    Fixed32(u32),
    Fixed64(u64),
    Bytes(Vec<u8>),
    Message(Dynamic),
    Group(Dynamic),
}

impl Dynamic {
    pub(crate) fn to_vec(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.encode(&mut out);
        out
    }

    fn encode(&self, out: &mut Vec<u8>) {
        for (&number, slot) in &self.0 {
            if slot.is_packed {
                let mut packed = Vec::new();
                slot.values.iter().for_each(|value| value.encode(&mut packed));
                put_bytes(number, &packed, out);
                continue;
            }
            for value in &slot.values {
                put_key(number, value.wire_type(), out);
                value.encode(out);
                if matches!(value, Scalar::Group(_)) {
                    put_key(number, END_GROUP, out);
                }
            }
        }
    }
}

impl Scalar {
    fn wire_type(&self) -> u32 {
        match self {
            Self::Varint(_) => 0,
            Self::Fixed64(_) => 1,
            Self::Bytes(_) | Self::Message(_) => 2,
            Self::Group(_) => 3,
            Self::Fixed32(_) => 5,
        }
    }

    fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::Varint(value) => put_varint(*value, out),
            Self::Fixed32(value) => out.extend_from_slice(&value.to_le_bytes()),
            Self::Fixed64(value) => out.extend_from_slice(&value.to_le_bytes()),
            Self::Bytes(bytes) => {
                put_varint(bytes.len() as u64, out);
                out.extend_from_slice(bytes);
            }
            Self::Message(message) => {
                let bytes = message.to_vec();
                put_varint(bytes.len() as u64, out);
                out.extend_from_slice(&bytes);
            }
            Self::Group(message) => message.encode(out),
        }
    }

    /// True for what a field without presence does not write.
    pub(crate) fn is_zero(&self) -> bool {
        match self {
            Self::Varint(value) | Self::Fixed64(value) => *value == 0,
            Self::Fixed32(value) => *value == 0,
            Self::Bytes(bytes) => bytes.is_empty(),
            Self::Message(_) | Self::Group(_) => false,
        }
    }
}

const END_GROUP: u32 = 4;
