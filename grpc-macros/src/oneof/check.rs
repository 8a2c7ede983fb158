use super::model::Oneof;
use crate::{
    declaration::{Reserved, check_tag, json},
    diagnostics::Errors,
};

/// What no two variants may have in common; the message compares them with its own fields.
pub(super) fn check(oneof: &Oneof, errors: &mut Errors) {
    let nothing = Reserved::default();
    for (index, variant) in oneof.variants.iter().enumerate() {
        let before = &oneof.variants[..index];
        let taken = before.iter().map(|other| (other.tag.number, other.name.as_str()));
        check_tag(variant.tag, taken, &nothing, errors);
        if before
            .iter()
            .any(|other| json(&other.name) == json(&variant.name))
        {
            let name = &variant.name;
            errors.at(
                variant.ident.span(),
                format!("the name `{name}` is that of another variant already"),
            );
        }
    }
}
