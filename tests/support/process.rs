use std::{
    io::{BufRead, BufReader},
    process::{Child, ChildStdout, Command, Stdio},
};

/// A server in a process of its own; it is ended with this.
pub(crate) struct Process {
    child: Child,
    address: String,
    /// Kept open, so that what it prints later is not an error to it.
    _stdout: BufReader<ChildStdout>,
}

impl Process {
    /// Starts it and waits until it prints `listening on HOST:PORT`, be it behind something else.
    pub(crate) fn start(mut command: Command) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut said = String::new();
        let address = loop {
            let start = said.len();
            if stdout.read_line(&mut said).unwrap() == 0 {
                break None;
            }
            if let Some((_, address)) = said[start..].trim_end().split_once("listening on ") {
                break Some(address.to_owned());
            }
        };
        let mut process = Self {
            child,
            address: String::new(),
            _stdout: stdout,
        };
        match address {
            Some(address) => process.address = address,
            None => panic!("{command:?} said {said:?} in place of where it listens"),
        }
        process
    }

    /// Its process id.
    #[allow(dead_code, reason = "only one of the tests that share this looks into /proc")]
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// `HOST:PORT`.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself; a test that minds has noticed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
