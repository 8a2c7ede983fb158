//! One service at a time: a shop whose `Orders` is still implemented against the code that was generated for tonic,
//! and whose `Stock` has moved. Both are on one port, each is called by the client of its own kind, and by that of
//! the other.
//!
//! ```sh
//! cd compat/tonic && cargo run --example migration
//! ```

use std::{error::Error, pin::Pin, time::Duration};

use grpc::prelude::*;
use grpc_servicer_compat_tonic::{
    // What tonic-prost-build made, in this crate's build script. Not a line of it is changed.
    generated::shop::{
        Event, Item, Order, Receipt,
        orders_client::OrdersClient,
        orders_server::{self, Orders, OrdersServer},
        stock_client::StockClient,
    },
    // What grpc::proto! made of the same file.
    native::shop::{self, Amount, OrdersStub, StockStub},
};
use tokio_stream::Stream;

// --- Before: a service for tonic -----------------------------------------------------------------------------

struct OrderBook;

#[tonic::async_trait]
impl Orders for OrderBook {
    async fn place(&self, request: tonic::Request<Order>) -> Result<tonic::Response<Receipt>, tonic::Status> {
        let order = request.into_inner();
        if order.amount == 0 {
            return Err(tonic::Status::invalid_argument("nothing to order"));
        }
        Ok(tonic::Response::new(Receipt { number: 1 }))
    }

    type TrackStream = Pin<Box<dyn Stream<Item = Result<Event, tonic::Status>> + Send>>;

    async fn track(
        &self,
        request: tonic::Request<Receipt>,
    ) -> Result<tonic::Response<Self::TrackStream>, tonic::Status> {
        let number = request.into_inner().number;
        let events = ["packed", "sent"].map(|what| {
            Ok(Event {
                what: format!("order {number} is {what}"),
            })
        });
        Ok(tonic::Response::new(Box::pin(tokio_stream::iter(events))))
    }
}

// --- After: a service of this framework ----------------------------------------------------------------------

struct Shelves;

#[grpc::service(contract = shop::Stock)]
impl Shelves {
    async fn count(&self, item: shop::Item) -> Result<Amount> {
        match item.name.as_str() {
            "book" => Ok(Amount { amount: 3 }),
            other => Err(Status::not_found(format!("no {other} here"))),
        }
    }

    fn watch(&self, item: shop::Item) -> impl ResponseStream<Amount> {
        stream!({
            let Amount { amount } = self.count(item).await?;
            for left in (0..=amount).rev() {
                yield Amount { amount: left };
            }
        })
    }
}

#[grpc::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // --- One server, one port ------------------------------------------------------------------------------
    let mut server = grpc::server();
    let address = server.add_insecure_port("127.0.0.1:0")?;
    server.add_tower_service(orders_server::SERVICE_NAME, OrdersServer::new(OrderBook));
    server.add_service(Shelves);
    server.start().await?;
    for service in server.services() {
        println!("{} is served on {address}", service.name);
    }

    // --- One channel, both kinds of clients ----------------------------------------------------------------
    let channel = grpc::insecure_channel(address.to_string());

    // Clients that were generated for tonic: only the channel they are given is another.
    let mut orders = OrdersClient::new(channel.clone());
    let order = Order {
        item: "book".to_owned(),
        amount: 2,
    };
    let receipt = orders.place(order).await?.into_inner();
    let mut events = orders.track(receipt).await?.into_inner();
    while let Some(event) = events.message().await? {
        println!("{}", event.what);
    }
    let refused = orders.place(Order::default()).await.unwrap_err();
    println!("refused: {:?}, {}", refused.code(), refused.message());
    let mut stock = StockClient::new(channel.clone());
    let item = Item {
        name: "book".to_owned(),
    };
    println!("books: {}", stock.count(item).await?.into_inner().amount);

    // And once the caller has moved, too: stubs.
    let stock = StockStub::new(&channel);
    let book = || shop::Item {
        name: "book".to_owned(),
    };
    let mut amounts = stock.watch(book()).timeout(Duration::from_secs(5)).await?;
    while let Some(Amount { amount }) = amounts.receive().await? {
        println!("books left: {amount}");
    }
    let orders = OrdersStub::new(&channel);
    let receipt = orders
        .place(shop::Order {
            item: "book".to_owned(),
            amount: 1,
        })
        .await?;
    println!("order {} is placed", receipt.number);

    server.handle().stop(Duration::from_secs(1)).await;
    Ok(())
}
