//! Random values of the messages in `twins.rs`, and random damage.

use std::collections::BTreeMap;

use super::twins::{Leaf, Maps, Nested, Oneofs, Optionals, Other, Repeated, Scalars, Shape};

/// Xorshift: the same values in every run.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub fn number(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub fn below(&mut self, end: usize) -> usize {
        (self.number() % end.max(1) as u64) as usize
    }

    /// Often one of the ends of what a type can hold, which are where mistakes are.
    fn edge(&mut self) -> u64 {
        match self.below(8) {
            0 => 0,
            1 => 1,
            2 => u64::MAX,
            3 => i64::MIN as u64,
            4 => 0x7fff_ffff,
            5 => 0x8000_0000,
            6 => self.number() % 300,
            _ => self.number(),
        }
    }
}

/// What can be made at random.
pub trait Any: Sized {
    fn any(random: &mut Random) -> Self;
}

macro_rules! numbers {
    ($($number:ty)*) => {
        $(
            impl Any for $number {
                fn any(random: &mut Random) -> Self {
                    random.edge() as Self
                }
            }
        )*
    };
}

numbers!(i32 i64 u8 u32 u64);

/// Not -0.0, which prost takes for zero, and not NaN, which is not equal to itself.
impl Any for f64 {
    fn any(random: &mut Random) -> Self {
        match random.below(6) {
            0 => 0.0,
            1 => Self::INFINITY,
            2 => Self::MIN,
            3 => Self::MIN_POSITIVE,
            _ => random.edge() as i64 as Self / 3.0 + 0.1,
        }
    }
}

impl Any for f32 {
    fn any(random: &mut Random) -> Self {
        match random.below(3) {
            0 => 0.0,
            1 => Self::NEG_INFINITY,
            _ => random.edge() as i32 as Self + 0.5,
        }
    }
}

impl Any for bool {
    fn any(random: &mut Random) -> Self {
        random.number() & 1 == 1
    }
}

impl Any for String {
    fn any(random: &mut Random) -> Self {
        let texts = [
            "",
            "a",
            "naïve",
            "🦀",
            "a text that is longer than most others are",
        ];
        texts[random.below(texts.len())].to_owned()
    }
}

impl Any for bytes::Bytes {
    fn any(random: &mut Random) -> Self {
        Vec::any(random).into()
    }
}

impl<T: Any> Any for Option<T> {
    fn any(random: &mut Random) -> Self {
        bool::any(random).then(|| T::any(random))
    }
}

impl<T: Any> Any for Vec<T> {
    fn any(random: &mut Random) -> Self {
        (0..random.below(4)).map(|_| T::any(random)).collect()
    }
}

impl<K: Any + Ord, V: Any> Any for BTreeMap<K, V> {
    fn any(random: &mut Random) -> Self {
        (0..random.below(4))
            .map(|_| (K::any(random), V::any(random)))
            .collect()
    }
}

macro_rules! messages {
    ($($message:ident { $($field:ident)* })*) => {
        $(
            impl Any for $message {
                fn any(random: &mut Random) -> Self {
                    Self { $($field: Any::any(random)),* }
                }
            }
        )*
    };
}

messages! {
    Scalars {
        int32 int64 uint32 uint64 sint32 sint64 fixed32 fixed64 sfixed32 sfixed64 float double r#bool string vec bytes
        last
    }
    Optionals {
        int32 int64 uint32 uint64 sint32 sint64 fixed32 fixed64 sfixed32 sfixed64 float double r#bool string vec color
        leaf
    }
    Repeated {
        int32 int64 uint32 uint64 sint32 sint64 fixed32 fixed64 sfixed32 sfixed64 float double r#bool string vec color
        leaf
    }
    Leaf { text number }
    Oneofs { before shape between other }
}

impl Any for Maps {
    fn any(random: &mut Random) -> Self {
        Self {
            // It is a `HashMap` in the code-first message, where several have no order.
            int32: Option::any(random).into_iter().collect(),
            int64: Any::any(random),
            uint32: Any::any(random),
            uint64: Any::any(random),
            sint32: Any::any(random),
            sint64: Any::any(random),
            fixed32: Any::any(random),
            fixed64: Any::any(random),
            sfixed32: Any::any(random),
            sfixed64: Any::any(random),
            r#bool: Any::any(random),
            string: Any::any(random),
            float: Any::any(random),
            double: Any::any(random),
            bytes: Any::any(random),
            color: Any::any(random),
            by_name: Option::any(random).into_iter().collect(),
        }
    }
}

impl<A: Any, B: Any> Any for (A, B) {
    fn any(random: &mut Random) -> Self {
        (A::any(random), B::any(random))
    }
}

impl Any for Nested {
    fn any(random: &mut Random) -> Self {
        let children = if random.below(3) == 0 { random.below(3) } else { 0 };
        Self {
            plain: Any::any(random),
            optional: Any::any(random),
            left: (random.below(3) == 0).then(|| Box::new(Self::any(random))),
            children: (0..children).map(|_| Self::any(random)).collect(),
        }
    }
}

impl Any for Shape {
    fn any(random: &mut Random) -> Self {
        match random.below(11) {
            0 => Self::Int32(Any::any(random)),
            1 => Self::Sint64(Any::any(random)),
            2 => Self::Fixed32(Any::any(random)),
            3 => Self::Double(Any::any(random)),
            4 => Self::Bool(Any::any(random)),
            5 => Self::String(Any::any(random)),
            6 => Self::Bytes(Any::any(random)),
            7 => Self::Leaf(Any::any(random)),
            8 => Self::Oneofs(Box::new(Any::any(random))),
            9 => Self::Color(Any::any(random)),
            _ => Self::NothingAtAll(()),
        }
    }
}

impl Any for Other {
    fn any(random: &mut Random) -> Self {
        if bool::any(random) {
            return Self::Yes(Any::any(random));
        }
        Self::When(grpc::types::Timestamp {
            seconds: i64::from(i32::any(random)),
            nanos: random.below(1_000_000_000) as i32,
        })
    }
}
