use grpc::prelude::*;

#[path = "support/routeguide.rs"]
mod routeguide;
use routeguide::{Feature, Point, Rectangle, RouteNote, RouteSummary};

struct Guide {
    features: Vec<Feature>,
}

#[grpc::service(contract = routeguide::RouteGuide)]
impl Guide {
    #[rpc(spwan)]
    async fn get_feature(&self, point: Point) -> Result<Feature> {
        Err(Status::not_found(format!("{point:?}")))
    }

    fn list_features(&self, area: Rectangle) -> impl ResponseStream<Feature> {
        stream!({
            for feature in self.features.iter().filter(|feature| feature.location == area.lo) {
                yield feature.clone();
            }
        })
    }

    #[rpc(kind = many)]
    async fn record_route(&self, mut points: Streaming<Point>) -> Result<RouteSummary> {
        while points.receive().await?.is_some() {}
        Ok(RouteSummary::default())
    }

    fn route_chat(&self, notes: Streaming<RouteNote>) -> impl ResponseStream<RouteNote> {
        notes
    }

    #[rpc(blocked)]
    async fn ping(&self) -> Result<()> {
        Ok(())
    }
}

fn main() {
    let mut server = grpc::server();
    server.add_service(Guide { features: vec![] });
}
