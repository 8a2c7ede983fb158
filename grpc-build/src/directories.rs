use std::path::{Component, Path, PathBuf};

use crate::error::Error;

/// Where files are looked for, and how they are called in messages.
pub(crate) struct Directories {
    pub(crate) root: PathBuf,
    pub(crate) includes: Vec<PathBuf>,
}

impl Directories {
    /// The file at `path`: from the root, or else from an include directory.
    pub(crate) fn find(&self, path: &Path) -> Result<PathBuf, Error> {
        let mut candidates = vec![self.root.join(path)];
        candidates.extend(self.includes.iter().map(|include| include.join(path)));
        candidates.dedup();
        if let Some(found) = candidates.iter().find(|candidate| candidate.is_file()) {
            return Ok(found.clone());
        }
        let looked: Vec<String> = candidates.iter().map(|path| path.display().to_string()).collect();
        Err(Error::new(format!(
            "{}: no such file; looked for {}",
            path.display(),
            looked.join(", ")
        )))
    }

    /// Every file is below some include directory; without any named by the user, the root is one too.
    pub(crate) fn add_defaults(&mut self, files: &[PathBuf], with_root: bool) {
        for file in files {
            if let Some(parent) = file.parent()
                && !self.includes.iter().any(|include| file.starts_with(include))
            {
                self.includes.push(parent.to_owned());
            }
        }
        if with_root && !self.includes.contains(&self.root) {
            self.includes.push(self.root.clone());
        }
    }

    /// The path of the file that `import` names.
    pub(crate) fn resolve(&self, import: &str) -> Option<PathBuf> {
        self.includes
            .iter()
            .map(|include| include.join(import))
            .find(|path| path.is_file())
    }

    /// How imports name the file at `path`, by the first include directory that it is in.
    pub(crate) fn name_of(&self, path: &Path) -> Result<String, Error> {
        let mut names = self.includes.iter().filter_map(|include| name_in(include, path));
        let name = names.next().ok_or_else(|| {
            let path = self.show(path);
            Error::new(format!(
                "{path}: in no include directory; they are {}",
                self.show_includes()
            ))
        })?;
        let found = self.resolve(&name);
        match found.filter(|found| !is_same(found, path)) {
            Some(found) => Err(Error::new(format!(
                "{}: hidden by {}, which is in an include directory that comes first",
                self.show(path),
                self.show(&found)
            ))),
            None => Ok(name),
        }
    }

    /// A path as the user would write it.
    pub(crate) fn show(&self, path: &Path) -> String {
        let shown = path.strip_prefix(&self.root).unwrap_or(path);
        if shown.as_os_str().is_empty() {
            ".".to_owned()
        } else {
            shown.display().to_string()
        }
    }

    pub(crate) fn show_includes(&self) -> String {
        let shown: Vec<String> = self.includes.iter().map(|include| self.show(include)).collect();
        shown.join(", ")
    }
}

/// The path of a file in a directory, with slashes.
fn name_in(directory: &Path, path: &Path) -> Option<String> {
    let (mut parts, mut of_directory) = (meaningful(path), meaningful(directory));
    if !of_directory.all(|part| parts.next() == Some(part)) {
        return None;
    }
    let names: Option<Vec<&str>> = parts
        .map(|part| match part {
            Component::Normal(name) => name.to_str(),
            _ => None,
        })
        .collect();
    names
        .filter(|names| !names.is_empty())
        .map(|names| names.join("/"))
}

fn is_same(one: &Path, other: &Path) -> bool {
    meaningful(one).eq(meaningful(other))
}

fn meaningful(path: &Path) -> impl Iterator<Item = Component<'_>> {
    path.components().filter(|part| *part != Component::CurDir)
}
