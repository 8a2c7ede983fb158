//! What the differences between two versions of a contract break: in our words, and in buf's.

mod buf;
mod cases;
mod compile;

use self::{
    cases::{CASES, Case},
    compile::{compile, file},
};
use grpc_core::testing::compare;

#[test]
fn every_difference_is_found_and_judged() {
    let mut wrong = Vec::new();
    for case in CASES {
        let (old, new) = (compile(&file(case.old)), compile(&file(case.new)));
        let found: Vec<String> = compare(&old, &new).iter().map(ToString::to_string).collect();
        if found != case.differences {
            wrong.push(format!("{}:\n{}", case.name, found.join("\n")));
        }
    }
    assert!(wrong.is_empty(), "\n\n{}\n", wrong.join("\n\n"));
}

#[test]
fn a_contract_does_not_differ_from_itself() {
    for case in CASES {
        for text in [case.old, case.new] {
            let version = compile(&file(text));
            assert_eq!(compare(&version, &version), [], "{}", case.name);
        }
    }
}

#[test]
fn every_case_has_a_name_of_its_own() {
    let mut names: Vec<&str> = CASES.iter().map(|case: &Case| case.name).collect();
    names.sort_unstable();
    assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "{names:?}");
}
