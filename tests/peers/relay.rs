use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    task::JoinSet,
};

/// Stands between a client and a server, and counts the bytes that pass. It ends when it is dropped.
pub(super) struct Relay {
    address: String,
    to_server: Arc<AtomicU64>,
    to_client: Arc<AtomicU64>,
    _tasks: JoinSet<()>,
}

impl Relay {
    pub(super) async fn to(server: &str) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?.to_string();
        let [to_server, to_client] = [(); 2].map(|()| Arc::<AtomicU64>::default());
        let mut tasks = JoinSet::new();
        let (server, up, down) = (server.to_owned(), to_server.clone(), to_client.clone());
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                let Ok(server) = TcpStream::connect(&server).await else {
                    continue;
                };
                let ((from_client, client), (from_server, server)) =
                    (client.into_split(), server.into_split());
                connections.spawn(pass(from_client, server, Arc::clone(&up)));
                connections.spawn(pass(from_server, client, Arc::clone(&down)));
            }
        });
        Ok(Self {
            address,
            to_server,
            to_client,
            _tasks: tasks,
        })
    }

    pub(super) fn address(&self) -> &str {
        &self.address
    }

    /// How many bytes went to the server, and how many came from it, since this was asked last.
    pub(super) fn take_counts(&self) -> (u64, u64) {
        let take = |count: &AtomicU64| count.swap(0, Ordering::SeqCst);
        (take(&self.to_server), take(&self.to_client))
    }
}

async fn pass(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, count: Arc<AtomicU64>) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(read @ 1..) = from.read(&mut buffer).await {
        count.fetch_add(read as u64, Ordering::SeqCst);
        if to.write_all(&buffer[..read]).await.is_err() {
            return;
        }
    }
}
