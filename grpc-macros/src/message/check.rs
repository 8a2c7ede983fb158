//! What no two fields may have in common.

use super::model::{Kind, Message};
use crate::{
    declaration::{Tag, check_tag, json},
    diagnostics::Errors,
};

/// Tags and names, as far as they are known here: those of oneofs are compared in the expansion.
pub(super) fn check(message: &Message, errors: &mut Errors) {
    let reserved = &message.reserved;
    for (index, field) in message.fields.iter().enumerate() {
        let before = &message.fields[..index];
        if let Kind::Value { tag, at, .. } = field.kind {
            let taken = before
                .iter()
                .filter_map(|other| Some((other.tag()?, other.name.as_str())));
            check_tag(Tag { number: tag, at }, taken, reserved, errors);
        }
        let at = field.ident.span();
        if !reserved.allows_name(&field.name, at, errors) {
            continue;
        }
        let near = before.iter().find(|other| json(&other.name) == json(&field.name));
        if let Some(other) = near {
            let (name, other) = (&field.name, &other.name);
            let problem = if name == other {
                format!("the name `{name}` is that of another field already")
            } else {
                format!(
                    "`{name}` and `{other}` are both `{}` in JSON: one of them needs another name",
                    json(name)
                )
            };
            errors.at(at, problem);
        }
    }
}
