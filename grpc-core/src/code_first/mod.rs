//! Contracts that the code declares: messages, enums, oneofs and services whose `.proto` is written out from them.
//!
//! The derives expand to two things. What goes over the wire is an impl of `prost::Message`, made of the methods of
//! [`Field`] over [`Value`]s. What the contract says is in `descriptor`, if the feature `descriptors` is on: the derives do not know,
//! and have what is only for it behind `__described!`.

#[cfg(feature = "descriptors")]
mod descriptor;
mod enumeration;
mod field;
mod handler;
mod message;
mod oneof;
mod scalar;
mod value;
mod well_known;

#[cfg(feature = "descriptors")]
pub use self::descriptor::{
    Comment, Described, Encoded, EnumBuilder, FieldName, FieldType, Files, MessageBuilder, OneofBuilder,
    Place, Probe, ProtoFile, RpcMessage, ServiceBuilder, Undescribed, proto_files_of, proto_of,
};
pub use self::{
    enumeration::{EnumType, UnknownNumber},
    field::{Field, Map, MapField, MapKey},
    handler::{Answered, Streamed},
    message::MessageType,
    oneof::{OneofType, has_name, has_tag, overlap},
    value::{Fixed32, Fixed64, Natural, Sfixed32, Sfixed64, Sint32, Sint64, Value, Wrapped},
};

pub use crate::{__described, __enum_value};

/// Items that are for descriptors only.
#[cfg(feature = "descriptors")]
#[doc(hidden)]
#[macro_export]
macro_rules! __described {
    ($($items:tt)*) => { $($items)* };
}

/// Items that are for descriptors only.
#[cfg(not(feature = "descriptors"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __described {
    ($($items:tt)*) => {};
}
