#[grpc::main]
async fn no_value() -> grpc::Result<()> {
    let n: i32 = "1".parse()?;
    println!("{n}");
}

#[grpc::main]
async fn wrong_value() -> grpc::Result<()> {
    Ok(3)
}

#[grpc::main]
async fn wrong_output() -> grpc::Result<i32> {
    Ok(3)
}

fn main() {}
