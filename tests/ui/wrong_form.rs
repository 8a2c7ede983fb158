use grpc::prelude::*;

#[path = "support/routeguide.rs"]
mod routeguide;
use routeguide::{Feature, Point, Rectangle, RouteNote, RouteSummary};

struct Guide {
    features: Vec<Feature>,
}

#[grpc::service(contract = routeguide::RouteGuide)]
impl Guide {
    async fn get_feature(&self, mut call: ServerCall<Point, Feature>) -> Result<()> {
        call.send(Feature::default()).await
    }

    fn list_features(&self, area: Rectangle) -> impl ResponseStream<Feature> {
        stream!({
            for feature in self.features.iter().filter(|feature| feature.location == area.lo) {
                yield feature.clone();
            }
        })
    }

    async fn record_route(&self, points: Streaming<Point>, context: Context, more: Point) -> Result<RouteSummary> {
        let _ = (points, context, more);
        Ok(RouteSummary::default())
    }

    fn route_chat(&self, context: Context, notes: Streaming<RouteNote>) -> impl ResponseStream<RouteNote> {
        drop(context);
        notes
    }

    fn ping(&self) -> Result<()> {
        Ok(())
    }
}

fn main() {
    let mut server = grpc::server();
    server.add_service(Guide { features: vec![] });
}
