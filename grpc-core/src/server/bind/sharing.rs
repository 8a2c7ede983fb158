//! Several sockets on one address (SO_REUSEPORT), over which the system spreads the connections.

use std::{io, net::SocketAddr};

use super::Bound;

/// As many sockets as there are threads. The address is this server's alone, as it would be with one socket.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(super) fn listen(address: SocketAddr, threads: usize) -> io::Result<Bound> {
    use std::net::TcpListener;

    use super::{BACKLOG, bound_socket, new_socket};

    let shared = |address: SocketAddr| -> io::Result<TcpListener> {
        let socket = new_socket(address)?;
        socket.set_reuse_port(true)?;
        socket.bind(&address.into())?;
        socket.listen(BACKLOG)?;
        Ok(TcpListener::from(socket))
    };
    // Sockets that may be shared are shared with other servers of the same user, too. One that may not be finds these out. A port
    // that the system picks (0) is nobody else's.
    if address.port() != 0 {
        drop(bound_socket(address)?);
    }
    let first = shared(address)?;
    let address = first.local_addr()?;
    let others: io::Result<Vec<_>> = (1..threads).map(|_| shared(address)).collect();
    Bound::tcp(first, others?)
}

/// Elsewhere there is no SO_REUSEPORT, or it gives all connections to one of the sockets.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(super) fn listen(_: SocketAddr, _: usize) -> io::Result<Bound> {
    Err(io::Error::new(
        io::ErrorKind::Unsupported,
        "a socket for each thread (thread_per_core) takes Linux",
    ))
}

#[cfg(all(test, any(target_os = "linux", target_os = "android")))]
mod tests {
    use std::net::TcpStream;

    use super::super::bind;
    use crate::{
        server::bound::{Bound, Sockets},
        transport::Address,
    };

    fn sockets(bound: Vec<Bound>) -> Vec<usize> {
        bound
            .into_iter()
            .map(|bound| match bound.into_sockets() {
                Sockets::Own(sockets) => sockets.len(),
                Sockets::Given(_) => 0,
            })
            .collect()
    }

    #[test]
    fn every_thread_has_a_socket_at_each_address() {
        for address in ["127.0.0.1:0", "[::]:0", "localhost:0"] {
            let bound = bind(address, 3).unwrap();
            let port = bound[0].address().port();
            assert!(bound.iter().all(|bound| bound.address().port() == port));
            assert!(sockets(bound).iter().all(|sockets| *sockets == 3));
        }
    }

    #[test]
    fn an_address_with_several_sockets_is_nobody_elses() {
        let taken = bind("127.0.0.1:0", 2).unwrap();
        let Address::Tcp(address) = taken[0].address().clone() else {
            panic!("an address of TCP")
        };
        for threads in [0, 1, 2, 8] {
            let error = bind(&address.to_string(), threads).unwrap_err();
            assert_eq!(
                error.to_string(),
                format!("bind {address}: address already in use")
            );
        }
        drop(taken);
        let bound = bind(&address.to_string(), 2).unwrap();
        TcpStream::connect(address).unwrap();
        assert_eq!(sockets(bound), [2]);
    }

    #[test]
    fn one_socket_is_no_place_for_several() {
        let taken = bind("127.0.0.1:0", 1).unwrap();
        let address = taken[0].address().to_string();
        let error = bind(&address, 2).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("bind {address}: address already in use")
        );
    }
}
