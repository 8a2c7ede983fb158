//! Programs that tests run: the examples, and servers in processes of their own.

mod example;
mod process;

pub(crate) use self::{example::example, process::Process};
