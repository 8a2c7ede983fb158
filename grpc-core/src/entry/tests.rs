use std::{process::ExitCode, sync::mpsc, thread, time::Duration};

use super::{Main, MainOutput};
use crate::{Error, Status};

/// `ExitCode` cannot be compared; its `Debug` text can.
fn code(output: impl MainOutput) -> String {
    format!("{:?}", output.exit_code())
}

fn exit(code: ExitCode) -> String {
    format!("{code:?}")
}

#[test]
fn an_outcome_is_an_exit_code() {
    assert_eq!(code(()), exit(ExitCode::SUCCESS));
    assert_eq!(code(ExitCode::from(7)), exit(ExitCode::from(7)));
    assert_eq!(code(Ok::<_, Status>(())), exit(ExitCode::SUCCESS));
    assert_eq!(code(Ok::<_, String>(ExitCode::from(3))), exit(ExitCode::from(3)));
    assert_eq!(
        code(Err::<(), _>(Error::new("bind 0.0.0.0:1"))),
        exit(ExitCode::FAILURE)
    );
    assert_eq!(
        code(Err::<(), Box<dyn std::error::Error>>("no".into())),
        exit(ExitCode::FAILURE)
    );
}

#[test]
fn a_program_runs_on_worker_threads() {
    let main = thread::current().id();
    let code = Main::new().worker_threads(2).run(async move {
        let worker = tokio::spawn(async { thread::current().id() })
            .await
            .map_err(|error| error.to_string())?;
        assert_ne!(worker, main);
        assert_eq!(tokio::runtime::Handle::current().metrics().num_workers(), 2);
        Ok::<_, String>(())
    });
    assert_eq!(exit(code), exit(ExitCode::SUCCESS));
}

#[test]
fn a_program_says_how_many_threads_may_block() {
    for flavor in ["multi_thread", "current_thread"] {
        let main = Main::new()
            .worker_threads(1)
            .max_blocking_threads(1)
            .flavor(flavor);
        let code = main.run(async {
            let (go, wait) = mpsc::channel::<()>();
            let first = tokio::task::spawn_blocking(move || wait.recv());
            let mut second = tokio::task::spawn_blocking(|| ());
            let waited = tokio::time::timeout(Duration::from_millis(20), &mut second).await;
            assert!(waited.is_err(), "the one thread is taken");
            drop(go);
            first.await.map(drop).and(second.await)
        });
        assert_eq!(exit(code), exit(ExitCode::SUCCESS));
    }
}

#[test]
fn the_current_thread_flavor_stays_on_its_thread() {
    let main = thread::current().id();
    let code = Main::new().flavor("current_thread").run(async move {
        let task = tokio::spawn(async { thread::current().id() })
            .await
            .map_err(|error| error.to_string())?;
        assert_eq!(task, main);
        Ok::<_, String>(ExitCode::from(9))
    });
    assert_eq!(exit(code), exit(ExitCode::from(9)));
}

#[test]
fn the_body_of_a_program_need_not_be_send() {
    let code = Main::new().run(async {
        let local = std::rc::Rc::new(1);
        tokio::task::yield_now().await;
        assert_eq!(*local, 1);
    });
    assert_eq!(exit(code), exit(ExitCode::SUCCESS));
}

#[test]
fn the_grace_period_is_25_seconds_unless_set() {
    assert_eq!(Main::new().grace.as_secs(), 25);
    assert_eq!(Main::new().grace(3).grace.as_secs(), 3);
}
