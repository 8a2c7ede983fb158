//! Files that nobody writes: whatever is in a file, it is read or refused, and nothing else happens.

use std::{fs, path::Path};

use crate::{compare, files};

/// Numbers as SplitMix64 gives them.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut value = self.0;
        value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        value ^ (value >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }
}

/// Reads `text`, and gives what is wrong with it.
fn read(directory: &Path, text: &[u8]) -> Option<String> {
    let path = directory.join("x.proto");
    fs::write(&path, text).unwrap();
    let error = compare::ours(&[directory.to_owned(), files::own()], &path).err()?;
    let shown = path.strip_prefix("/").unwrap().display().to_string();
    assert!(error.starts_with(&shown), "{error}");
    Some(error)
}

#[test]
fn a_broken_file_is_read_or_refused() {
    let directory = tempfile::tempdir().unwrap();
    let mut numbers = Numbers(1);
    let mut refused = 0;
    let seeds: Vec<Vec<u8>> = ["everything.proto", "third.proto"]
        .map(|name| fs::read(files::own().join(name)).unwrap())
        .into();
    const RUNS: usize = 1_500;
    for _ in 0..RUNS {
        let mut text = seeds[numbers.below(seeds.len())].clone();
        for _ in 0..=numbers.below(3) {
            mutate(&mut text, &mut numbers);
        }
        refused += usize::from(read(directory.path(), &text).is_some());
    }
    assert!((RUNS / 2..RUNS).contains(&refused), "{refused}");
}

fn mutate(text: &mut Vec<u8>, numbers: &mut Numbers) {
    let at = numbers.below(text.len());
    let end = (at + numbers.below(12)).min(text.len());
    match numbers.below(6) {
        0 => text.truncate(at),
        1 => {
            if let Some(byte) = text.get_mut(at) {
                *byte ^= 1 << numbers.below(8);
            }
        }
        2 => drop(text.drain(at..end)),
        3 => {
            let piece = text[at..end].to_vec();
            let to = numbers.below(text.len());
            text.splice(to..to, piece);
        }
        4 => {
            const WORDS: [&str; 12] = [
                " { ",
                " } ",
                "[",
                "]",
                "\"",
                "/*",
                " option ",
                " group ",
                " = ",
                "-",
                " to max ",
                " 99999999999 ",
            ];
            let word = WORDS[numbers.below(WORDS.len())];
            text.splice(at..at, word.bytes());
        }
        _ => text.insert(at, numbers.next() as u8),
    }
}

#[test]
fn what_is_too_deep_or_too_long_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let many = |text: &str| text.repeat(50_000);
    for (text, wanted) in [
        (
            many("message A { "),
            "messages are more than 32 deep in each other",
        ),
        (
            format!("message A {{ {}", many("optional group B = 1 { ")),
            "messages are more than 32 deep in each other",
        ),
        (
            format!("option (a) = {}", many("{ a ")),
            "values are more than 64 deep in each other",
        ),
        (
            format!("option (a) = {{ a: {}", many("[ ")),
            "expected a value, found '['",
        ),
        (
            format!("package a{};", many(".a")),
            "the name has more than 2048 bytes",
        ),
        (
            format!("message {} {{}}", many("a")),
            "the name has more than 2048 bytes",
        ),
        (format!("import \"{}\";", many("a")), "not found"),
        (
            format!("import \"{}\";", many("a/")),
            "is not the plain name of a file",
        ),
        (many("/*"), "a comment cannot begin inside of another"),
        (many("message A {} "), "name 'A' is defined twice"),
    ] {
        let error = read(directory.path(), text.as_bytes()).unwrap();
        assert!(
            error.contains(wanted),
            "{wanted}: {}",
            &error[..error.len().min(300)]
        );
    }
}

#[test]
fn much_of_one_kind_is_read() {
    let directory = tempfile::tempdir().unwrap();
    let many = |text: fn(usize) -> String| (1..3_000).map(text).collect::<String>();
    for text in [
        format!(
            "syntax = \"proto3\"; message A {{ {} }}",
            many(|at| format!("optional int32 f{at} = {at}; "))
        ),
        format!("enum A {{ {} }}", many(|at| format!("V{at} = {at}; "))),
        format!(
            "message A {{ {} }}",
            many(|at| format!("reserved {at}; reserved 'f{at}'; "))
        ),
        many(|_| ";".to_owned()),
        many(|_| "// a\n\n".to_owned()),
    ] {
        assert_eq!(read(directory.path(), text.as_bytes()), None);
    }
}

#[test]
fn bytes_that_are_not_utf_8_are_found() {
    let directory = tempfile::tempdir().unwrap();
    let error = read(directory.path(), b"syntax = \"proto3\";\n// \xff\n").unwrap();
    assert!(
        error.ends_with("x.proto:2:4: the file is not valid UTF-8"),
        "{error}"
    );
}

#[test]
fn a_chain_of_imports_has_an_end() {
    let directory = tempfile::tempdir().unwrap();
    for at in 0..200 {
        let text = format!("import \"x{}.proto\";", at + 1);
        fs::write(directory.path().join(format!("x{at}.proto")), text).unwrap();
    }
    let first = directory.path().join("x0.proto");
    let error = compare::ours(&[directory.path().to_owned()], &first).unwrap_err();
    assert!(
        error.ends_with("x99.proto:1:1: files import each other more than 100 deep"),
        "{error}"
    );
}
