use grpc::prelude::*;

#[path = "support/routeguide.rs"]
mod routeguide;
use routeguide::{Feature, Point, Rectangle, RouteNote, RouteSummary};

#[derive(Clone, PartialEq, prost::Message)]
struct Count {
    #[prost(int64, tag = "1")]
    n: i64,
}

struct Counter;

#[grpc::service(package = "count.v1", name = "Counter")]
impl Counter {
    #[rpc(blocking)]
    fn failing(&self, count: Count) -> impl Iterator<Item = Result<Count, String>> {
        [Err(count.n.to_string())].into_iter()
    }

    #[rpc(blocking)]
    fn failing_first(&self, count: Count) -> Result<Vec<Count>, String> {
        Err(count.n.to_string())
    }
}

struct Guide;
type Points = Vec<Point>;

#[grpc::service(contract = routeguide::RouteGuide)]
impl Guide {
    #[rpc(blocking)]
    fn get_feature(&self, _point: Point) -> Result<Feature> {
        Ok(Feature::default())
    }

    #[rpc(blocking)]
    fn list_features(&self, area: Rectangle) -> Points {
        vec![area.lo.unwrap()]
    }

    #[rpc(blocking)]
    fn record_route(&self, points: grpc::blocking::Streaming<Point>) -> Result<RouteSummary> {
        drop(points);
        Ok(RouteSummary::default())
    }

    #[rpc(blocking)]
    fn route_chat(&self, notes: grpc::blocking::Streaming<RouteNote>) -> grpc::blocking::Streaming<RouteNote> {
        notes
    }

    #[rpc(blocking)]
    fn ping(&self) -> Result<()> {
        Ok(())
    }
}

fn main() {
    grpc::server().add_service(Counter).add_service(Guide);
}
