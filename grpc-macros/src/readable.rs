//! An expansion as tests show it.

use proc_macro2::{Group, TokenStream, TokenTree};

/// Formatted as a file, with the items that `__described!` has where it is: rustfmt's rules are not for what a macro is given.
pub(crate) fn readable(expansion: TokenStream) -> String {
    let file = syn::parse2(opened(expansion)).expect("the expansion is Rust");
    prettyplease::unparse(&file)
}

fn opened(tokens: TokenStream) -> TokenStream {
    let mut opened: Vec<TokenTree> = Vec::new();
    let mut tokens = tokens.into_iter();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Ident(name) if name == "__described" => {
                // The path before it.
                while opened.pop_if(|token| is_of_path(token)).is_some() {}
                let Some(TokenTree::Group(items)) = tokens.nth(1) else {
                    panic!("`__described!` without items")
                };
                opened.extend(self::opened(items.stream()));
            }
            TokenTree::Group(group) => {
                let inner = self::opened(group.stream());
                opened.push(Group::new(group.delimiter(), inner).into());
            }
            other => opened.push(other),
        }
    }
    opened.into_iter().collect()
}

fn is_of_path(token: &TokenTree) -> bool {
    match token {
        TokenTree::Ident(_) => true,
        TokenTree::Punct(punct) => punct.as_char() == ':',
        _ => false,
    }
}
