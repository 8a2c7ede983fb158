use std::path::{Path, PathBuf};

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
