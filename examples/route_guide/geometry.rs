use crate::routeguide::{Point, Rectangle};

/// The mean radius of the Earth, in metres.
const RADIUS: f64 = 6_371_000.0;

/// True if the point lies in the area, whichever of its corners are given; the edges belong to it.
pub(crate) fn contains(area: &Rectangle, point: &Point) -> bool {
    let (one, other) = (area.lo.unwrap_or_default(), area.hi.unwrap_or_default());
    let between = |a: i32, b: i32, x: i32| (a.min(b)..=a.max(b)).contains(&x);
    between(one.latitude, other.latitude, point.latitude)
        && between(one.longitude, other.longitude, point.longitude)
}

/// How far it is along the surface, in metres (the haversine formula): at most half way round, which fits.
pub(crate) fn distance(from: &Point, to: &Point) -> i32 {
    let radians = |e7: i32| (f64::from(e7) / 1e7).to_radians();
    let (from_latitude, to_latitude) = (radians(from.latitude), radians(to.latitude));
    let half_latitude = (to_latitude - from_latitude) / 2.0;
    let half_longitude = (radians(to.longitude) - radians(from.longitude)) / 2.0;
    let a =
        half_latitude.sin().powi(2) + from_latitude.cos() * to_latitude.cos() * half_longitude.sin().powi(2);
    (2.0 * RADIUS * a.sqrt().asin()).round() as i32
}
