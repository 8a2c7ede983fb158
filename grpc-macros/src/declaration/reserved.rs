use proc_macro2::Span;
use syn::{
    Error, Expr, ExprLit, ExprRange, ExprUnary, Lit, RangeLimits, Token, UnOp, bracketed, parse::ParseStream,
    punctuated::Punctuated, spanned::Spanned,
};

use super::Attributes;
use crate::diagnostics::Errors;

/// The numbers and names that must not be used again: `reserved = [4, 7..=9, "old_name"]`.
#[derive(Default)]
pub(crate) struct Reserved {
    /// Both ends included.
    pub(crate) numbers: Vec<(i64, i64)>,
    pub(crate) names: Vec<String>,
}

impl Reserved {
    /// The numbers are at least `least`, and an open range goes up to `most`.
    pub(crate) fn parse(attributes: &Attributes, least: i64, most: i64, errors: &mut Errors) -> Self {
        let mut reserved = Self::default();
        let items = |input: ParseStream| {
            let content;
            bracketed!(content in input);
            Punctuated::<Expr, Token![,]>::parse_terminated(&content)
        };
        let example = "[4, 7..=9, \"old_name\"]";
        let items = attributes.value_with("reserved", example, items, errors);
        for item in items.into_iter().flatten() {
            if let Err(error) = reserved.add(&item, least, most) {
                errors.push(error);
            }
        }
        reserved
    }

    pub(crate) fn has_number(&self, number: i64) -> bool {
        self.numbers
            .iter()
            .any(|&(first, last)| first <= number && number <= last)
    }

    /// False, and an error, if the name is reserved.
    pub(crate) fn allows_name(&self, name: &str, at: Span, errors: &mut Errors) -> bool {
        let allowed = self.names.iter().all(|reserved| reserved != name);
        if !allowed {
            errors.at(
                at,
                format!("the name `{name}` is reserved: it must not be used again"),
            );
        }
        allowed
    }

    fn add(&mut self, item: &Expr, least: i64, most: i64) -> syn::Result<()> {
        let unclear = || {
            Error::new_spanned(
                item,
                "what is reserved is a number, a range such as `7..=9` or `100..`, or a name such as \"old_name\"",
            )
        };
        let (first, last) = match item {
            Expr::Lit(ExprLit {
                lit: Lit::Str(name), ..
            }) => {
                self.names.push(name.value());
                return Ok(());
            }
            Expr::Range(ExprRange {
                start: Some(start),
                limits,
                end,
                ..
            }) => {
                let first = number(start).ok_or_else(unclear)?;
                match (limits, end) {
                    (_, None) => (first, most),
                    (RangeLimits::Closed(_), Some(end)) => (first, number(end).ok_or_else(unclear)?),
                    (RangeLimits::HalfOpen(_), Some(end)) => {
                        let last = number(end).ok_or_else(unclear)? - 1;
                        return Err(Error::new_spanned(
                            item,
                            format!("both ends are reserved: write `{first}..={last}`"),
                        ));
                    }
                }
            }
            single => {
                let number = number(single).ok_or_else(unclear)?;
                (number, number)
            }
        };
        let problem = if first > last {
            Some("the range is empty".to_owned())
        } else if first < least || last > most {
            Some(format!("the numbers are from {least} to {most}"))
        } else {
            let overlaps = |&(from, to): &(i64, i64)| first <= to && from <= last;
            self.numbers
                .iter()
                .any(overlaps)
                .then(|| "this is reserved already".to_owned())
        };
        match problem {
            Some(problem) => Err(Error::new(item.span(), problem)),
            None => {
                self.numbers.push((first, last));
                Ok(())
            }
        }
    }
}

/// A literal, with a minus or without.
pub(crate) fn number(expression: &Expr) -> Option<i64> {
    match expression {
        Expr::Lit(ExprLit {
            lit: Lit::Int(literal),
            ..
        }) => literal.base10_parse().ok(),
        Expr::Unary(ExprUnary {
            op: UnOp::Neg(_),
            expr,
            ..
        }) => number(expr).map(|number| -number),
        Expr::Group(group) => number(&group.expr),
        Expr::Paren(paren) => number(&paren.expr),
        _ => None,
    }
}
