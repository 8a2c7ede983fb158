//! `#[derive(grpc::Status)]`: enums of errors as statuses, and statuses as enums of errors.

use std::{collections::BTreeMap, error::Error as _, fmt, net::IpAddr, time::Duration};

use grpc::{
    Code, FromStatus,
    details::{BadRequest, DebugInfo, ErrorDetail, ErrorInfo, Help, RetryInfo},
    prelude::*,
};

const DOMAIN: &str = "ledger.example.com";

/// One of each kind of variant and field.
#[derive(Debug, PartialEq, thiserror::Error, Status)]
#[grpc(domain = "ledger.example.com")]
enum Fault {
    #[error("no account {account}")]
    #[grpc(code = NotFound)]
    NoAccount {
        #[grpc(metadata)]
        account: String,
    },
    #[error("{missing_cents} cents are missing")]
    #[grpc(code = FailedPrecondition, reason = "OVERDRAWN", metadata)]
    Short {
        missing_cents: i64,
        from: Option<IpAddr>,
        #[grpc(skip)]
        shard: u8,
        #[grpc(skip)]
        trace: Option<NoDefault>,
    },
    #[error("not so fast")]
    #[grpc(code = ResourceExhausted)]
    TooFast(#[grpc(retry_after)] Duration),
    #[error("bad request")]
    #[grpc(code = InvalidArgument, detail = help(field))]
    Invalid {
        #[grpc(detail)]
        violations: BadRequest,
        #[grpc(detail)]
        debug: Option<DebugInfo>,
        #[grpc(metadata = "fieldName")]
        field: String,
    },
    #[error("the database said: {0}")]
    #[grpc(code = Internal, message = "internal error", skip)]
    Database(#[from] std::num::ParseIntError),
    #[error("locked")]
    #[grpc(code = Aborted, detail = Help::link("More", format!("https://example.com/{}", self.page())))]
    Locked,
    #[error(transparent)]
    #[grpc(transparent)]
    Shipping(#[from] Shipping),
    #[error(transparent)]
    #[grpc(transparent)]
    Upstream(#[from] Upstream),
}

#[derive(Debug, PartialEq)]
struct NoDefault;

fn help(field: &str) -> Help {
    Help::link("The field", format!("https://example.com/fields/{field}"))
}

impl Fault {
    fn page(&self) -> &'static str {
        match self {
            Self::Locked => "locks",
            _ => "",
        }
    }
}

/// By hand, with a code for all.
#[derive(Debug, PartialEq, Status)]
#[grpc(domain = "shipping.example.com", code = Unavailable, metadata)]
enum Shipping {
    NoShip,
    NoPort { port_name: String },
}

impl fmt::Display for Shipping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoShip => "no ship",
            Self::NoPort { .. } => "no port",
        })
    }
}

impl std::error::Error for Shipping {}

/// A status that can be compared.
#[derive(Debug)]
struct Upstream(Status);

impl PartialEq for Upstream {
    fn eq(&self, other: &Self) -> bool {
        format!("{self:?}") == format!("{other:?}")
    }
}

impl fmt::Display for Upstream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Upstream {}

impl From<Upstream> for Status {
    fn from(upstream: Upstream) -> Self {
        upstream.0
    }
}

/// What [`Fault`] and [`Shipping`] can be that a client gets back.
fn restorable() -> Vec<Fault> {
    vec![
        Fault::NoAccount {
            account: "ünïcode, = and spaces ".to_owned(),
        },
        Fault::Short {
            missing_cents: -7,
            from: Some("::1".parse().unwrap()),
            shard: 0,
            trace: None,
        },
        Fault::Short {
            missing_cents: i64::MAX,
            from: None,
            shard: 0,
            trace: None,
        },
        Fault::TooFast(Duration::new(3, 7)),
        Fault::Invalid {
            violations: BadRequest::violation("a.b", "is bad"),
            debug: Some(DebugInfo::new("x")),
            field: "a".to_owned(),
        },
        Fault::Invalid {
            violations: BadRequest::default(),
            debug: None,
            field: String::new(),
        },
        Fault::Locked,
        Fault::Shipping(Shipping::NoShip),
        Fault::Shipping(Shipping::NoPort {
            port_name: "Brest".to_owned(),
        }),
    ]
}

// --- To a status --------------------------------------------------------------------------------------------

#[test]
fn a_variant_is_a_status_of_its_code_with_its_text() {
    for fault in restorable() {
        let text = fault.to_string();
        assert_eq!(Status::from(fault).message(), text);
    }
    let status = Status::from(Fault::NoAccount {
        account: "7".to_owned(),
    });
    assert_eq!(
        (status.code(), status.message()),
        (Code::NotFound, "no account 7")
    );
    assert_eq!(Status::from(Shipping::NoShip).code(), Code::Unavailable);
}

#[test]
fn a_reason_and_the_marked_fields_are_its_error_info() {
    let info = |fault: Fault| Status::from(fault).detail::<ErrorInfo>().unwrap();
    assert_eq!(
        info(Fault::NoAccount {
            account: "7".to_owned()
        }),
        ErrorInfo::new("NO_ACCOUNT", DOMAIN).with_metadata("account", "7")
    );
    let short = Fault::Short {
        missing_cents: 5,
        from: None,
        shard: 9,
        trace: Some(NoDefault),
    };
    assert_eq!(
        info(short),
        ErrorInfo::new("OVERDRAWN", DOMAIN).with_metadata("missingCents", "5")
    );
    let keys: BTreeMap<_, _> = info(Fault::Invalid {
        violations: BadRequest::default(),
        debug: None,
        field: "a".to_owned(),
    })
    .metadata;
    assert_eq!(keys, BTreeMap::from([("fieldName".to_owned(), "a".to_owned())]));
}

#[test]
fn fields_and_expressions_are_details() {
    let status = Status::from(Fault::TooFast(Duration::from_secs(2)));
    assert_eq!(status.detail(), Some(RetryInfo::after(Duration::from_secs(2))));
    let status = Status::from(Fault::Locked);
    assert_eq!(
        status.detail(),
        Some(Help::link("More", "https://example.com/locks"))
    );
    let violations = BadRequest::violation("a", "is bad");
    let status = Status::from(Fault::Invalid {
        violations: violations.clone(),
        debug: None,
        field: "a".to_owned(),
    });
    assert_eq!(status.detail(), Some(violations));
    assert_eq!(status.detail(), Some(help("a")));
    assert_eq!(status.error_details().unwrap().len(), 3);
}

#[test]
fn the_error_is_the_statuss_source() {
    let cause = "x".parse::<i32>().unwrap_err();
    let status = Status::from(Fault::from(cause.clone()));
    assert_eq!(
        (status.code(), status.message()),
        (Code::Internal, "internal error")
    );
    assert!(status.details().is_empty(), "{status:?}");
    let source = status.source().unwrap();
    assert_eq!(source.downcast_ref(), Some(&Fault::Database(cause.clone())));
    assert_eq!(source.source().unwrap().downcast_ref(), Some(&cause));
}

#[test]
fn a_transparent_variant_is_the_status_that_it_holds() {
    let mut status = Status::data_loss("gone")
        .with_detail(DebugInfo::new("x"))
        .with_source("y");
    status.metadata_mut().insert("x-key", "v").unwrap();
    let through = Status::from(Fault::from(Upstream(status.clone())));
    assert_eq!(format!("{through:?}"), format!("{status:?}"));
    let shipping = Status::from(Fault::from(Shipping::NoShip));
    assert_eq!(
        shipping.detail(),
        Some(ErrorInfo::new("NO_SHIP", "shipping.example.com"))
    );
}

// --- And back -----------------------------------------------------------------------------------------------

#[test]
fn a_status_becomes_the_variant_that_it_was() {
    for fault in restorable() {
        let text = format!("{fault:?}");
        let status = Status::from(fault);
        // As a client has it: without the source.
        let status =
            Status::new(status.code(), status.message().to_owned()).with_details(status.details().clone());
        assert_eq!(format!("{:?}", status.downcast::<Fault>().unwrap()), text);
    }
}

#[test]
fn skipped_fields_are_their_default() {
    let status = Status::from(Fault::Short {
        missing_cents: 1,
        from: None,
        shard: 9,
        trace: Some(NoDefault),
    });
    let back: Fault = status.downcast().unwrap();
    assert_eq!(
        back,
        Fault::Short {
            missing_cents: 1,
            from: None,
            shard: 0,
            trace: None
        }
    );
}

#[test]
fn a_status_that_is_none_of_them_comes_back_whole() {
    let info =
        |reason: &str, domain: &str| Status::not_found("x").with_detail(ErrorInfo::new(reason, domain));
    let broken = Status::not_found("x").with_details(&b"\x1a\xff"[..]);
    for mut status in [
        Status::not_found("no account 7"),
        info("NO_ACCOUNT", "other.example.com"),
        info("UNHEARD_OF", DOMAIN),
        // Without its field, with one that cannot be read, without its detail.
        info("NO_ACCOUNT", DOMAIN),
        Status::aborted("x")
            .with_detail(ErrorInfo::new("OVERDRAWN", DOMAIN).with_metadata("missingCents", "many")),
        Status::aborted("x").with_detail(
            ErrorInfo::new("OVERDRAWN", DOMAIN)
                .with_metadata("missingCents", "1")
                .with_metadata("from", "nowhere"),
        ),
        info("TOO_FAST", DOMAIN),
        Status::from(Fault::Database("x".parse::<i32>().unwrap_err())),
        broken,
    ] {
        status.metadata_mut().insert("x-key", "v").unwrap();
        let before = format!("{status:?}");
        assert_eq!(format!("{:?}", status.downcast::<Fault>().unwrap_err()), before);
    }
}

#[test]
fn the_reason_counts_whatever_the_code_and_the_order() {
    let status = Status::unknown("another code")
        .with_detail(DebugInfo::new("first"))
        .with_detail(ErrorInfo::new("ELSEWHERE", "proxy.example.com"))
        .with_detail(ErrorInfo::new("LOCKED", DOMAIN).with_metadata("new", "field"));
    assert_eq!(status.downcast::<Fault>().unwrap(), Fault::Locked);
}

// --- Other ways to have a text, and no domain ---------------------------------------------------------------

#[derive(Debug, displaydoc::Display, Status)]
#[grpc(code = Internal)]
enum Documented {
    /// nothing at {place}
    #[grpc(code = NotFound, detail = DebugInfo::new(format!("looked at {place}")))]
    Nothing { place: String },
    /// broken {0}
    Broken(u8),
}

impl std::error::Error for Documented {}

#[test]
fn without_a_domain_a_variant_says_its_code_and_details_only() {
    let status = Status::from(Documented::Nothing {
        place: "home".to_owned(),
    });
    assert_eq!(
        (status.code(), status.message()),
        (Code::NotFound, "nothing at home")
    );
    assert_eq!(
        status.error_details().unwrap(),
        [ErrorDetail::from(DebugInfo::new("looked at home"))]
    );
    let status = Status::from(Documented::Broken(1));
    assert_eq!(
        (status.code(), status.message(), status.details().len()),
        (Code::Internal, "broken 1", 0)
    );
}

/// Of the errors of others only.
#[derive(Debug, thiserror::Error, Status)]
enum Either<E>
where
    E: Into<Status> + FromStatus + std::error::Error + Send + Sync + 'static,
{
    #[error(transparent)]
    #[grpc(transparent)]
    Shipping(Shipping),
    #[error(transparent)]
    #[grpc(transparent)]
    Other { fault: E },
    #[error(transparent)]
    #[grpc(transparent)]
    Status(#[from] Status),
}

#[test]
fn an_enum_of_transparent_variants_comes_back_as_whichever_fits() {
    let back = |status: Status| status.downcast::<Either<Fault>>();
    assert!(matches!(
        back(Shipping::NoShip.into()),
        Ok(Either::Shipping(Shipping::NoShip))
    ));
    assert!(matches!(
        back(Fault::Locked.into()),
        Ok(Either::Other { fault: Fault::Locked })
    ));
    assert_eq!(back(Status::internal("x")).unwrap_err().code(), Code::Internal);
    assert_eq!(
        Status::from(Either::<Fault>::from(Status::internal("x"))).message(),
        "x"
    );
}

// --- Over the wire ------------------------------------------------------------------------------------------

struct Ledger;

#[grpc::service(package = "ledger.v1")]
impl Ledger {
    /// Fails with the one of the restorable errors that is asked for.
    #[rpc]
    async fn post(&self, index: u32) -> Result<u32, Fault> {
        let index = usize::try_from(index).expect("a few");
        Err(restorable().swap_remove(index))
    }

    #[rpc]
    fn tail(&self, count: u32) -> impl ResponseStream<u32, Fault> {
        async_stream::try_stream! {
            for index in 0..count {
                yield index;
            }
            Err(Fault::Locked)?;
        }
    }

    #[rpc]
    fn follow(&self, numbers: Streaming<u32>) -> impl ResponseStream<u32> {
        stream!({
            for await number in numbers {
                yield checked(number?)?;
            }
        })
    }

    #[rpc]
    async fn parse(&self) -> Result<u32, Fault> {
        Ok("secret".parse()?)
    }
}

fn checked(number: u32) -> Result<u32, Fault> {
    if number > 1 {
        return Err(Shipping::NoPort {
            port_name: "Brest".to_owned(),
        }
        .into());
    }
    Ok(number)
}

#[tokio::test]
async fn a_client_gets_the_servers_errors_back() -> Result<()> {
    let mut server = grpc::server();
    let address = server.add_insecure_port("127.0.0.1:0").unwrap();
    server.add_service(Ledger);
    server.start().await.unwrap();
    let stub = LedgerStub::new(&grpc::insecure_channel(address.to_string()));

    for (index, fault) in (0..).zip(restorable()) {
        let status = stub.post(index).await.unwrap_err();
        assert_eq!(status.message(), fault.to_string());
        assert_eq!(status.downcast::<Fault>().unwrap(), fault);
    }

    let mut replies = stub.tail(1).await?;
    assert_eq!(replies.receive().await?, Some(0));
    let status = replies.receive().await.unwrap_err();
    assert_eq!(status.downcast::<Fault>().unwrap(), Fault::Locked);

    let mut replies = stub.follow([1, 2]).await?;
    assert_eq!(replies.receive().await?, Some(1));
    let fault = replies
        .receive()
        .await
        .unwrap_err()
        .downcast::<Shipping>()
        .unwrap();
    assert_eq!(
        fault,
        Shipping::NoPort {
            port_name: "Brest".to_owned()
        }
    );

    let status = stub.parse().await.unwrap_err();
    assert_eq!(
        (status.code(), status.message(), status.details().len()),
        (Code::Internal, "internal error", 0)
    );
    Ok(())
}
