//! From an address as a user writes it to listening sockets, before there is a runtime.

mod sharing;

use std::{
    io,
    net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, ToSocketAddrs},
    path::Path,
};

use socket2::{Domain, Protocol, Socket, Type};

use super::bound::Bound;
use crate::{Error, transport::Address};

/// How many connections the system keeps until they are accepted.
const BACKLOG: i32 = 1024;

/// Binds `host:port`, `:port` or `unix:path`, for that many threads, at least one. A name may stand for several addresses; then so
/// many are bound.
///
/// # Errors
/// `bind 0.0.0.0:50051: address already in use`
pub(super) fn bind(address: &str, threads: usize) -> Result<Vec<Bound>, Error> {
    bind_any(address, threads.max(1))
        .map_err(|error| Error::new(format!("bind {address}")).with_source(plain(&error)))
}

fn bind_any(address: &str, threads: usize) -> io::Result<Vec<Bound>> {
    if let Some(path) = address.strip_prefix("unix:") {
        // As in a channel's target: unix:path, unix:/path and unix:///path.
        let path = path.strip_prefix("//").unwrap_or(path);
        return Ok(vec![unix(Path::new(path), threads)?]);
    }
    // ":50051" is every address of this host.
    if let Some(port) = address.strip_prefix(':') {
        let port = port
            .parse()
            .map_err(|_| invalid("the port is not a number up to 65535"))?;
        return Ok(vec![tcp(
            SocketAddr::from((Ipv6Addr::UNSPECIFIED, port)),
            threads,
        )?]);
    }
    if let Ok(address) = address.parse::<SocketAddr>() {
        return Ok(vec![tcp(address, threads)?]);
    }
    if !address.contains(':') {
        return Err(invalid(
            "no port: an address is host:port, [ipv6]:port, :port or unix:path",
        ));
    }
    named(address.to_socket_addrs()?, threads)
}

/// Every address of a name, all on one port; it is enough if one can be had.
fn named(addresses: impl Iterator<Item = SocketAddr>, threads: usize) -> io::Result<Vec<Bound>> {
    let mut bound: Vec<Bound> = Vec::new();
    let mut failure = invalid("the name has no address");
    for mut address in addresses {
        if address.port() == 0
            && let Some(first) = bound.first()
        {
            address.set_port(first.address().port());
        }
        if bound
            .iter()
            .any(|known| *known.address() == Address::Tcp(address))
        {
            continue;
        }
        match tcp(address, threads) {
            Ok(listener) => bound.push(listener),
            Err(error) => failure = error,
        }
    }
    if bound.is_empty() { Err(failure) } else { Ok(bound) }
}

fn tcp(address: SocketAddr, threads: usize) -> io::Result<Bound> {
    match listen(address, threads) {
        // `[::]` is "everywhere"; where there is no IPv6, that is 0.0.0.0.
        Err(error) if address.ip() == Ipv6Addr::UNSPECIFIED && has_no_ipv6(&error) => {
            listen(SocketAddr::from((Ipv4Addr::UNSPECIFIED, address.port())), threads)
        }
        bound => bound,
    }
}

fn listen(address: SocketAddr, threads: usize) -> io::Result<Bound> {
    if threads > 1 {
        return sharing::listen(address, threads);
    }
    let socket = bound_socket(address)?;
    socket.listen(BACKLOG)?;
    Bound::tcp(TcpListener::from(socket), [])
}

fn bound_socket(address: SocketAddr) -> io::Result<Socket> {
    let socket = new_socket(address)?;
    socket.bind(&address.into())?;
    Ok(socket)
}

fn new_socket(address: SocketAddr) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    if address.ip() == Ipv6Addr::UNSPECIFIED {
        socket.set_only_v6(false)?;
    }
    // On Windows this would let two servers share a port.
    if cfg!(unix) {
        socket.set_reuse_address(true)?;
    }
    Ok(socket)
}

fn has_no_ipv6(error: &io::Error) -> bool {
    #[cfg(unix)]
    const NO_FAMILY: &[i32] = &[97, 47]; // EAFNOSUPPORT on Linux, on BSD and macOS
    #[cfg(not(unix))]
    const NO_FAMILY: &[i32] = &[10047]; // WSAEAFNOSUPPORT
    error.kind() == io::ErrorKind::AddrNotAvailable
        || error.raw_os_error().is_some_and(|code| NO_FAMILY.contains(&code))
}

#[cfg(unix)]
fn unix(path: &Path, threads: usize) -> io::Result<Bound> {
    use std::os::unix::{
        fs::FileTypeExt,
        net::{UnixListener, UnixStream},
    };
    let listener = match UnixListener::bind(path) {
        // A file that a server left behind; one where somebody listens is not ours to take.
        Err(error)
            if error.kind() == io::ErrorKind::AddrInUse
                && std::fs::symlink_metadata(path).is_ok_and(|file| file.file_type().is_socket())
                && UnixStream::connect(path).is_err_and(|e| e.kind() == io::ErrorKind::ConnectionRefused) =>
        {
            std::fs::remove_file(path)?;
            UnixListener::bind(path)?
        }
        bound => bound?,
    };
    Bound::unix(&listener, path, threads)
}

#[cfg(not(unix))]
fn unix(_path: &Path, _threads: usize) -> io::Result<Bound> {
    Err(io::Error::new(
        io::ErrorKind::Unsupported,
        "no unix sockets on this system",
    ))
}

fn invalid(why: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, why)
}

/// "Address already in use (os error 98)" as it stands in the middle of a sentence.
fn plain(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    let mut letters = text.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(address: &str) -> String {
        bind(address, 0)
            .err()
            .map(|error| error.to_string())
            .unwrap_or_default()
    }

    #[test]
    fn an_error_says_what_was_bound_and_why_it_failed() {
        let taken = bind("127.0.0.1:0", 0).unwrap();
        let address = taken[0].address().to_string();
        assert_eq!(error(&address), format!("bind {address}: address already in use"));
        assert!(error("localhost").contains("no port"), "{}", error("localhost"));
        assert!(error(":http").contains("not a number"));
    }

    #[test]
    fn everywhere_is_ipv6_and_ipv4_where_there_is_both() {
        for address in ["[::]:0", ":0"] {
            let bound = bind(address, 0).unwrap();
            let port = bound[0].address().port();
            assert_ne!(port, 0);
            std::net::TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
        }
    }

    #[test]
    fn a_name_is_bound_at_each_of_its_addresses_on_one_port() {
        let bound = bind("localhost:0", 0).unwrap();
        let port = bound[0].address().port();
        assert!(bound.iter().all(|listener| listener.address().port() == port));
    }

    #[cfg(unix)]
    #[test]
    fn a_unix_socket_is_taken_over_only_when_nobody_listens() {
        let path = std::env::temp_dir().join(format!("grpc-bind-{}.sock", std::process::id()));
        let _ = std::fs::remove_file(&path);
        let address = format!("unix:{}", path.display());
        drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
        let bound = bind(&address, 0).unwrap();
        assert_eq!(error(&address), format!("bind {address}: address already in use"));
        drop(bound);
        assert!(!path.exists(), "the file goes with its listener");
    }
}
