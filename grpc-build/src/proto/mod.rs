//! The front-end: `.proto` files to descriptors, as the
//! [specification of the language](https://protobuf.dev/reference/protobuf/proto3-spec/) and protoc have it.
//!
//! Of a package that does the same, the build of every user would pay for what it takes along: see
//! `benches/NOTES.md`. It serves as the oracle of the tests.

mod comment;
mod compiler;
mod descriptor;
mod dynamic;
mod interpret;
mod lexer;
mod mistake;
mod number;
mod option;
mod parse;
mod pool;
mod resolve;
mod symbols;
mod validate;
mod wire;

pub(crate) use self::{
    compiler::Compiler,
    mistake::{Mistakes, line_and_column},
};
