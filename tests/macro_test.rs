//! `#[grpc::test]`.

use std::{fmt, thread, time::Duration};

use tokio::{
    runtime::{Handle, RuntimeFlavor},
    time::Instant,
};

#[grpc::test]
async fn a_test_is_an_async_fn() {
    tokio::task::yield_now().await;
    assert_eq!(Handle::current().runtime_flavor(), RuntimeFlavor::CurrentThread);
}

/// Its `Debug` text would be of no help to anybody.
struct Fault;

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no feature here")
    }
}

#[grpc::test]
#[should_panic(expected = "the test ended with an error: no feature here")]
async fn an_error_fails_the_test_with_its_text() -> Result<(), Fault> {
    Err(Fault)
}

#[grpc::test]
async fn a_test_that_is_ok_passes() -> grpc::Result<()> {
    Ok(())
}

#[grpc::test(flavor = "multi_thread", worker_threads = 3)]
async fn a_test_may_have_worker_threads() {
    let here = thread::current().id();
    let there = tokio::spawn(async { thread::current().id() });
    assert_ne!(there.await.expect("no panic"), here);
    assert_eq!(Handle::current().metrics().num_workers(), 3);
}

#[grpc::test(start_paused = true)]
async fn time_may_stand_still() {
    let (start, real) = (Instant::now(), std::time::Instant::now());
    tokio::time::sleep(Duration::from_secs(3600)).await;
    assert_eq!(start.elapsed(), Duration::from_secs(3600));
    assert!(real.elapsed() < Duration::from_secs(60));
}

#[grpc::test]
async fn a_test_need_not_be_send() {
    let local = std::rc::Rc::new(1);
    tokio::task::yield_now().await;
    assert_eq!(*local, 1);
}

mod elsewhere {
    use grpc as renamed;

    #[grpc::test(crate = renamed)]
    async fn the_library_may_have_another_path() -> renamed::Result<()> {
        Ok(())
    }
}
