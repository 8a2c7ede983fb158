use grpc::prelude::*;

#[path = "support/routeguide.rs"]
mod routeguide;
use routeguide::{Feature, Point, Rectangle, RouteNote, RouteSummary};

struct Guide {
    features: Vec<Feature>,
}

type Reply = Result<Point>;
type Replies = grpc::BoxStream<'static, Point>;

#[grpc::service(contract = routeguide::RouteGuide)]
impl Guide {
    async fn get_feature(&self, point: Point) -> Reply {
        Ok(point)
    }

    fn list_features(&self, _area: Rectangle) -> Replies {
        Box::pin(stream!({}))
    }

    async fn record_route(&self, mut points: Streaming<Point>) -> Result<RouteSummary> {
        while points.receive().await?.is_some() {}
        Ok(RouteSummary::default())
    }

    fn route_chat(&self, notes: Streaming<RouteNote>) -> impl ResponseStream<RouteNote> {
        notes
    }

    async fn ping(&self) -> Result<()> {
        Ok(())
    }
}

fn main() {
    let mut server = grpc::server();
    server.add_service(Guide { features: vec![] });
}
