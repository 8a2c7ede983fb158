use quote::ToTokens;
use syn::{Expr, Type};

use super::model::{Field, Part};
use crate::diagnostics::Errors;

/// AIP-193: a status has at most one detail of a type. As far as types can be told by their names.
pub(super) fn check(fields: &[Field], expressions: &[Expr], has_info: bool, errors: &mut Errors) {
    let mut kinds: Vec<String> = Vec::new();
    if has_info {
        kinds.push("ErrorInfo".to_owned());
    }
    let mut add = |kind: String, at: &dyn ToTokens| {
        if kinds.contains(&kind) {
            errors.on(
                at.to_token_stream(),
                match kind.as_str() {
                    "ErrorInfo" if has_info => "the variant's reason is its `ErrorInfo` already".to_owned(),
                    kind => format!("the variant has a `{kind}` already; a status has one of each type"),
                },
            );
        }
        kinds.push(kind);
    };
    for field in fields {
        match field.part {
            Part::Detail => {
                if let Some(kind) = last_segment(&field.ty) {
                    add(kind, &field.ty);
                }
            }
            Part::RetryAfter => add("RetryInfo".to_owned(), &field.ty),
            Part::Carried(_) | Part::Kept => {}
        }
    }
    for expression in expressions {
        if let Some(kind) = kind_of(expression) {
            add(kind, expression);
        }
    }
}

/// `Help` of `Help::link("…", "…").and("…", "…")`.
fn kind_of(expression: &Expr) -> Option<String> {
    let path = match expression {
        Expr::MethodCall(call) => return kind_of(&call.receiver),
        Expr::Call(call) => match &*call.func {
            Expr::Path(function) => &function.path,
            _ => return None,
        },
        _ => return None,
    };
    let kind = path.segments.iter().rev().nth(1)?.ident.to_string();
    kind.starts_with(char::is_uppercase).then_some(kind)
}

fn last_segment(ty: &Type) -> Option<String> {
    match ty {
        Type::Path(path) => path.path.segments.last().map(|segment| segment.ident.to_string()),
        _ => None,
    }
}
