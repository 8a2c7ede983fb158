use std::{
    fmt::Write,
    fs, io,
    path::{Path, PathBuf},
};

use prost::Message;
use prost_types::{FileDescriptorProto, FileDescriptorSet, SourceCodeInfo, source_code_info::Location};

use super::{
    Difference, compare,
    environment::{Environment, UPDATE},
    text_diff,
};
use crate::proto_text;

/// What became of a file that passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It says what the code says.
    Same,
    /// It does now.
    Written,
}

/// Compares the file at `path` with what the code declares, and writes it anew if that is asked for.
///
/// # Errors
/// What is wrong, for people to read.
pub(super) fn check(
    code: &FileDescriptorProto,
    path: &Path,
    environment: &Environment,
) -> Result<Outcome, String> {
    let shown = path.display();
    let file = environment.root.join(path);
    let old = match fs::metadata(&file) {
        Ok(metadata) if !metadata.is_file() => return Err(format!("{shown} is not a file")),
        Ok(_) => read(&file, &environment.root).map_err(|why| format!("compile {shown}: {why}")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(format!("there is no {shown}")),
        Err(error) => Err(format!("read {shown}: {error}")),
    };
    let mut code = code.clone();
    if let Ok(old) = &old {
        adopt_header(&mut code, old);
        adopt_options(&mut code, old);
    }
    let text = proto_text::print(&code).map_err(|error| error.to_string())?;
    let differences = match &old {
        Ok(old) => compare(old, &code),
        Err(_) => Vec::new(),
    };
    if old.is_ok() && differences.is_empty() {
        return Ok(Outcome::Same);
    }
    if environment.update && !environment.ci {
        write(&file, &text).map_err(|error| format!("write {shown}: {error}"))?;
        return Ok(Outcome::Written);
    }
    let mut report = match old {
        Ok(old) => report(&shown.to_string(), &old, &text, &differences),
        Err(why) => format!("{why}\n"),
    };
    let advice = if environment.update {
        format!("{UPDATE} is not heeded where CI is set: a build there must not change what it builds.")
    } else {
        format!("To write the file from the code, run this test with {UPDATE}=1 in its environment.")
    };
    let _ = write!(report, "\n{advice}");
    Err(report)
}

/// Compiles it. Imports are looked for beside it, and in the directories above up to the crate's root.
fn read(file: &Path, root: &Path) -> Result<FileDescriptorProto, String> {
    let above = file.ancestors().skip(1);
    let mut includes: Vec<PathBuf> = above
        .take_while(|directory| directory.starts_with(root))
        .map(Path::to_owned)
        .collect();
    if includes.is_empty() {
        // It is not in the crate at all.
        includes.extend(file.parent().map(Path::to_owned));
    }
    let compiled = grpc_build::descriptors(root, &includes, &[file]).map_err(|error| error.to_string())?;
    let set = FileDescriptorSet::decode(&compiled.set[..]).map_err(|error| error.to_string())?;
    // What it imports comes before it.
    set.file
        .into_iter()
        .next_back()
        .ok_or_else(|| "it declares nothing".to_owned())
}

/// Keeps the comments at the top of the file, a licence for example, which the code does not know.
fn adopt_header(code: &mut FileDescriptorProto, old: &FileDescriptorProto) {
    /// The number of `syntax` in a file's descriptor.
    const SYNTAX: [i32; 1] = [12];
    let header = |file: &FileDescriptorProto| -> Option<Location> {
        let locations = file.source_code_info.iter().flat_map(|info| &info.location);
        locations
            .filter(|location| location.path == SYNTAX)
            .find(|location| {
                location.leading_comments.is_some() || !location.leading_detached_comments.is_empty()
            })
            .cloned()
    };
    if header(code).is_none()
        && let Some(header) = header(old)
    {
        let info = code.source_code_info.get_or_insert_with(SourceCodeInfo::default);
        info.location.retain(|location| location.path != SYNTAX);
        info.location.push(header);
    }
}

/// Keeps the options of the file, such as `go_package`: they are for those who compile it, and the code does not know them.
fn adopt_options(code: &mut FileDescriptorProto, old: &FileDescriptorProto) {
    if code.options.is_none() {
        code.options.clone_from(&old.options);
    }
}

fn write(file: &Path, text: &str) -> io::Result<()> {
    if let Some(directory) = file.parent() {
        fs::create_dir_all(directory)?;
    }
    fs::write(file, text)
}

fn report(shown: &str, old: &FileDescriptorProto, text: &str, differences: &[Difference]) -> String {
    let mut report = format!("{shown} is not what the code declares:\n\n");
    for difference in differences {
        let _ = writeln!(report, "{difference}");
    }
    match proto_text::print(old) {
        Ok(old) => {
            let diff = text_diff::unified(&old, text);
            let _ = write!(report, "\n--- {shown}\n+++ the code\n{diff}");
        }
        Err(why) => {
            let _ = write!(report, "\nThey cannot be shown side by side: {why}\n");
        }
    }
    report
}

#[cfg(test)]
mod tests;
