use std::{fmt::Display, process::ExitCode};

use super::fail;

/// What an `async fn main` may return: `()`, an [`ExitCode`], or a `Result` of one of them. Unlike
/// [`std::process::Termination`] it prints an error as text, so that an operator can read it.
#[diagnostic::on_unimplemented(
    message = "`#[grpc::main]` cannot return `{Self}`",
    label = "expected `()`, `ExitCode` or `Result<(), E>` with `E: Display`"
)]
pub trait MainOutput {
    /// Prints the error, if it is one, and gives the program's exit code.
    fn exit_code(self) -> ExitCode;
}

impl MainOutput for () {
    fn exit_code(self) -> ExitCode {
        ExitCode::SUCCESS
    }
}

impl MainOutput for ExitCode {
    fn exit_code(self) -> ExitCode {
        self
    }
}

impl<T: MainOutput, E: Display> MainOutput for Result<T, E> {
    fn exit_code(self) -> ExitCode {
        match self {
            Ok(output) => output.exit_code(),
            Err(error) => fail(&error),
        }
    }
}
