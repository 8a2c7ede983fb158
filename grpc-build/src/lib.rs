#![doc = include_str!("../README.md")]

mod builder;
mod compile;
mod contract;
mod diagnostics;
mod docs;
mod error;
mod externs;
mod generate;
mod names;
mod service;
mod stub;
mod tree;

pub use self::{
    builder::{Builder, Generated, compile, configure},
    error::Error,
};
