use grpc::prelude::*;

fn wrong_message() -> impl ResponseStream<u8> {
    stream!({
        yield 1;
        yield "two";
    })
}

fn wrong_error() -> impl ResponseStream<u8> {
    stream!({
        let n: u8 = "1".parse()?;
        yield n;
        return Err("no");
    })
}

fn not_a_stream() -> impl ResponseStream<u8> {
    stream!({
        for await n in [1, 2].iter() {
            yield *n;
        }
    })
}

fn refutable() -> impl ResponseStream<u8> {
    stream!({
        for await Ok(n) in tokio_stream::iter([Ok(1), Err(())]) {
            yield n;
        }
    })
}

fn borrowed() -> impl ResponseStream<u8> {
    let numbers = vec![1];
    let numbers = &numbers;
    stream!({
        for n in numbers {
            yield *n;
        }
    })
}

fn main() {
    drop((wrong_message(), wrong_error(), not_a_stream(), refutable(), borrowed()));
}
