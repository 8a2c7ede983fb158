//! A chat room: one bidirectional call per guest, which receives and sends as things happen.
//!
//! ```sh
//! cargo run --example chat -- serve 127.0.0.1:50051
//! cargo run --example chat -- join 127.0.0.1:50051 Ada     # then type; end with Ctrl-D
//! ```

use std::{env, io, iter, thread};

use grpc::prelude::*;
use tokio::sync::{broadcast, mpsc};

mod chat {
    grpc::proto!("examples/chat/chat.proto");
}
use chat::{ChatStub, Line};

/// How far behind a guest may fall, in lines.
const BACKLOG: usize = 100;

struct Chat {
    room: broadcast::Sender<Line>,
}

#[grpc::service(contract = chat::Chat)]
impl Chat {
    async fn join(&self, mut call: ServerCall<Line, Line>) -> Result<()> {
        let Some(Line { name, .. }) = call.receive().await? else {
            return Err(Status::invalid_argument("the first line says who joins"));
        };
        let mut room = self.room.subscribe();
        self.say(&name, "joined");
        let outcome = self.listen_and_talk(&name, &mut room, &mut call).await;
        self.say(&name, "left");
        outcome
    }
}

impl Chat {
    async fn listen_and_talk(
        &self,
        name: &str,
        room: &mut broadcast::Receiver<Line>,
        call: &mut ServerCall<Line, Line>,
    ) -> Result<()> {
        loop {
            tokio::select! {
                said = call.receive() => match said? {
                    Some(line) => self.say(name, &format!("says {}", line.text)),
                    None => return Ok(()),
                },
                heard = room.recv() => match heard {
                    Ok(line) => call.send(line).await?,
                    Err(_) => return Err(Status::resource_exhausted("too slow to follow the room")),
                },
            }
        }
    }

    fn say(&self, name: &str, text: &str) {
        // An error means that nobody listens.
        drop(self.room.send(Line {
            name: name.to_owned(),
            text: text.to_owned(),
        }));
    }
}

#[grpc::main]
async fn main() -> Result<(), grpc::Error> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["serve", address] => serve(address).await,
        ["join", address, name] => Ok(join(address, name).await?),
        _ => Err(grpc::Error::new(
            "usage: chat serve HOST:PORT | chat join HOST:PORT NAME",
        )),
    }
}

async fn serve(address: &str) -> Result<(), grpc::Error> {
    let mut server = grpc::server();
    let address = server.add_insecure_port(address)?;
    server.add_service(Chat {
        room: broadcast::Sender::new(BACKLOG),
    });
    server.start().await?;
    println!("listening on {address}");
    server.wait_for_termination().await
}

async fn join(address: &str, name: &str) -> Result<()> {
    let chat = ChatStub::new(&grpc::insecure_channel(address));
    // The receiving end of a channel is a source of requests.
    let mut heard = chat.join(lines_typed_by(name.to_owned())).await?;
    while let Some(line) = heard.receive().await? {
        println!("{} {}", line.name, line.text);
    }
    Ok(())
}

/// An empty line for joining, then what is typed. The reading blocks, so it has a thread of its own.
fn lines_typed_by(name: String) -> mpsc::Receiver<Line> {
    let (sender, receiver) = mpsc::channel(1);
    thread::spawn(move || {
        let line = |text| Line {
            name: name.clone(),
            text,
        };
        let typed = io::stdin().lines().map_while(Result::ok);
        for text in iter::once(String::new()).chain(typed) {
            if sender.blocking_send(line(text)).is_err() {
                break; // The call has ended.
            }
        }
    });
    receiver
}
