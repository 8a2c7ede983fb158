//! The one thread of blocking channels. A test by itself, because it counts those of its process.
#![cfg(target_os = "linux")]

use std::{fs, thread, time::Duration};

use grpc::{blocking, prelude::*};

struct Echo;

#[grpc::service(package = "echo", name = "Echo")]
impl Echo {
    #[rpc]
    async fn echo(&self, text: String) -> Result<String> {
        Ok(text)
    }
}

#[test]
fn blocking_channels_share_a_thread_that_ends_with_the_last() -> Result<()> {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let guard = runtime.enter();
    let mut server = grpc::server();
    let address = server.add_insecure_port("127.0.0.1:0").unwrap().to_string();
    server.add_service(Echo);
    runtime.block_on(server.start()).unwrap();
    drop(guard);

    for round in 0..2 {
        let channels = [(); 3].map(|()| blocking::insecure_channel(&address));
        assert_eq!(threads(), 0, "round {round}: it starts with the first call");
        let stubs = channels.map(|channel| EchoBlockingStub::new(&channel));
        thread::scope(|scope| {
            for stub in &stubs {
                scope.spawn(|| assert_eq!(stub.echo("a".to_owned()).wait().unwrap(), "a"));
            }
        });
        until_threads_are(1);
        let [one, two, last] = stubs;
        drop((one, two));
        assert_eq!(last.echo("b".to_owned()).wait()?, "b");
        let call = last.echo("c".to_owned());
        drop(last);
        until_threads_are(1);
        drop(call);
        until_threads_are(0);
    }
    Ok(())
}

/// Looks more than once: a list of `/proc` that is read while threads end may lack some that do not.
fn until_threads_are(wanted: usize) {
    for _ in 0..2000 {
        if threads() == wanted {
            return;
        }
        thread::sleep(Duration::from_millis(5));
    }
    panic!("{} threads and not {wanted}", threads());
}

fn threads() -> usize {
    let names = fs::read_dir("/proc/self/task")
        .unwrap()
        .filter_map(|task| fs::read_to_string(task.ok()?.path().join("comm")).ok());
    names.filter(|name| name.trim() == "grpc-blocking").count()
}
