//! `proto!`: options in, code of grpc-build out.

use std::{
    collections::HashMap,
    env, fs,
    path::Path,
    sync::{LazyLock, Mutex, PoisonError},
};

use grpc_build::{Builder, Generated};
use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::{
    Error, Ident, LitStr, Result, Token, bracketed,
    ext::IdentExt as _,
    parenthesized,
    parse::{Parse, ParseStream},
    punctuated::Punctuated,
    token,
};

pub(crate) fn expand(input: TokenStream) -> TokenStream {
    syn::parse2::<Call>(input)
        .and_then(Call::expand)
        .unwrap_or_else(Error::into_compile_error)
}

/// `"a.proto"` or `["a.proto", …]`, then options.
struct Call {
    files: Vec<LitStr>,
    builder: Builder,
    type_attributes: Vec<(LitStr, LitStr)>,
}

const OPTIONS: &str = "the options are `includes`, `type_attributes`, `bytes`, `extern_paths` and `crate`";

impl Parse for Call {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let files = if input.peek(token::Bracket) {
            strings(input)?
        } else {
            vec![input.parse()?]
        };
        if files.is_empty() {
            return Err(Error::new(Span::call_site(), "no .proto file is named"));
        }
        let mut call = Self {
            files,
            builder: grpc_build::configure(),
            type_attributes: Vec::new(),
        };
        let mut seen: Vec<String> = Vec::new();
        while !input.is_empty() {
            input.parse::<Token![,]>()?;
            if input.is_empty() {
                break;
            }
            let option = input.call(Ident::parse_any)?;
            let name = option.to_string();
            if seen.contains(&name) {
                return Err(Error::new(option.span(), format!("`{name}` is given twice")));
            }
            input.parse::<Token![=]>()?;
            call.option(&option, input)?;
            seen.push(name);
        }
        Ok(call)
    }
}

impl Call {
    fn option(&mut self, option: &Ident, input: ParseStream<'_>) -> Result<()> {
        let values = |strings: Vec<LitStr>| strings.iter().map(LitStr::value).collect::<Vec<_>>();
        let builder = self.builder.clone();
        self.builder = match option.to_string().as_str() {
            "includes" => builder.includes(values(strings(input)?)),
            "bytes" => builder.bytes(values(strings(input)?)),
            "extern_paths" => builder.extern_paths(
                pairs(input)?
                    .iter()
                    .map(|(proto, rust)| (proto.value(), rust.value())),
            ),
            "type_attributes" => {
                self.type_attributes = pairs(input)?;
                let attributes = self.type_attributes.iter();
                builder.type_attributes(attributes.map(|(path, attribute)| (path.value(), attribute.value())))
            }
            "crate" => builder.runtime(runtime(&input.call(syn::Path::parse_mod_style)?)),
            other => {
                return Err(Error::new(
                    option.span(),
                    format!("unknown option `{other}`; {OPTIONS}"),
                ));
            }
        };
        Ok(())
    }

    fn expand(self) -> Result<TokenStream> {
        for (_, attribute) in &self.type_attributes {
            // Reported here, where it can be pointed at.
            attribute.parse_with(syn::Attribute::parse_outer)?;
        }
        let span = self.files[0].span();
        let files: Vec<String> = self.files.iter().map(LitStr::value).collect();
        let generated = self.builder.generate(&files, &place(Span::call_site()));
        let Generated { code, files, .. } = match generated {
            Ok(generated) => generated,
            Err(error) => {
                let error = Error::new(span, error).into_compile_error();
                let stand_ins = stand_ins(&files);
                return Ok(quote! { #error #stand_ins });
            }
        };
        let code: TokenStream = code.parse().map_err(|error| {
            Error::new(
                span,
                format!("the generated code is not Rust; is a path in the options? {error}"),
            )
        })?;
        let tracked = files.iter().map(|file| {
            let path = file.to_string_lossy();
            // What makes cargo and rustc watch the file.
            quote_spanned! {span=> const _: &[u8] = ::core::include_bytes!(#path); }
        });
        Ok(quote! { #(#tracked)* #code })
    }
}

/// Contracts without rpcs for the services that files with mistakes seem to have: `#[grpc::service]` takes them as the
/// sign that everything has been said.
fn stand_ins(files: &[String]) -> TokenStream {
    let root = env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default();
    let mut names = Vec::new();
    for file in files {
        let text = fs::read_to_string(Path::new(&root).join(file)).unwrap_or_default();
        names.extend(services_in(&text).filter_map(|name| syn::parse_str::<Ident>(name).ok()));
    }
    names.sort();
    names.dedup();
    names
        .iter()
        .map(|name| {
            let contract = format_ident!("__grpc_unreadable_{name}");
            quote! {
                #[allow(unused_macros)]
                macro_rules! #contract {
                    ([$($next:tt)*] $($rest:tt)*) => { $($next)* ! { {} $($rest)* } };
                }
                #[allow(unused_imports)]
                pub(crate) use #contract as #name;
            }
        })
        .collect()
}

/// What stands behind each `service`, whatever the rest of the text is.
fn services_in(text: &str) -> impl Iterator<Item = &str> {
    let is_name = |char: char| char.is_ascii_alphanumeric() || char == '_';
    let mut words = text
        .split(move |char| !is_name(char))
        .filter(|word| !word.is_empty());
    std::iter::from_fn(move || {
        words.find(|word| *word == "service")?;
        words.next()
    })
}

/// The place of the call as text, different for each call in a crate: a `macro_rules!` that contains a call
/// has it expanded at the same place each time.
fn place(span: Span) -> String {
    static CALLS: LazyLock<Mutex<HashMap<String, usize>>> = LazyLock::new(Mutex::default);
    let start = span.unwrap().start();
    let place = format!("{}:{}:{}", span.unwrap().file(), start.line(), start.column());
    let mut calls = CALLS.lock().unwrap_or_else(PoisonError::into_inner);
    let count = calls.entry(place.clone()).or_default();
    *count += 1;
    if *count == 1 {
        place
    } else {
        format!("{place}#{count}")
    }
}

/// An absolute path, as generated code is in modules of its own.
fn runtime(path: &syn::Path) -> String {
    let segments: Vec<String> = path
        .segments
        .iter()
        .map(|segment| segment.ident.to_string())
        .collect();
    let joined = segments.join("::");
    if segments[0] == "crate" {
        joined
    } else {
        format!("::{joined}")
    }
}

fn strings(input: ParseStream<'_>) -> Result<Vec<LitStr>> {
    let content;
    bracketed!(content in input);
    Ok(Punctuated::<LitStr, Token![,]>::parse_terminated(&content)?
        .into_iter()
        .collect())
}

fn pairs(input: ParseStream<'_>) -> Result<Vec<(LitStr, LitStr)>> {
    let content;
    bracketed!(content in input);
    let pair = |input: ParseStream<'_>| {
        let content;
        parenthesized!(content in input);
        let first = content.parse()?;
        content.parse::<Token![,]>()?;
        let second = content.parse()?;
        content.parse::<Option<Token![,]>>()?;
        Ok((first, second))
    };
    Ok(Punctuated::<_, Token![,]>::parse_terminated_with(&content, pair)?
        .into_iter()
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(input: &str) -> String {
        match syn::parse_str::<Call>(input) {
            Ok(_) => panic!("`{input}` is accepted"),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn all_options_are_taken_in_any_order() {
        for input in [
            r#""a.proto""#,
            r#""a.proto","#,
            r#"["a.proto", "b.proto",], crate = a::b, bytes = [], includes = ["x"],"#,
            r##""a.proto", type_attributes = [(".", "#[a]"), (".", "#[b]",),], extern_paths = [(".a", "::a")]"##,
        ] {
            syn::parse_str::<Call>(input).unwrap_or_else(|error| panic!("{input}: {error}"));
        }
    }

    #[test]
    fn mistakes_in_options_are_named() {
        assert_eq!(
            error(r#""a.proto", include = ["x"]"#),
            "unknown option `include`; the options are `includes`, `type_attributes`, `bytes`, `extern_paths` \
             and `crate`"
        );
        assert_eq!(
            error(r#""a.proto", bytes = [], bytes = []"#),
            "`bytes` is given twice"
        );
        assert_eq!(error("[]"), "no .proto file is named");
        assert_eq!(error(""), "unexpected end of input, expected string literal");
        assert_eq!(error(r#""a.proto" "b.proto""#), "expected `,`");
    }

    #[test]
    fn the_runtime_is_found_from_any_module() {
        let path = |path| runtime(&syn::parse_str(path).unwrap());
        assert_eq!(path("my::grpc"), "::my::grpc");
        assert_eq!(path("::my::grpc"), "::my::grpc");
        assert_eq!(path("crate::grpc"), "crate::grpc");
    }

    #[test]
    fn services_are_found_in_a_file_with_mistakes() {
        let text =
            "syntax = proto3;\nservice Greeter{ rpc } // a service\nmessage X {}\nservice\n  Other_2 {";
        let found: Vec<_> = services_in(text).collect();
        assert_eq!(found, ["Greeter", "message", "Other_2"]);
    }
}
