#![doc = include_str!("../README.md")]

#[cfg(feature = "generate")]
mod builder;
#[cfg(feature = "generate")]
mod code;
#[cfg(feature = "generate")]
mod comments;
#[cfg(feature = "generate")]
mod compile;
#[cfg(feature = "generate")]
mod contract;
#[cfg(feature = "generate")]
mod described;
mod descriptors;
mod diagnostics;
mod directories;
#[cfg(feature = "generate")]
mod docs;
mod error;
#[cfg(feature = "generate")]
mod externs;
#[cfg(feature = "generate")]
mod generate;
#[cfg(feature = "generate")]
mod messages;
#[cfg(feature = "generate")]
mod names;
mod open;
mod proto;
#[cfg(feature = "generate")]
mod service;
#[cfg(feature = "generate")]
mod stub;
#[cfg(feature = "generate")]
mod tree;

#[cfg(feature = "generate")]
pub use self::builder::{Builder, Generated, compile, configure};
pub use self::{
    descriptors::{Descriptors, descriptors},
    error::Error,
};
