use grpc::prelude::*;

#[path = "support/routeguide.rs"]
mod routeguide;
use routeguide::{Feature, Point};

struct Guide;

#[grpc::service(contract = routeguide::RouteGuide)]
impl Guide {
    #[rpc(blocking)]
    fn get_feature(&self, point: Point) -> Result<Feature> {
        Err(Status::not_found(format!("{point:?}")))
    }

    #[rpc(blocking)]
    fn ping(&self) -> Result<()> {
        Ok(())
    }
}

fn main() {
    let mut server = grpc::server();
    server.add_service(Guide);
}
