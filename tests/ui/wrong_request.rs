use grpc::prelude::*;

#[path = "support/routeguide.rs"]
mod routeguide;
use routeguide::{Feature, Point, Rectangle, RouteNote, RouteSummary};

struct Guide {
    features: Vec<Feature>,
}

#[grpc::service(contract = routeguide::RouteGuide)]
impl Guide {
    async fn get_feature(&self, point: Rectangle) -> Result<Feature> {
        Err(Status::not_found(format!("{point:?}")))
    }

    fn list_features(&self, area: Rectangle) -> impl ResponseStream<Feature> {
        stream!({
            for feature in self.features.iter().filter(|feature| feature.location == area.lo) {
                yield feature.clone();
            }
        })
    }

    async fn record_route(&self, mut points: Streaming<Feature>) -> Result<RouteSummary> {
        while points.receive().await?.is_some() {}
        Ok(RouteSummary::default())
    }

    async fn route_chat(&self, mut call: ServerCall<RouteNote, Feature>) -> Result<()> {
        call.send(Feature::default()).await
    }

    async fn ping(&self, text: Vec<String>) -> Result<()> {
        drop(text);
        Ok(())
    }
}

fn main() {
    let mut server = grpc::server();
    server.add_service(Guide { features: vec![] });
}
