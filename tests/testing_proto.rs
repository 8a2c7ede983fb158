//! `grpc::testing::assert_proto`: the contract that code declares, against the file that others have of it.

use std::{env, fs, path::Path, process::Command};

use grpc::{
    Code,
    prelude::*,
    testing::{assert_proto, connect},
};

/// Where it is in the directory that imports start from; what it imports is beside it there.
const PATH: &str = "tests/protos/code_first/tests/tally/v1/tally.proto";

/// How far to count.
#[derive(Clone, PartialEq, grpc::Message)]
#[grpc(package = "tests.tally.v1")]
struct Step {
    /// May be negative.
    #[grpc(tag = 1, sint64)]
    by: i64,
    #[grpc(tag = 2)]
    price: Option<Money>,
}

/// In a package, and so in a file, of its own.
#[derive(Clone, PartialEq, grpc::Message)]
#[grpc(package = "tests.money.v1")]
struct Money {
    #[grpc(tag = 1)]
    cents: u64,
}

struct Counter;

/// Counts for all its clients together.
#[grpc::service(package = "tests.tally.v1", name = "Tally")]
impl Counter {
    /// Goes one step.
    #[rpc]
    async fn add(&self, step: Step) -> Result<Step> {
        Ok(step)
    }

    #[rpc]
    fn add_all(&self, steps: Streaming<Step>) -> impl ResponseStream<Step> {
        steps
    }
}

/// As it was declared before.
mod before {
    use super::*;

    #[derive(Clone, PartialEq, grpc::Message)]
    #[grpc(package = "tests.tally.v1")]
    struct Step {
        #[grpc(tag = 1)]
        by: String,
    }

    struct Counter;

    #[grpc::service(package = "tests.tally.v1", name = "Tally")]
    impl Counter {
        #[rpc]
        async fn add(&self, step: Step) -> Result<Step> {
            Ok(step)
        }
    }

    #[test]
    #[should_panic(
        expected = "BREAKS THE WIRE  tests.tally.v1.Step.by: field 1 changed from sint64 to string\n"
    )]
    fn what_breaks_the_wire_fails_and_says_so() {
        // A copy, which this test may harm.
        let copy = Path::new(env!("CARGO_TARGET_TMPDIR")).join("testing_proto_before.proto");
        let imported = "import \"tests/money/v1/money.proto\";";
        let proto = fs::read_to_string(PATH).unwrap();
        assert!(proto.contains(imported), "{proto}");
        let alone = proto
            .replace(imported, "")
            .replace("tests.money.v1.Money", "int32");
        fs::write(&copy, alone).unwrap();
        assert_proto::<Tally>(copy);
    }

    #[grpc::test]
    async fn what_breaks_the_wire_breaks_it() -> Result<()> {
        let step = || Step { by: "1".to_owned() };
        TallyStub::new(&connect(Counter)).add(step()).await?;
        let status = TallyStub::new(&connect(super::Counter))
            .add(step())
            .await
            .unwrap_err();
        assert_eq!(status.code(), Code::Internal);
        Ok(())
    }
}

#[test]
fn the_code_declares_what_its_file_says() {
    assert_proto::<Tally>(PATH);
    assert_proto::<Money>("tests/protos/code_first/tests/money/v1/money.proto");
}

#[grpc::test]
async fn the_service_of_the_file_answers() -> Result<()> {
    let tally = TallyStub::new(&connect(Counter));
    let step = Step {
        by: -1,
        price: Some(Money { cents: 5 }),
    };
    assert_eq!(tally.add(step.clone()).await?, step);
    let mut steps = tally.add_all([step.clone()]).await?;
    assert_eq!(steps.receive().await?, Some(step));
    Ok(())
}

#[test]
fn files_are_written_when_asked_for_and_never_on_ci() {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("testing_proto");
    let _ = fs::remove_dir_all(&directory);
    let file = directory.join("tally.proto");

    assert!(!passes(
        &directory,
        &[("GRPC_UPDATE_PROTOS", "1"), ("CI", "true")]
    ));
    assert!(!file.exists());
    assert!(passes(&directory, &[("GRPC_UPDATE_PROTOS", "1")]));
    assert_eq!(
        fs::read_to_string(&file).unwrap(),
        grpc::proto_of::<Tally>(),
        "it is what the code prints"
    );
    assert!(passes(&directory, &[]));

    let changed = fs::read_to_string(&file)
        .unwrap()
        .replace("sint64 by", "string by");
    fs::write(&file, changed).unwrap();
    assert!(!passes(&directory, &[]));
    assert!(passes(&directory, &[("GRPC_UPDATE_PROTOS", "1")]));
    assert!(passes(&directory, &[]));
}

/// Runs the test below in a process of its own.
fn passes(directory: &Path, environment: &[(&str, &str)]) -> bool {
    Command::new(env::current_exe().unwrap())
        .args(["--exact", "the_file_of_another_process", "--include-ignored"])
        .env("TESTING_PROTO", directory.join("tally.proto"))
        .env_remove("CI")
        .env_remove("GRPC_UPDATE_PROTOS")
        .envs(environment.iter().copied())
        .output()
        .unwrap()
        .status
        .success()
}

#[test]
#[ignore = "run by files_are_written_when_asked_for_and_never_on_ci"]
fn the_file_of_another_process() {
    assert_proto::<Tally>(env::var_os("TESTING_PROTO").expect("the path"));
}
