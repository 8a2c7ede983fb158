//! Command-line flags as gRPC's interop programs take them: `--name=value`, `--name value`, or `--name` for true.

use std::{collections::BTreeMap, env, fmt::Display, str::FromStr};

/// The flags that nobody has taken yet.
pub(crate) struct Flags(BTreeMap<String, String>);

impl Flags {
    pub(crate) fn from_arguments() -> Result<Self, grpc::Error> {
        let mut flags = BTreeMap::new();
        let mut arguments = env::args().skip(1).peekable();
        while let Some(argument) = arguments.next() {
            let Some(flag) = argument.strip_prefix("--") else {
                return Err(grpc::Error::new(format!(
                    "{argument:?} is no flag; flags begin with --"
                )));
            };
            let (name, value) = match flag.split_once('=') {
                Some((name, value)) => (name, value.to_owned()),
                None => {
                    let value = arguments.next_if(|next| !next.starts_with("--"));
                    (flag, value.unwrap_or_else(|| "true".to_owned()))
                }
            };
            flags.insert(name.to_owned(), value);
        }
        Ok(Self(flags))
    }

    /// The value of a flag, or what it is without one.
    pub(crate) fn take<T: FromStr<Err: Display>>(
        &mut self,
        name: &str,
        default: T,
    ) -> Result<T, grpc::Error> {
        Ok(self.take_optional(name)?.unwrap_or(default))
    }

    /// The value of a flag that may be absent.
    pub(crate) fn take_optional<T: FromStr<Err: Display>>(
        &mut self,
        name: &str,
    ) -> Result<Option<T>, grpc::Error> {
        let Some(value) = self.0.remove(name) else {
            return Ok(None);
        };
        match value.parse() {
            Ok(value) => Ok(Some(value)),
            Err(error) => Err(grpc::Error::new(format!("--{name}={value}: {error}"))),
        }
    }

    /// Every flag has been taken: others there are none.
    pub(crate) fn done(self) -> Result<(), grpc::Error> {
        match self.0.into_keys().next() {
            Some(name) => Err(grpc::Error::new(format!("there is no flag --{name}"))),
            None => Ok(()),
        }
    }
}
