use prost_types::FileDescriptorProto;

/// The comment on what is at `path` in the file: the one before it, or else the one behind it. Descriptors that
/// were compiled without comments, as those that most servers reflect, have none.
pub(super) fn comment(file: &FileDescriptorProto, path: &[i32]) -> Option<String> {
    let locations = &file.source_code_info.as_ref()?.location;
    let location = locations.iter().find(|location| location.path == path)?;
    let text = location
        .leading_comments
        .as_deref()
        .or(location.trailing_comments.as_deref())?;
    let lines: Vec<&str> = text
        .lines()
        .map(|line| line.strip_prefix(' ').unwrap_or(line).trim_end())
        .collect();
    let text = lines.join("\n").trim_matches('\n').to_owned();
    (!text.is_empty()).then_some(text)
}
