//! What is known of the files only when all types are there.

use prost_types::{SourceCodeInfo, source_code_info::Location};

use super::Files;

impl Files {
    /// Fills in what the files import and the comments, and looks for circles.
    pub(super) fn finish(&mut self) {
        for index in 0..self.files.len() {
            if let Some(circle) = self.circle(index, &mut vec![index]) {
                let circle: Vec<_> = circle.iter().map(|&file| self.files[file].proto.name()).collect();
                let problem = format!("files import each other in a circle: {}", circle.join(" → "));
                self.problem(problem);
                break;
            }
        }
        let names: Vec<_> = self
            .files
            .iter()
            .map(|file| file.proto.name().to_owned())
            .collect();
        for file in self.files.iter_mut().filter(|file| !file.foreign) {
            let mut dependencies: Vec<_> = file
                .dependencies
                .iter()
                .map(|&index| names[index].clone())
                .collect();
            dependencies.sort();
            file.proto.dependency = dependencies;
            let locations = file.comments.drain(..).map(|(path, text)| Location {
                path,
                span: vec![0, 0, 0],
                leading_comments: Some(text + "\n"),
                ..Location::default()
            });
            file.proto.source_code_info = Some(SourceCodeInfo {
                location: locations.collect(),
            });
        }
    }

    /// The files on the way from the first of `way` back to it.
    fn circle(&self, from: usize, way: &mut Vec<usize>) -> Option<Vec<usize>> {
        for &next in &self.files[from].dependencies {
            if way.first() == Some(&next) {
                way.push(next);
                return Some(way.clone());
            }
            if !way.contains(&next) {
                way.push(next);
                if let Some(circle) = self.circle(next, way) {
                    return Some(circle);
                }
                way.pop();
            }
        }
        None
    }
}
