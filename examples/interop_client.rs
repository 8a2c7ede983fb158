//! The client of gRPC's interoperability tests, for the interop servers of all languages
//! (`interop-test-descriptions.md` in gRPC's documentation).
//!
//! ```sh
//! cargo run --example interop_client -- --server_port=10000 --test_case=empty_unary,ping_pong
//! ```
//!
//! It prints a line for each case, and exits with 0 only if all passed. Without `--test_case` it runs all.
//!
//! `--use_tls` connects by TLS and trusts what the system trusts, or else `--ca_file=FILE`; `--use_test_ca` is
//! `--ca_file=ca.pem`. `--server_host_override=NAME` is the name for which the certificate has to be.

mod testing {
    grpc::proto!(
        "examples/proto/grpc/testing/test.proto",
        includes = ["examples/proto"]
    );
}
#[path = "interop/cases/mod.rs"]
mod cases;
#[path = "interop/flags.rs"]
mod flags;

use grpc::{ClientTls, tls::Roots};

use self::{
    cases::{CASES, Case, Setup, Soak},
    flags::Flags,
};

#[grpc::main]
async fn main() -> Result<(), grpc::Error> {
    let mut flags = Flags::from_arguments()?;
    let host: String = flags.take("server_host", "localhost".to_owned())?;
    let port: u16 = flags.take("server_port", 10000)?;
    let setup = Setup {
        target: format!("{host}:{port}"),
        authority: flags.take_optional("server_host_override")?,
        tls: tls(&mut flags)?,
        soak: Soak::from_flags(&mut flags)?,
    };
    let cases = chosen(flags.take_optional("test_case")?)?;
    flags.done()?;

    let mut failed = Vec::new();
    for case in &cases {
        match case.run(&setup).await {
            Ok(()) => println!("{}: ok", case.name),
            Err(why) => {
                println!("{}: FAILED: {why}", case.name);
                failed.push(case.name);
            }
        }
    }
    println!("{} of {} passed", cases.len() - failed.len(), cases.len());
    if failed.is_empty() {
        Ok(())
    } else {
        Err(grpc::Error::new(format!("failed: {}", failed.join(", "))))
    }
}

/// `--use_tls`, with the system's roots, or with `--use_test_ca` or `--ca_file` for others.
fn tls(flags: &mut Flags) -> Result<Option<ClientTls>, grpc::Error> {
    let use_tls = flags.take("use_tls", false)?;
    let use_test_ca = flags.take("use_test_ca", false)?;
    let ca_file: Option<String> = flags.take_optional("ca_file")?;
    if !use_tls {
        return match use_test_ca || ca_file.is_some() {
            true => Err(grpc::Error::new("--use_test_ca and --ca_file need --use_tls")),
            false => Ok(None),
        };
    }
    let ca_file = ca_file.or_else(|| use_test_ca.then(|| "ca.pem".to_owned()));
    let tls = ClientTls::new();
    Ok(Some(match ca_file {
        Some(file) => tls.roots(Roots::from_pem_file(file)?),
        None => tls,
    }))
}

/// The cases of a comma-separated list, or all.
fn chosen(list: Option<String>) -> Result<Vec<&'static Case>, grpc::Error> {
    let Some(list) = list else {
        return Ok(CASES.iter().collect());
    };
    list.split(',')
        .map(|name| {
            CASES.iter().find(|case| case.name == name.trim()).ok_or_else(|| {
                let names: Vec<_> = CASES.iter().map(|case| case.name).collect();
                grpc::Error::new(format!(
                    "there is no case {name:?}; there are {}",
                    names.join(", ")
                ))
            })
        })
        .collect()
}
