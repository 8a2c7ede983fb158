use std::collections::{HashMap, HashSet};

use prost_types::{EnumDescriptorProto, EnumValueDescriptorProto};

use super::{File, Place};
use crate::{code::Code, error::Error, names};

impl File<'_> {
    pub(super) fn enumeration(
        &self,
        code: &mut Code,
        place: &Place<'_>,
        enumeration: &EnumDescriptorProto,
    ) -> Result<(), Error> {
        let proto = self.full_name(place.scope, enumeration.name());
        if self.types.externs.contains_key(&proto) {
            return Ok(());
        }
        let ident = names::upper_camel(enumeration.name());
        let variants = variants(enumeration)?;

        self.comments.of(&place.path).write(code);
        self.attributes(code, &proto);
        let derives = "Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord";
        self.derive(code, derives, "Enumeration");
        code.line("#[repr(i32)]");
        code.open(format_args!("pub enum {ident}"));
        for variant in &variants {
            self.comments.of(&place.inner(2, variant.index)).write(code);
            if variant.deprecated {
                code.line("#[deprecated]");
            }
            code.line(format_args!("{} = {},", variant.ident, variant.number));
        }
        code.close();

        code.open(format_args!("impl {ident}"));
        for line in [
            "String value of the enum field names used in the ProtoBuf definition.",
            "",
            "The values are not transformed in any way and thus are considered stable",
            "(if the ProtoBuf definition does not change) and safe for programmatic use.",
        ] {
            code.line(format_args!("/// {line}").to_string().trim_end());
        }
        code.open("pub fn as_str_name(&self) -> &'static str");
        code.open("match self");
        for Variant {
            ident,
            proto,
            deprecated,
            ..
        } in &variants
        {
            if *deprecated {
                code.line("#[allow(deprecated)]");
            }
            code.line(format_args!("Self::{ident} => {proto:?},"));
        }
        code.close();
        code.close();
        code.line("/// Creates an enum from field names used in the ProtoBuf definition.");
        code.open("pub fn from_str_name(value: &str) -> ::core::option::Option<Self>");
        code.open("match value");
        for Variant {
            ident,
            proto,
            deprecated,
            ..
        } in &variants
        {
            let allow = if *deprecated { "#[allow(deprecated)] " } else { "" };
            code.line(format_args!("{proto:?} => Some({allow}Self::{ident}),"));
        }
        code.line("_ => None,");
        code.close();
        code.close();
        code.close();
        Ok(())
    }
}

struct Variant<'a> {
    index: usize,
    proto: &'a str,
    ident: String,
    number: i32,
    deprecated: bool,
}

/// One per number: aliases have none of their own.
///
/// # Errors
/// Two values that are one name in Rust.
fn variants(enumeration: &EnumDescriptorProto) -> Result<Vec<Variant<'_>>, Error> {
    let mut numbers = HashSet::new();
    let mut idents = HashMap::new();
    let mut variants = Vec::new();
    for (index, value) in enumeration.value.iter().enumerate() {
        if !numbers.insert(value.number()) {
            continue;
        }
        let ident = variant(enumeration.name(), value.name());
        if let Some(other) = idents.insert(ident.clone(), value.name()) {
            return Err(Error::new(format!(
                "enum `{}`: its values `{other}` and `{}` would both be `{ident}` in Rust",
                enumeration.name(),
                value.name(),
            )));
        }
        variants.push(Variant {
            index,
            proto: value.name(),
            ident,
            number: value.number(),
            deprecated: is_deprecated(value),
        });
    }
    Ok(variants)
}

/// A value's name in Rust, without the enum's in front.
pub(super) fn variant(enumeration: &str, value: &str) -> String {
    let ident = names::upper_camel(value);
    let stripped = ident.strip_prefix(&names::upper_camel(enumeration));
    match stripped {
        // `Foo` is not what `Foobar` begins with.
        Some(rest) if rest.starts_with(char::is_uppercase) => names::escape(rest.to_owned()),
        _ => names::escape(ident),
    }
}

fn is_deprecated(value: &EnumValueDescriptorProto) -> bool {
    value.options.as_ref().is_some_and(|options| options.deprecated())
}
