//! What a field's type says of it, as far as it can be read; what cannot be a field is refused with what can.

use quote::ToTokens;
use syn::{GenericArgument, PathArguments, PathSegment, Type};

use crate::diagnostics::Errors;

/// How many values a field has, and of which type.
#[derive(Clone)]
pub(crate) enum Shape {
    Plain(Type),
    Optional(Type),
    Repeated(Type),
    Map(Box<MapTypes>),
}

/// The types of a map.
#[derive(Clone)]
pub(crate) struct MapTypes {
    pub(crate) map: Type,
    pub(crate) key: Type,
    pub(crate) value: Type,
}

impl Shape {
    /// Reads the type of a field; `None`, and an error at it, if it cannot be one.
    pub(crate) fn read(ty: &Type, errors: &mut Errors) -> Option<Self> {
        let ty = unwrapped(ty);
        let (name, arguments) = generic(ty).unwrap_or_default();
        match (name.as_str(), &arguments[..]) {
            ("Option", [inner]) => {
                read_leaf(inner, Inside::Option, errors)?;
                Some(Self::Optional(inner.clone()))
            }
            ("Vec", [inner]) if !is_byte(inner) => {
                read_leaf(inner, Inside::Vec, errors)?;
                Some(Self::Repeated(inner.clone()))
            }
            ("HashMap" | "BTreeMap", [key, value, ..]) => {
                let key_is_one = read_key(key, errors);
                read_leaf(value, Inside::Map, errors)?;
                let types = || MapTypes {
                    map: ty.clone(),
                    key: key.clone(),
                    value: value.clone(),
                };
                key_is_one.then(|| Self::Map(Box::new(types())))
            }
            ("Box", [inner]) => {
                let inner = spelling(inner);
                errors.on(
                    ty,
                    format!("a field that is always there needs no box: write `{inner}`, or `Option<Box<{inner}>>` if a message holds itself"),
                );
                None
            }
            _ => {
                read_leaf(ty, Inside::Nothing, errors)?;
                Some(Self::Plain(ty.clone()))
            }
        }
    }
}

/// What the type of one value stands in.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Inside {
    Nothing,
    Option,
    Vec,
    Map,
    Oneof,
}

/// Is it the type of one value? An error at it, and `None`, if it certainly is not.
pub(crate) fn read_leaf(ty: &Type, inside: Inside, errors: &mut Errors) -> Option<()> {
    let ty = unwrapped(ty);
    let refusal = nested(ty, inside).or_else(|| unsupported(ty));
    match refusal {
        Some(message) => {
            errors.on(ty, message);
            None
        }
        None => Some(()),
    }
}

/// The type of a scalar as it is usually spelled; `Vec<u8>` for all that is bytes.
pub(crate) fn scalar(ty: &Type) -> Option<&'static str> {
    let ty = unwrapped(ty);
    if let Some((name, arguments)) = generic(ty)
        && name == "Vec"
        && let [inner] = &arguments[..]
        && is_byte(inner)
    {
        return Some("Vec<u8>");
    }
    let name = plain_name(ty)?;
    let scalars = ["i32", "i64", "u32", "u64", "bool", "f32", "f64", "String"];
    match name.as_str() {
        "Bytes" => Some("Vec<u8>"),
        name => scalars.into_iter().find(|scalar| *scalar == name),
    }
}

/// As a user would write it.
pub(crate) fn spelling(ty: &Type) -> String {
    let mut spelling = String::new();
    for token in ty.to_token_stream().to_string().split(' ') {
        let tight = |c: char| "<>(),:&;[]".contains(c);
        let needs_space = !spelling.is_empty() && !spelling.ends_with(tight) && !token.starts_with(tight);
        if needs_space || spelling.ends_with([',', ';']) {
            spelling.push(' ');
        }
        spelling.push_str(token);
    }
    spelling
}

fn read_key(ty: &Type, errors: &mut Errors) -> bool {
    let ty = unwrapped(ty);
    let refused = match scalar(ty) {
        Some("f32" | "f64") => Some("a map's key cannot be a fraction"),
        Some("Vec<u8>") => Some("a map's key cannot be bytes"),
        Some(_) => None,
        None if generic(ty).is_some() => Some("this cannot be a map's key"),
        None => None,
    };
    if let Some(refused) = refused {
        errors.on(
            ty,
            format!("{refused}: keys are `String`, `bool`, `i32`, `i64`, `u32` and `u64`"),
        );
        return false;
    }
    read_leaf(ty, Inside::Map, errors).is_some()
}

/// What is several values cannot stand in something that is.
fn nested(ty: &Type, inside: Inside) -> Option<String> {
    let (name, arguments) = generic(ty)?;
    let first = arguments.first().map(spelling).unwrap_or_default();
    let message = match (inside, name.as_str()) {
        (_, "Vec") if arguments.first().is_some_and(is_byte) => return None,
        (Inside::Option, "Option") => {
            format!("a field is there or it is not: write `Option<{first}>`")
        }
        (Inside::Option, "Vec" | "HashMap" | "BTreeMap") => {
            format!(
                "a field of many values that is not there is empty: write `{}`",
                spelling(ty)
            )
        }
        (Inside::Vec, "Option") => {
            format!("the values of a repeated field are all there: write `Vec<{first}>`")
        }
        (Inside::Vec, "Vec") => {
            format!("a repeated field cannot hold repeated fields: give `Vec<{first}>` a message of its own")
        }
        (Inside::Vec, "HashMap" | "BTreeMap") => {
            "a repeated field cannot hold maps: give the map a message of its own".to_owned()
        }
        (Inside::Map, "Option") => format!("the values of a map are all there: write `{first}`"),
        (Inside::Map, "Vec" | "HashMap" | "BTreeMap") => format!(
            "a map's values are single: give `{}` a message of its own",
            spelling(ty)
        ),
        (Inside::Oneof, "Option") => {
            format!("a variant that is chosen has its value: write `{first}`")
        }
        (Inside::Oneof, "Vec" | "HashMap" | "BTreeMap") => format!(
            "a variant holds one value: give `{}` a message of its own",
            spelling(ty)
        ),
        _ => return None,
    };
    Some(message)
}

/// Types of Rust that have no counterpart, and what to write for them.
fn unsupported(ty: &Type) -> Option<String> {
    let message = match ty {
        Type::Path(_) => {
            if let Some((name, arguments)) = generic(ty) {
                return unsupported_generic(&name, &arguments);
            }
            return unsupported_name(&plain_name(ty)?);
        }
        Type::Reference(reference) => match plain_name(&reference.elem).as_deref() {
            Some("str") => "a message owns its text: write `String`".to_owned(),
            _ if matches!(&*reference.elem, Type::Slice(slice) if is_byte(&slice.elem)) => {
                "a message owns its bytes: write `Vec<u8>` or `bytes::Bytes`".to_owned()
            }
            _ => format!("a message owns its fields: write `{}`", spelling(&reference.elem)),
        },
        Type::Array(array) if is_byte(&array.elem) => {
            "the length of bytes is not fixed on the wire: write `Vec<u8>` or `bytes::Bytes`".to_owned()
        }
        Type::Array(array) => format!(
            "the number of values is not fixed on the wire: write `Vec<{}>`",
            spelling(&array.elem)
        ),
        Type::Slice(slice) => format!("a message owns its fields: write `Vec<{}>`", spelling(&slice.elem)),
        Type::Tuple(tuple) if tuple.elems.is_empty() => return None,
        Type::Tuple(_) => "fields have names in a message: give these values a message of their own".to_owned(),
        _ => "this cannot be a field: fields are scalars, messages, enums, and `Option`, `Vec` and maps of them".to_owned(),
    };
    Some(message)
}

fn unsupported_name(name: &str) -> Option<String> {
    let message = match name {
        "usize" => "the size of `usize` depends on the machine: write `u64` or `u32`",
        "isize" => "the size of `isize` depends on the machine: write `i64` or `i32`",
        "u8" | "u16" => "the smallest unsigned number on the wire is `u32`: small ones take few bytes anyway",
        "i8" | "i16" => "the smallest signed number on the wire is `i32`: small ones take few bytes anyway",
        "u128" | "i128" => "the largest numbers on the wire have 64 bits: write `u64`, `i64`, or `Vec<u8>`",
        "char" => "there are no single characters on the wire: write `String`, or `u32` for its number",
        "str" => "a message owns its text: write `String`",
        "PathBuf" | "OsString" => "what is on the wire is text or bytes: write `String` or `Vec<u8>`",
        _ => return None,
    };
    Some(message.to_owned())
}

fn unsupported_generic(name: &str, arguments: &[Type]) -> Option<String> {
    let first = arguments.first().map(spelling).unwrap_or_default();
    let message = match name {
        "VecDeque" | "LinkedList" | "BinaryHeap" | "HashSet" | "BTreeSet" | "IndexSet" => {
            format!("many values are a `Vec`: write `Vec<{first}>`")
        }
        "IndexMap" => "maps are `HashMap` and `BTreeMap`: they have no order on the wire".to_owned(),
        "Box" | "Arc" | "Rc" | "Cow" if first == "str" => {
            "a message owns its text: write `String`".to_owned()
        }
        "Arc" | "Rc" | "Cow" | "Cell" | "RefCell" | "Mutex" => match arguments.first().map(unwrapped) {
            Some(Type::Slice(slice)) => format!(
                "a message owns its fields: write `Vec<{}>`",
                spelling(&slice.elem)
            ),
            _ => format!("a message owns its fields: write `{first}`"),
        },
        "Result" => "this or that is a oneof: derive `grpc::Oneof` for an enum of the two".to_owned(),
        "Box" if matches!(arguments, [Type::Slice(_) | Type::TraitObject(_)]) => {
            "only messages go in a box: `Box<M>`".to_owned()
        }
        _ => return None,
    };
    Some(message)
}

/// Without the invisible groups of `macro_rules!` and parentheses.
pub(crate) fn unwrapped(ty: &Type) -> &Type {
    match ty {
        Type::Group(group) => unwrapped(&group.elem),
        Type::Paren(paren) => unwrapped(&paren.elem),
        ty => ty,
    }
}

fn last(ty: &Type) -> Option<&PathSegment> {
    match unwrapped(ty) {
        Type::Path(path) if path.qself.is_none() => path.path.segments.last(),
        _ => None,
    }
}

/// The last segment's name, if that is not generic.
fn plain_name(ty: &Type) -> Option<String> {
    let segment = last(ty)?;
    segment.arguments.is_none().then(|| segment.ident.to_string())
}

/// `Vec` and its arguments, of a `Vec<T>`.
fn generic(ty: &Type) -> Option<(String, Vec<Type>)> {
    let segment = last(ty)?;
    let PathArguments::AngleBracketed(arguments) = &segment.arguments else {
        return None;
    };
    let types = arguments.args.iter().filter_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty.clone()),
        _ => None,
    });
    Some((segment.ident.to_string(), types.collect()))
}

fn is_byte(ty: &Type) -> bool {
    matches!(unwrapped(ty), Type::Path(path) if path.path.is_ident("u8"))
}
