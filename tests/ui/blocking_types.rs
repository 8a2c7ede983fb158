use grpc::{blocking, prelude::*};

#[path = "support/routeguide.rs"]
mod routeguide;
use routeguide::{Feature, Point, Rectangle, RouteNote, RouteSummary};

struct Guide;

#[grpc::service(contract = routeguide::RouteGuide)]
impl Guide {
    #[rpc(blocking)]
    fn get_feature(&self, point: Point) -> Result<Point> {
        Ok(point)
    }

    #[rpc(blocking)]
    fn list_features(&self, area: Rectangle) -> impl Iterator<Item = Result<Point>> {
        [area.lo, area.hi].into_iter().flatten().map(Ok)
    }

    // That of the prelude is for async handlers.
    #[rpc(blocking)]
    fn record_route(&self, points: Streaming<Point>) -> Result<RouteSummary> {
        drop(points);
        Ok(RouteSummary::default())
    }

    #[rpc(blocking)]
    fn route_chat(&self, call: blocking::ServerCall<RouteNote, Feature>) -> Result<()> {
        drop(call);
        Ok(())
    }

    #[rpc(blocking)]
    fn ping(&self) -> Result<(), String> {
        Ok(())
    }
}

fn main() {
    let mut server = grpc::server();
    server.add_service(Guide);
}
