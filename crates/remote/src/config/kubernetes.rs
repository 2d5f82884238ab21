//! The variables that Kubernetes puts into every container for each Service, where they look like ours.
//!
//! A Service called `remote` gives `REMOTE_SERVICE_HOST`, `REMOTE_PORT=tcp://10.0.0.1:80` and more ("Discovering
//! services" in the Kubernetes documentation); one called `remote-storage` gives `REMOTE_STORAGE_SERVICE_HOST`.

use std::net::IpAddr;

/// Whether a variable, without its `REMOTE_` or `ENCRYPTED_` and in any case, is one that Kubernetes made for a
/// Service. Name and value both have to fit: `REMOTE_PORT=2222` is a key of the sftp backend.
#[must_use]
pub fn is_service_variable(key: &str, value: &str) -> bool {
    let key = key.to_ascii_uppercase();
    if ends_with_word(&key, "SERVICE_HOST") {
        return value.parse::<IpAddr>().is_ok();
    }
    if let Some((_, port_name)) = split_at_word(&key, "SERVICE_PORT") {
        return is_number(value) && (port_name.is_empty() || port_name.starts_with('_'));
    }
    match split_at_word(&key, "PORT") {
        Some((_, "")) => is_address(value),
        Some((_, tail)) => is_port_variable(tail, value),
        None => false,
    }
}

/// `_80_TCP`, `_80_TCP_PROTO`, `_80_TCP_PORT`, `_80_TCP_ADDR`.
fn is_port_variable(tail: &str, value: &str) -> bool {
    let mut parts = tail.split('_').skip(1);
    let (number, protocol, what, more) = (parts.next(), parts.next(), parts.next(), parts.next());
    let fits =
        number.is_some_and(is_number) && matches!(protocol, Some("TCP" | "UDP" | "SCTP")) && more.is_none();
    fits && match what {
        None => is_address(value),
        Some("PROTO") => matches!(value, "tcp" | "udp" | "sctp"),
        Some("PORT") => is_number(value),
        Some("ADDR") => value.parse::<IpAddr>().is_ok(),
        Some(_) => false,
    }
}

/// `tcp://10.0.0.1:80`
fn is_address(value: &str) -> bool {
    value.split_once("://").is_some_and(|(protocol, address)| {
        matches!(protocol, "tcp" | "udp" | "sctp") && address.parse::<std::net::SocketAddr>().is_ok()
    })
}

fn is_number(text: &str) -> bool {
    text.parse::<u16>().is_ok()
}

fn ends_with_word(key: &str, word: &str) -> bool {
    key.strip_suffix(word).is_some_and(|before| before.is_empty() || before.ends_with('_'))
}

/// What stands before and after the first occurrence of a word that starts a part of the key.
fn split_at_word<'a>(key: &'a str, word: &str) -> Option<(&'a str, &'a str)> {
    key.match_indices(word).find_map(|(index, _)| {
        let (before, rest) = key.split_at(index);
        let after = rest.strip_prefix(word)?;
        let starts = before.is_empty() || before.ends_with('_');
        (starts && (after.is_empty() || after.starts_with('_'))).then_some((before, after))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("SERVICE_HOST", "10.0.0.1")]
    #[case("SERVICE_HOST", "fd00::1")]
    #[case("SERVICE_PORT", "80")]
    #[case("SERVICE_PORT_HTTP", "80")]
    #[case("PORT", "tcp://10.0.0.1:80")]
    #[case("PORT_80_TCP", "tcp://10.0.0.1:80")]
    #[case("PORT_53_UDP", "udp://[fd00::1]:53")]
    #[case("PORT_80_TCP_PROTO", "tcp")]
    #[case("PORT_80_TCP_PORT", "80")]
    #[case("PORT_80_TCP_ADDR", "10.0.0.1")]
    #[case("STORAGE_SERVICE_HOST", "10.0.0.1")]
    #[case("STORAGE_PORT", "tcp://10.0.0.1:80")]
    #[case("STORAGE_PORT_80_TCP_ADDR", "10.0.0.1")]
    fn kubernetes_made_it(#[case] key: &str, #[case] value: &str) {
        assert!(is_service_variable(key, value));
        assert!(is_service_variable(&key.to_lowercase(), value));
    }

    #[rstest]
    #[case("PORT", "2222")]
    #[case("PORT", "tcp://host:80")]
    #[case("SERVICE_HOST", "storage.example")]
    #[case("SERVICE_PORT", "many")]
    #[case("HOST", "10.0.0.1")]
    #[case("SERVICE_ACCOUNT_FILE", "/x")]
    #[case("ENDPOINT", "http://10.0.0.1:80")]
    #[case("PORT_80_TCP_ADDR_X", "10.0.0.1")]
    #[case("TRANSPORT", "tcp://10.0.0.1:80")]
    #[case("", "x")]
    fn a_user_made_it(#[case] key: &str, #[case] value: &str) {
        assert!(!is_service_variable(key, value));
    }
}
