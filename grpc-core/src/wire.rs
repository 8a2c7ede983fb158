//! Messages of this crate's own, without prost's derive, which takes long to build.

use std::time::{Duration, SystemTime};

/// `prost::Message`, as prost's derive writes it, of a message with these fields: `TAG LABEL TYPE NAME;`.
///
/// They are as in the `.proto`, but that a type which is a message is just `message`, and that a field with neither `optional`
/// nor `repeated` nor `map` (from strings) is `plain`.
macro_rules! message {
    ($message:ident { $($tag:literal $label:ident $type:ident $field:ident;)* }) => {
        const _: () = {
            use ::prost::{
                DecodeError, Message,
                bytes::{Buf, BufMut},
                encoding::{self, DecodeContext, WireType},
            };

            impl Message for $message {
                fn encode_raw(&self, buffer: &mut impl BufMut) {
                    $($crate::wire::encode!($label $type $tag, &self.$field, buffer);)*
                }

                fn merge_field(
                    &mut self,
                    tag: u32,
                    wire_type: WireType,
                    buffer: &mut impl Buf,
                    context: DecodeContext,
                ) -> Result<(), DecodeError> {
                    let (field, merged) = match tag {
                        $($tag => (
                            stringify!($field),
                            $crate::wire::merge!($label $type &mut self.$field, wire_type, buffer, context),
                        ),)*
                        _ => return encoding::skip_field(wire_type, tag, buffer, context),
                    };
                    merged.map_err(|mut error| {
                        error.push(stringify!($message), field);
                        error
                    })
                }

                fn encoded_len(&self) -> usize {
                    0 $(+ $crate::wire::encoded_len!($label $type $tag, &self.$field))*
                }

                fn clear(&mut self) {
                    *self = Self::default();
                }
            }
        };
    };
}

/// Appends a field.
macro_rules! encode {
    (plain $type:ident $tag:literal, $field:expr, $buffer:expr) => {
        if !$crate::wire::is_default($field) {
            encoding::$type::encode($tag, $field, $buffer);
        }
    };
    (optional $type:ident $tag:literal, $field:expr, $buffer:expr) => {
        if let Some(value) = $field {
            encoding::$type::encode($tag, value, $buffer);
        }
    };
    (repeated $type:ident $tag:literal, $field:expr, $buffer:expr) => {
        encoding::$type::encode_repeated($tag, $field, $buffer)
    };
    (map $type:ident $tag:literal, $field:expr, $buffer:expr) => {
        encoding::btree_map::encode(
            encoding::string::encode,
            encoding::string::encoded_len,
            encoding::$type::encode,
            encoding::$type::encoded_len,
            $tag,
            $field,
            $buffer,
        )
    };
}

/// How many bytes [`encode`] appends.
macro_rules! encoded_len {
    (plain $type:ident $tag:literal, $field:expr) => {
        if $crate::wire::is_default($field) {
            0
        } else {
            encoding::$type::encoded_len($tag, $field)
        }
    };
    (optional $type:ident $tag:literal, $field:expr) => {
        match $field {
            Some(value) => encoding::$type::encoded_len($tag, value),
            None => 0,
        }
    };
    (repeated $type:ident $tag:literal, $field:expr) => {
        encoding::$type::encoded_len_repeated($tag, $field)
    };
    (map $type:ident $tag:literal, $field:expr) => {
        encoding::btree_map::encoded_len(
            encoding::string::encoded_len,
            encoding::$type::encoded_len,
            $tag,
            $field,
        )
    };
}

/// Reads a field, or a part of it.
macro_rules! merge {
    (plain $type:ident $field:expr, $wire_type:expr, $buffer:expr, $context:expr) => {
        encoding::$type::merge($wire_type, $field, $buffer, $context)
    };
    (optional $type:ident $field:expr, $wire_type:expr, $buffer:expr, $context:expr) => {
        encoding::$type::merge($wire_type, ($field).get_or_insert_default(), $buffer, $context)
    };
    (repeated $type:ident $field:expr, $wire_type:expr, $buffer:expr, $context:expr) => {
        encoding::$type::merge_repeated($wire_type, $field, $buffer, $context)
    };
    (map $type:ident $field:expr, $wire_type:expr, $buffer:expr, $context:expr) => {
        encoding::btree_map::merge(
            encoding::string::merge,
            encoding::$type::merge,
            $field,
            $buffer,
            $context,
        )
    };
}

pub(crate) use {encode, encoded_len, merge, message};

/// Its absence says the same.
pub(crate) fn is_default<T: Default + PartialEq>(field: &T) -> bool {
    *field == T::default()
}

/// `google.protobuf.Duration` and `google.protobuf.Timestamp`, which are alike.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct SecondsAndNanos {
    pub(crate) seconds: i64,
    pub(crate) nanos: i32,
}

message! {
    SecondsAndNanos {
        1 plain int64 seconds;
        2 plain int32 nanos;
    }
}

impl SecondsAndNanos {
    /// 10,000 years, the longest that `google.protobuf.Duration` is specified for.
    pub(crate) const LONGEST: Self = Self {
        seconds: 315_576_000_000,
        nanos: 0,
    };

    /// As a `google.protobuf.Duration`; `None` if it is negative.
    pub(crate) fn to_duration(self) -> Option<Duration> {
        let total = self.total_nanos();
        let seconds = u64::try_from(total.div_euclid(NANOS_IN_SECOND)).ok()?;
        Some(Duration::new(seconds, total.rem_euclid(NANOS_IN_SECOND) as u32))
    }

    /// As a `google.protobuf.Timestamp`; `None` if the system has no such time.
    pub(crate) fn to_system_time(self) -> Option<SystemTime> {
        let total = self.total_nanos();
        let seconds = total.div_euclid(NANOS_IN_SECOND);
        let whole = Duration::from_secs(u64::try_from(seconds.unsigned_abs()).ok()?);
        let time = if seconds < 0 {
            SystemTime::UNIX_EPOCH.checked_sub(whole)
        } else {
            SystemTime::UNIX_EPOCH.checked_add(whole)
        };
        time?.checked_add(Duration::from_nanos(total.rem_euclid(NANOS_IN_SECOND) as u64))
    }

    fn total_nanos(self) -> i128 {
        i128::from(self.seconds) * NANOS_IN_SECOND + i128::from(self.nanos)
    }
}

impl From<Duration> for SecondsAndNanos {
    /// What is longer than the longest is cut to that: what fits a number of 64 bits may still be more than others take.
    fn from(duration: Duration) -> Self {
        match i64::try_from(duration.as_secs()) {
            Ok(seconds) if seconds < Self::LONGEST.seconds => Self {
                seconds,
                nanos: duration.subsec_nanos().cast_signed(),
            },
            _ => Self::LONGEST,
        }
    }
}

impl From<SystemTime> for SecondsAndNanos {
    fn from(time: SystemTime) -> Self {
        let total = match time.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(after) => after.as_nanos().cast_signed(),
            Err(before) => -before.duration().as_nanos().cast_signed(),
        };
        Self {
            // No system has times that do not fit.
            seconds: total.div_euclid(NANOS_IN_SECOND) as i64,
            nanos: total.rem_euclid(NANOS_IN_SECOND) as i32,
        }
    }
}

const NANOS_IN_SECOND: i128 = 1_000_000_000;

#[cfg(test)]
mod tests;
