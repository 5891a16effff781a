//! Whence a request comes: the socket's address, or what a proxy we trust says of it.

use std::net::IpAddr;

use poem::Request;

/// The address limits are counted by: an IPv6 network of /64 is one household.
#[must_use]
pub fn of(request: &Request, trusted: &[IpAddr]) -> String {
    let socket = request
        .remote_addr()
        .as_socket_addr()
        .map(|address| address.ip());
    // A proxy may add to the line it got or add a line: read in order they are one list.
    let lines = request.headers().get_all("x-forwarded-for");
    let forwarded: Vec<&str> = lines
        .iter()
        .flat_map(|line| line.to_str().unwrap_or(UNREADABLE).split(','))
        .map(str::trim)
        .collect();
    told(socket, &forwarded, trusted).map_or_else(|| "unknown".to_owned(), network)
}

/// In the place of a line that is no text: behind it nothing is believed.
const UNREADABLE: &str = "?";

/// The last address that is not a trusted proxy's own; a stranger's header is not believed.
fn told(socket: Option<IpAddr>, forwarded: &[&str], trusted: &[IpAddr]) -> Option<IpAddr> {
    let mut address = socket?;
    for hop in forwarded.iter().rev() {
        if !trusted.contains(&address) {
            break;
        }
        match hop.parse() {
            Ok(before) => address = before,
            Err(_) => break,
        }
    }
    Some(address)
}

fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_trusted_proxy_is_believed() {
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        let proxy = [ip("10.0.0.1"), ip("10.0.0.2")];
        let table: [(&str, &[&str], &str); 6] = [
            ("203.0.113.9", &[], "203.0.113.9"),
            ("203.0.113.9", &["1.2.3.4"], "203.0.113.9"),
            ("10.0.0.1", &["1.2.3.4"], "1.2.3.4"),
            ("10.0.0.1", &["6.6.6.6", "1.2.3.4", "10.0.0.2"], "1.2.3.4"),
            ("10.0.0.1", &["nonsense"], "10.0.0.1"),
            ("10.0.0.1", &[], "10.0.0.1"),
        ];
        for (socket, forwarded, expected) in table {
            let seen = told(Some(ip(socket)), forwarded, &proxy);
            assert_eq!(seen, Some(ip(expected)), "{socket} {forwarded:?}");
        }
        assert_eq!(network(ip("2001:db8:1:2:3:4:5:6")), "2001:db8:1:2::/64");
        assert_eq!(network(ip("::ffff:192.0.2.1")), "192.0.2.1");
    }
}
