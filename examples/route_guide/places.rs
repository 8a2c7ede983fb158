use crate::routeguide::{Feature, Point};

/// Every place of the data file.
///
/// # Errors
/// A line that is not `latitude,longitude,name`.
pub(crate) fn features() -> Result<Vec<Feature>, grpc::Error> {
    parse(include_str!("../data/route_guide.csv"))
}

fn parse(text: &str) -> Result<Vec<Feature>, grpc::Error> {
    let lines = text
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|(index, line)| {
            feature(line).ok_or_else(|| {
                grpc::Error::new(format!(
                    "route_guide.csv, line {}: {line:?} is not `latitude,longitude,name`",
                    index + 1
                ))
            })
        })
        .collect()
}

fn feature(line: &str) -> Option<Feature> {
    let (latitude, rest) = line.split_once(',')?;
    let (longitude, name) = rest.split_once(',')?;
    let location = Point {
        latitude: latitude.parse().ok()?,
        longitude: longitude.parse().ok()?,
    };
    Some(Feature {
        name: name.to_owned(),
        location: Some(location),
    })
}
