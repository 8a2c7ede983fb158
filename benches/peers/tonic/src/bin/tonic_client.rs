//! What of `examples/bench_client.rs` measures a client: unary calls, on tonic.

use std::error::Error;

use tonic::transport::{Channel, Endpoint};

mod helloworld {
    tonic::include_proto!("helloworld");
}
#[path = "../../../../../examples/bench/load.rs"]
mod load;
#[path = "../../../../../examples/bench/report.rs"]
mod report;
#[path = "../../../../../examples/bench/settings.rs"]
mod settings;

use self::{
    helloworld::{HelloRequest, greeter_client::GreeterClient},
    load::Load,
    settings::Settings,
};

fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let mut settings = Settings::from_arguments()?;
    let runtime = settings::runtime(&settings.take("runtime", "ct".to_owned())?)?;
    let port: u16 = settings.take("port", 50051)?;
    let callers: usize = settings.take("callers", 1)?;
    let connections: usize = settings.take("connections", 1)?;
    let load = Load::take(&mut settings)?;
    settings.done()?;
    runtime.block_on(async {
        let endpoint = Endpoint::new(format!("http://127.0.0.1:{port}"))?;
        let channels: Vec<_> = (0..connections).map(|_| endpoint.connect_lazy()).collect();
        let callers = channels.iter().cycle().take(callers).map(|channel| {
            let client = GreeterClient::new(channel.clone());
            move || hello(client.clone())
        });
        println!("{}", load.run(callers.collect()).await?);
        Ok(())
    })
}

async fn hello(mut client: GreeterClient<Channel>) -> settings::Result<()> {
    let name = "world".to_owned();
    let reply = client.say_hello(HelloRequest { name }).await?.into_inner();
    if reply.message != "Hello, world!" {
        return Err(format!("{reply:?} in answer to world").into());
    }
    Ok(())
}
