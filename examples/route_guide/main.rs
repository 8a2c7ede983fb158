//! A guide to invented places: the four kinds of calls over a data file.
//!
//! ```sh
//! cargo run --example route_guide
//! ```

mod geometry;
mod places;

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use grpc::prelude::*;

mod routeguide {
    grpc::proto!("examples/proto/route_guide.proto");
}
use routeguide::{Feature, Point, Rectangle, RouteGuideStub, RouteNote, RouteSummary};

use crate::geometry::{contains, distance};

struct RouteGuide {
    features: Vec<Feature>,
    /// By latitude and longitude: the notes that were left there.
    notes: Mutex<HashMap<(i32, i32), Vec<RouteNote>>>,
}

#[grpc::service(contract = routeguide::RouteGuide)]
impl RouteGuide {
    async fn get_feature(&self, point: Point) -> Result<Feature> {
        let found = self.at(&point).cloned();
        found.ok_or_else(|| {
            Status::not_found(format!("no feature at {}, {}", point.latitude, point.longitude))
        })
    }

    /// The stream borrows the features: nothing is copied but what is sent.
    fn list_features(&self, area: Rectangle) -> impl ResponseStream<Feature> {
        stream!({
            for feature in &self.features {
                if contains(&area, &feature.location.unwrap_or_default()) {
                    yield feature.clone();
                }
            }
        })
    }

    async fn record_route(&self, mut points: Streaming<Point>) -> Result<RouteSummary> {
        let start = Instant::now();
        let mut summary = RouteSummary::default();
        let mut last = None;
        while let Some(point) = points.receive().await? {
            summary.point_count += 1;
            summary.feature_count += i32::from(self.at(&point).is_some());
            summary.distance += last.map_or(0, |last| distance(&last, &point));
            last = Some(point);
        }
        summary.elapsed_time = i32::try_from(start.elapsed().as_secs()).unwrap_or(i32::MAX);
        Ok(summary)
    }

    /// Answers each note with those that were left at its place before it.
    fn route_chat(&self, notes: Streaming<RouteNote>) -> impl ResponseStream<RouteNote> {
        stream!({
            for await note in notes {
                for earlier in self.leave(note?) {
                    yield earlier;
                }
            }
        })
    }
}

impl RouteGuide {
    fn load() -> Result<Self, grpc::Error> {
        Ok(Self {
            features: places::features()?,
            notes: Mutex::default(),
        })
    }

    fn at(&self, point: &Point) -> Option<&Feature> {
        self.features
            .iter()
            .find(|feature| feature.location.as_ref() == Some(point))
    }

    /// Adds a note, and gives back those that were there.
    fn leave(&self, note: RouteNote) -> Vec<RouteNote> {
        let place = note.location.unwrap_or_default();
        let mut notes = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
        let here = notes.entry((place.latitude, place.longitude)).or_default();
        let earlier = here.clone();
        here.push(note);
        earlier
    }
}

#[grpc::main]
async fn main() -> Result<(), grpc::Error> {
    let mut server = grpc::server();
    let address = server.add_insecure_port("127.0.0.1:0")?;
    server.add_service(RouteGuide::load()?);
    server.start().await?;

    let channel = grpc::insecure_channel(address.to_string());
    travel(&RouteGuideStub::new(&channel)).await?;

    server.handle().stop(Duration::from_secs(1)).await;
    Ok(())
}

async fn travel(guide: &RouteGuideStub) -> Result<()> {
    let area = Rectangle {
        lo: Some(Point {
            latitude: 410_000_000,
            longitude: -750_000_000,
        }),
        hi: Some(Point {
            latitude: 412_000_000,
            longitude: -740_000_000,
        }),
    };
    println!("ListFeatures: what is between 41.0 N 75.0 W and 41.2 N 74.0 W?");
    let mut features = guide.list_features(area).await?;
    let mut route = Vec::new();
    while let Some(feature) = features.receive().await? {
        println!("  {}", feature.name);
        route.extend(feature.location);
    }

    println!("\nGetFeature: what is at its first place, and what at 0, 0?");
    let first = *route
        .first()
        .ok_or_else(|| Status::not_found("nothing is there"))?;
    println!("  {}", guide.get_feature(first).await?.name);
    match guide.get_feature(Point::default()).await {
        Ok(feature) => println!("  {}", feature.name),
        Err(status) => println!("  {status}"),
    }

    println!("\nRecordRoute: how far is it past all of them?");
    let summary = guide.record_route(route.clone()).await?;
    println!(
        "  {} points, {} features, {} km",
        summary.point_count,
        summary.feature_count,
        summary.distance / 1000
    );

    println!("\nRouteChat: notes left twice at the same places");
    let notes = ["first", "second"].into_iter().flat_map(|visit| {
        let places: Vec<Point> = route.iter().take(3).copied().collect();
        places
            .into_iter()
            .enumerate()
            .map(move |(place, location)| RouteNote {
                location: Some(location),
                message: format!("{visit} visit of place {place}"),
            })
    });
    let mut earlier = guide.route_chat(notes.collect::<Vec<_>>()).await?;
    while let Some(note) = earlier.receive().await? {
        println!("  was there before: {}", note.message);
    }
    Ok(())
}
