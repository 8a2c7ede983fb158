//! Holds `src/docs/wire.md` to its word: each of its rows has a test, and the test is there.

use std::{
    collections::HashSet,
    fs,
    path::{Path, PathBuf},
};

const TABLE: &str = include_str!("../src/docs/wire.md");

/// The documents that a row may cite.
const DOCUMENTS: [&str; 6] = [
    "PROTOCOL-HTTP2",
    "statuscodes",
    "compression",
    "http-grpc-status-mapping",
    "gRFC A6",
    "RFC 9113",
];

#[test]
fn every_row_cites_a_document_and_has_a_test_that_exists() {
    let tests = tests();
    let rows: Vec<Vec<&str>> = TABLE.lines().filter_map(row).collect();
    assert!(rows.len() > 50, "{} rows", rows.len());
    let mut wrong = Vec::new();
    for row in rows {
        let [_, _, said_by, test] = row[..] else {
            wrong.push(format!("{} columns: {row:?}", row.len()));
            continue;
        };
        if !DOCUMENTS.iter().any(|document| said_by.starts_with(document)) {
            wrong.push(format!("cites nothing: {row:?}"));
        }
        let name = test.strip_prefix('`').and_then(|test| test.strip_suffix('`'));
        match name {
            Some(name) if tests.contains(name) => {}
            _ => wrong.push(format!("no test: {row:?}")),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_function_that_is_no_test_is_not_taken_for_one() {
    let found =
        names("#[test]\nfn one() {}\nfn two() {}\n#[tokio::test(start_paused = true)]\nasync fn three() {}");
    assert_eq!(found, ["one", "three"]);
}

/// The columns of a row of a table; `None` for other lines, and for a table's head.
fn row(line: &str) -> Option<Vec<&str>> {
    let columns: Vec<&str> = line
        .strip_prefix("| ")?
        .strip_suffix(" |")?
        .split(" | ")
        .collect();
    (columns[0] != "rule").then_some(columns)
}

/// The names of all tests in the repository that the table may speak of.
fn tests() -> HashSet<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = HashSet::new();
    let mut folders: Vec<PathBuf> = ["tests", "grpc-core/tests", "grpc-core/src"]
        .iter()
        .map(|folder| root.join(folder))
        .collect();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.extend(names(&fs::read_to_string(path).unwrap()));
            }
        }
    }
    found
}

fn names(source: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut is_test = false;
    for line in source.lines().map(str::trim) {
        if line.starts_with("#[test]") || line.starts_with("#[tokio::test") {
            is_test = true;
        } else if let Some((_, rest)) = line.split_once("fn ")
            && std::mem::take(&mut is_test)
        {
            found.extend(rest.split('(').next().map(str::to_owned));
        }
    }
    found
}
