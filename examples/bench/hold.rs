//! Open streams and nothing else, so that somebody can see what they cost the server.

use std::io;

use grpc::Channel;

use super::{
    bench::{BenchStub, Payload},
    settings::Result,
};

/// Opens one stream per connection, and says so; after a line of input, `streams` all together, and says so; ends after the next
/// line. Each has had a message each way.
pub(crate) async fn hold(channels: &[Channel], streams: usize) -> Result<()> {
    let mut held = Vec::new();
    for until in [channels.len(), streams] {
        for channel in channels.iter().cycle().skip(held.len()).take(until - held.len()) {
            let mut call = BenchStub::new(channel).bidi_call().await?;
            call.send(Payload::default()).await?;
            if call.receive().await? != Some(Payload::default()) {
                return Err("no answer".into());
            }
            held.push(call);
        }
        println!(r#"{{"streams": {}}}"#, held.len());
        // The connections have to be served meanwhile.
        tokio::task::spawn_blocking(|| io::stdin().read_line(&mut String::new())).await??;
    }
    Ok(())
}
