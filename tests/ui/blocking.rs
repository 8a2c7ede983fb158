use grpc::prelude::*;

#[path = "support/routeguide.rs"]
mod routeguide;
use routeguide::{Feature, Point, Rectangle, RouteNote, RouteSummary};

struct Guide;

#[grpc::service(contract = routeguide::RouteGuide)]
impl Guide {
    #[rpc(blocking)]
    async fn get_feature(&self, point: Point) -> Result<Feature> {
        Err(Status::not_found(format!("{point:?}")))
    }

    #[rpc(blocking)]
    fn list_features(&self, area: Rectangle) -> impl ResponseStream<Feature> {
        stream!({
            yield Feature {
                location: area.lo,
                ..Feature::default()
            };
        })
    }

    #[rpc(blocking)]
    fn record_route(&self, points: Point) -> Result<RouteSummary> {
        let _ = points;
        Ok(RouteSummary::default())
    }

    #[rpc(blocking)]
    fn route_chat(&self, notes: grpc::blocking::Streaming<RouteNote>) -> Result<RouteNote> {
        drop(notes);
        Ok(RouteNote::default())
    }

    #[rpc(blocking, spawn)]
    fn ping(&self) -> Result<()> {
        Ok(())
    }
}

fn main() {
    let mut server = grpc::server();
    server.add_service(Guide);
}
