//! Answers to one call that are wrong, each with what has to come of it.

use grpc::Code;
use tokio::io::AsyncWriteExt;

use crate::{
    raw::Frame,
    support::{Hostile, tasks, tasks_are},
};

/// Checks all of them, and panics if one is not as it has to be.
pub(crate) async fn check(cases: Vec<Case>) {
    let mut wrong = Vec::new();
    for case in cases {
        let name = case.name;
        // A task of its own, so that the others are checked too.
        if tokio::spawn(async move { case.check().await }).await.is_err() {
            wrong.push(name);
        }
    }
    assert!(wrong.is_empty(), "not as they have to be: {wrong:?}");
}

/// What a server writes on stream 1 once it has the request.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    written: Vec<u8>,
    then_closes: bool,
    outcome: Result<&'static [u8], (Code, &'static str)>,
    reset: Option<u32>,
    goaway: Option<u32>,
    lives: bool,
}

impl Case {
    pub(crate) fn new(name: &'static str, frames: impl IntoIterator<Item = Frame>) -> Self {
        Self::bytes(name, frames.into_iter().flat_map(|frame| frame.bytes()).collect())
    }

    pub(crate) fn bytes(name: &'static str, written: Vec<u8>) -> Self {
        Self {
            name,
            written,
            then_closes: false,
            outcome: Ok(b""),
            reset: None,
            goaway: None,
            lives: true,
        }
    }

    /// The call is answered all the same.
    pub(crate) fn answers(mut self, message: &'static [u8]) -> Self {
        self.outcome = Ok(message);
        self
    }

    /// The call ends so, and other calls can go on.
    pub(crate) fn fails(mut self, code: Code, text: &'static str) -> Self {
        self.outcome = Err((code, text));
        self
    }

    /// The client resets the stream with this code.
    pub(crate) fn and_is_reset(mut self, code: u32) -> Self {
        self.reset = Some(code);
        self
    }

    /// It ends with the connection, on which the client says GOAWAY with this code.
    pub(crate) fn and_goaway(mut self, code: u32) -> Self {
        self.goaway = Some(code);
        self.lives = false;
        self
    }

    /// The server closes the connection behind what it has written.
    pub(crate) fn then_closes(mut self) -> Self {
        self.then_closes = true;
        self.lives = false;
        self
    }

    /// Panics unless what has to come of it does, for calls of two kinds, and the next call is served, and nothing is left.
    async fn check(&self) {
        let before = tasks();
        for streaming in [false, true] {
            let mut hostile = Hostile::new();
            self.check_call(&mut hostile, streaming).await;
            drop(hostile);
            tasks_are(before).await;
        }
    }

    pub(crate) async fn check_call(&self, hostile: &mut Hostile, streaming: bool) {
        let name = self.name;
        let call = if streaming {
            hostile.collected()
        } else {
            hostile.unary().map(|message| vec![message])
        };
        let mut server = hostile.server().await;
        server.answer(1).await;
        // It may be refused before its end.
        server.try_write(&self.written).await;
        if self.then_closes {
            server.io.shutdown().await.unwrap();
        }
        match (call.outcome().await, self.outcome) {
            (Ok(messages), Ok(expected)) => assert_eq!(messages, [expected], "{name}"),
            (Err(status), Err((code, text))) => {
                assert_eq!(status.code(), code, "{name}: {status}");
                assert!(
                    status.message().contains(text),
                    "{name}: {text:?} is not in {status}"
                );
            }
            (outcome, _) => panic!("{name}: {outcome:?}"),
        }
        if let Some(goaway) = self.goaway {
            assert_eq!(server.closed().await, [goaway], "{name}");
        } else if let Some(reset) = self.reset {
            assert_eq!(server.answer(1).await.reset, Some(reset), "{name}");
        }
        hostile.serves_again(&mut server, 3, self.lives).await;
    }
}
