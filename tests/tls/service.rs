//! A service that tells what the server knows of its client.

use grpc::{
    ClientTls, Server, ServerTls,
    prelude::*,
    tls::{Identity, Roots},
};

use crate::certificates::{Authority, Certified};

pub(crate) mod tally {
    grpc::proto!("tests/protos/calls/tally.proto");
}
pub(crate) use self::tally::{Number, TallyStub};

pub(crate) struct Tally;

#[grpc::service(contract = tally::Tally)]
impl Tally {
    async fn double(&self, number: Number, context: Context) -> Result<Number> {
        let trailing = [("x-authority", context.authority().to_owned())]
            .into_iter()
            .chain(described(&context));
        let mut metadata = grpc::Metadata::new();
        for (key, value) in trailing {
            metadata.append(key, value)?;
        }
        context.set_trailing_metadata(metadata);
        Ok(n(number.value * 2))
    }

    fn count_to(&self, last: Number) -> impl ResponseStream<Number> {
        stream!({
            for value in 1..=last.value {
                yield n(value);
            }
        })
    }

    async fn sum(&self, mut numbers: Streaming<Number>) -> Result<Number> {
        let mut sum = 0;
        while let Some(number) = numbers.receive().await? {
            sum += number.value;
        }
        Ok(n(sum))
    }

    fn totals(&self, numbers: Streaming<Number>) -> impl ResponseStream<Number> {
        stream!({
            let mut total = 0;
            for await number in numbers {
                total += number?.value;
                yield n(total);
            }
        })
    }
}

/// What TLS says of the client.
fn described(context: &Context) -> Vec<(&'static str, String)> {
    let Some(tls) = context.peer().tls() else {
        return Vec::new();
    };
    vec![
        ("x-version", tls.version().to_owned()),
        ("x-server-name", tls.server_name().unwrap_or("none").to_owned()),
        ("x-certificates", tls.certificates().len().to_string()),
        ("x-names", tls.dns_names().join(",")),
        ("x-uris", tls.uris().join(",")),
    ]
}

pub(crate) fn n(value: i64) -> Number {
    Number { value }
}

impl Certified {
    pub(crate) fn identity(&self) -> Identity {
        Identity::from_pem(&self.certificate, &self.key).unwrap()
    }
}

/// A server's TLS, and a client's that trusts it.
pub(crate) fn pair(authority: &Authority, names: &[&str]) -> (ServerTls, ClientTls) {
    let server = ServerTls::new(authority.certify(names).identity());
    (server, trusting(authority))
}

pub(crate) fn trusting(authority: &Authority) -> ClientTls {
    ClientTls::new().roots(Roots::from_pem(authority.pem()).unwrap())
}

/// A server, and its port.
pub(crate) async fn start(tls: &ServerTls) -> (Server, u16) {
    let mut server = grpc::server();
    server.add_service(Tally);
    let address = server.add_secure_port("127.0.0.1:0", tls).unwrap();
    server.start().await.unwrap();
    (server, address.port())
}
