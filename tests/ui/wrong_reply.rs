use grpc::prelude::*;

#[path = "support/routeguide.rs"]
mod routeguide;
use routeguide::{Feature, Point, Rectangle, RouteNote, RouteSummary};

struct Guide {
    features: Vec<Feature>,
}

#[grpc::service(contract = routeguide::RouteGuide)]
impl Guide {
    async fn get_feature(&self, point: Point) -> Result<Point> {
        Ok(point)
    }

    fn list_features(&self, area: Rectangle) -> impl ResponseStream<Rectangle> {
        stream!({
            yield area;
        })
    }

    async fn record_route(&self, mut points: Streaming<Point>) -> Result<RouteSummary> {
        while points.receive().await?.is_some() {}
        Ok(RouteSummary::default())
    }

    fn route_chat(&self, _notes: Streaming<RouteNote>) -> impl ResponseStream<Vec<String>> {
        stream!({
            yield vec![];
        })
    }

    async fn ping(&self) -> Result<Vec<String>> {
        Ok(vec![])
    }
}

fn main() {
    let mut server = grpc::server();
    server.add_service(Guide { features: vec![] });
}
