use grpc::prelude::*;

#[path = "support/routeguide.rs"]
mod routeguide;
use routeguide::{Feature, Point, Rectangle, RouteNote, RouteSummary};

struct Guide {
    features: Vec<Feature>,
}

#[grpc::service(contract = routeguide::RouteGuide)]
impl Guide {
    async fn get_feature(&self, mut points: Streaming<Point>) -> Result<Feature> {
        points.receive().await?;
        Ok(Feature::default())
    }

    async fn list_features(&self, area: Rectangle) -> Result<Feature> {
        let _ = area;
        Ok(Feature::default())
    }

    async fn record_route(&self, point: Point) -> Result<RouteSummary> {
        let _ = point;
        Ok(RouteSummary::default())
    }

    async fn route_chat(&self) -> Result<RouteNote> {
        Ok(RouteNote::default())
    }

    fn ping(&self) -> impl ResponseStream<()> {
        stream!({
            yield ();
        })
    }
}

fn main() {
    let mut server = grpc::server();
    server.add_service(Guide { features: vec![] });
}
