//! What the benchmark programs are told on the command line: `--name value`, and the runtimes that `--runtime` names.

use std::{collections::BTreeMap, env, error::Error, fmt::Display, str::FromStr};

use tokio::runtime::{Builder, Runtime};

pub(crate) type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// The flags that nobody has taken yet.
pub(crate) struct Settings(BTreeMap<String, String>);

impl Settings {
    pub(crate) fn from_arguments() -> Result<Self> {
        let mut flags = BTreeMap::new();
        let mut arguments = env::args().skip(1);
        while let Some(flag) = arguments.next() {
            let name = flag
                .strip_prefix("--")
                .ok_or_else(|| format!("{flag:?} is no flag; flags begin with --"))?;
            let value = arguments
                .next()
                .ok_or_else(|| format!("{flag} lacks its value"))?;
            flags.insert(name.to_owned(), value);
        }
        Ok(Self(flags))
    }

    /// The value of a flag, or what it is without one.
    pub(crate) fn take<T: FromStr<Err: Display>>(&mut self, name: &str, default: T) -> Result<T> {
        match self.0.remove(name) {
            None => Ok(default),
            Some(value) => value
                .parse()
                .map_err(|error| format!("--{name} {value}: {error}").into()),
        }
    }

    /// Every flag has been taken: others there are none.
    pub(crate) fn done(self) -> Result<()> {
        match self.0.into_keys().next() {
            None => Ok(()),
            Some(name) => Err(format!("there is no flag --{name}").into()),
        }
    }
}

/// `ct` runs all on one thread, `mt:N` on N worker threads.
pub(crate) fn runtime(name: &str) -> Result<Runtime> {
    let mut builder = match name.strip_prefix("mt:") {
        Some(threads) => {
            let mut builder = Builder::new_multi_thread();
            builder.worker_threads(threads.parse()?);
            builder
        }
        None if name == "ct" => Builder::new_current_thread(),
        None => return Err(format!("--runtime is ct or mt:N, and of a server tpc:N, not {name:?}").into()),
    };
    Ok(builder.enable_all().build()?)
}
