//! Numbers, strings, bytes and enum values out of JSON.

use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use prost_reflect::{EnumDescriptor, Kind, MapKey, Syntax, Value as Dynamic};
use serde_json::{Number, Value};

use super::{
    found::{Found, Shortened},
    path::Path,
};
use crate::protos::near::did_you_mean;

/// With or without padding, as the mapping has it; bits behind the last byte do not count.
const CONFIG: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, CONFIG);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, CONFIG);

/// A value of any kind but a message.
pub(super) fn read(value: &Value, kind: &Kind, path: Path<'_>) -> Result<Dynamic, String> {
    let integer = |range: &Range| integer(value, range, path);
    Ok(match kind {
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => Dynamic::I32(fitting(integer(&INT32)?)),
        Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => Dynamic::I64(fitting(integer(&INT64)?)),
        Kind::Uint32 | Kind::Fixed32 => Dynamic::U32(fitting(integer(&UINT32)?)),
        Kind::Uint64 | Kind::Fixed64 => Dynamic::U64(fitting(integer(&UINT64)?)),
        Kind::Float => Dynamic::F32(single(value, path)?),
        Kind::Double => Dynamic::F64(double(value, path)?),
        Kind::Bool => Dynamic::Bool(
            value
                .as_bool()
                .ok_or_else(|| path.error(format_args!("expected boolean, found {}", Found(value))))?,
        ),
        Kind::String => Dynamic::String(string(value, "string", path)?.to_owned()),
        Kind::Bytes => {
            let text = string(value, "base64 string", path)?;
            Dynamic::Bytes(bytes(text, path)?.into())
        }
        Kind::Enum(values) => Dynamic::EnumNumber(enum_value(value, values, path)?),
        Kind::Message(message) => return Err(path.error(format_args!("no scalar: {}", message.full_name()))),
    })
}

/// `bytes` as an array of numbers.
pub(super) fn byte_list(value: &Value, path: Path<'_>) -> Result<Dynamic, String> {
    let items = value.as_array().map_or(&[][..], Vec::as_slice);
    let bytes: Result<Vec<u8>, String> = items
        .iter()
        .enumerate()
        .map(|(index, item)| integer(item, &BYTE, Path::Index(&path, index)).map(fitting))
        .collect();
    Ok(Dynamic::Bytes(bytes?.into()))
}

/// The key of a map, which is a string in JSON.
pub(super) fn map_key(key: &str, kind: &Kind, path: Path<'_>) -> Result<MapKey, String> {
    let integer = |range: &Range| {
        let expected = || path.error(format_args!("expected integer as key, found {}", Shortened(key)));
        let number = key
            .parse::<i128>()
            .ok()
            .filter(|_| !key.starts_with('+'))
            .ok_or_else(expected)?;
        range.check(number, path)
    };
    Ok(match kind {
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => MapKey::I32(fitting(integer(&INT32)?)),
        Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => MapKey::I64(fitting(integer(&INT64)?)),
        Kind::Uint32 | Kind::Fixed32 => MapKey::U32(fitting(integer(&UINT32)?)),
        Kind::Uint64 | Kind::Fixed64 => MapKey::U64(fitting(integer(&UINT64)?)),
        Kind::Bool => MapKey::Bool(key.parse().map_err(|_| {
            path.error(format_args!(
                "expected \"true\" or \"false\" as key, found {}",
                Shortened(key)
            ))
        })?),
        _ => MapKey::String(key.to_owned()),
    })
}

pub(super) fn string<'a>(value: &'a Value, expected: &str, path: Path<'_>) -> Result<&'a str, String> {
    value
        .as_str()
        .ok_or_else(|| path.error(format_args!("expected {expected}, found {}", Found(value))))
}

pub(super) fn bytes(text: &str, path: Path<'_>) -> Result<Vec<u8>, String> {
    let engine = if text.contains(['-', '_']) {
        &URL_SAFE
    } else {
        &STANDARD
    };
    engine
        .decode(text)
        .map_err(|error| path.error(format_args!("not base64: {error}, in {}", Shortened(text))))
}

/// What an integer type holds.
struct Range {
    name: &'static str,
    least: i128,
    most: i128,
}

const BYTE: Range = Range::new("a byte", 0, u8::MAX as i128);
const INT32: Range = Range::new("int32", i32::MIN as i128, i32::MAX as i128);
const INT64: Range = Range::new("int64", i64::MIN as i128, i64::MAX as i128);
const UINT32: Range = Range::new("uint32", 0, u32::MAX as i128);
const UINT64: Range = Range::new("uint64", 0, u64::MAX as i128);

impl Range {
    const fn new(name: &'static str, least: i128, most: i128) -> Self {
        Self { name, least, most }
    }

    fn check(&self, number: i128, path: Path<'_>) -> Result<i128, String> {
        let Self { name, least, most } = self;
        if (*least..=*most).contains(&number) {
            return Ok(number);
        }
        Err(path.error(format_args!(
            "{number} is out of range for {name} ({least} to {most})"
        )))
    }
}

/// A checked number as the type that it was checked for.
fn fitting<N: TryFrom<i128> + Default>(number: i128) -> N {
    N::try_from(number).unwrap_or_default()
}

/// An integer, as a number without a fraction or as a string of one.
fn integer(value: &Value, range: &Range, path: Path<'_>) -> Result<i128, String> {
    let number = match value {
        Value::Number(number) => whole(number),
        Value::String(text) => number_in(text).as_ref().and_then(whole),
        _ => None,
    };
    let number =
        number.ok_or_else(|| path.error(format_args!("expected integer, found {}", Found(value))))?;
    range.check(number, path)
}

fn whole(number: &Number) -> Option<i128> {
    if let Some(number) = number.as_i128() {
        return Some(number);
    }
    let float = number.as_f64()?;
    // Saturates, far outside of what any integer type holds.
    (float.fract() == 0.0).then_some(float as i128)
}

/// The number that a string holds, written as JSON writes numbers.
fn number_in(text: &str) -> Option<Number> {
    if text.starts_with(|first: char| first.is_ascii_whitespace())
        || text.ends_with(|last: char| last.is_ascii_whitespace())
    {
        return None;
    }
    serde_json::from_str(text).ok()
}

fn double(value: &Value, path: Path<'_>) -> Result<f64, String> {
    let number = match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => match text.as_str() {
            "NaN" => Some(f64::NAN),
            "Infinity" => Some(f64::INFINITY),
            "-Infinity" => Some(f64::NEG_INFINITY),
            text => number_in(text).and_then(|number| number.as_f64()),
        },
        _ => None,
    };
    number.ok_or_else(|| path.error(format_args!("expected number, found {}", Found(value))))
}

fn single(value: &Value, path: Path<'_>) -> Result<f32, String> {
    let number = double(value, path)?;
    let narrow = number as f32;
    if narrow.is_infinite() && number.is_finite() {
        return Err(path.error(format_args!("{number:e} is out of range for float")));
    }
    Ok(narrow)
}

fn enum_value(value: &Value, values: &EnumDescriptor, path: Path<'_>) -> Result<i32, String> {
    let expected = |near: String| {
        let name = values.full_name();
        path.error(format_args!(
            "expected a value of {name}, found {}{near}",
            Found(value)
        ))
    };
    match value {
        Value::String(name) => match values.get_value_by_name(name) {
            Some(value) => Ok(value.number()),
            None => {
                let names: Vec<String> = values.values().map(|value| value.name().to_owned()).collect();
                Err(expected(did_you_mean(name, names.iter().map(String::as_str))))
            }
        },
        Value::Number(number) if whole(number).is_some() => {
            let number = fitting(integer(value, &INT32, path)?);
            if !has_number(values, number) {
                return Err(expected(String::new()));
            }
            Ok(number)
        }
        Value::Null if values.full_name() == "google.protobuf.NullValue" => Ok(0),
        _ => Err(expected(String::new())),
    }
}

/// An enum of proto2 holds the values that it declares, and no others.
pub(super) fn has_number(values: &EnumDescriptor, number: i32) -> bool {
    values.parent_file().syntax() != Syntax::Proto2 || values.get_value(number).is_some()
}
