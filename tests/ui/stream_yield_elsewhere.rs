use grpc::prelude::*;

fn spawned() -> impl ResponseStream<u8> {
    stream!({
        tokio::spawn(async move {
            yield 1;
        });
        let closure = async || yield 2;
        fn inner() {
            yield 3;
        }
        drop((closure, inner));
        yield 4;
    })
}

fn main() {
    drop(spawned());
}
