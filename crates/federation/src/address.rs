//! At which addresses issuers are asked. Who may register an issuer chooses where this server connects to: it must not become a
//! way to what only this server reaches (server-side request forgery).

use gatekey_gate::IssuerFault;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// At which addresses issuers may be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reach {
    /// At public addresses only.
    #[default]
    Public,
    /// At those of the own machine and of private networks too. Link-local addresses and the metadata services of clouds are
    /// asked by nobody.
    Private,
}

/// What kind of address it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Public,
    Loopback,
    Private,
    LinkLocal,
    Metadata,
    /// Nobody's: multicast, reserved, for documentation, unspecified, tunnels.
    Special,
}

impl Reach {
    fn permits(self, kind: Kind) -> bool {
        match kind {
            Kind::Public => true,
            Kind::Loopback | Kind::Private => self == Self::Private,
            Kind::LinkLocal | Kind::Metadata | Kind::Special => false,
        }
    }

    /// Those of a host's addresses that may be asked, in their order.
    ///
    /// # Errors
    /// There are none: `Unreachable`, and it says which kind they are.
    pub(crate) fn choose(
        self,
        host: &str,
        found: impl Iterator<Item = SocketAddr>,
    ) -> Result<Vec<SocketAddr>, IssuerFault> {
        let (open, shut): (Vec<_>, Vec<_>) = found.partition(|address| self.permits(kind(address.ip())));
        match (open.is_empty(), shut.first()) {
            (false, _) => Ok(open),
            (true, None) => Err(IssuerFault::Unreachable(format!("{host} has no address"))),
            (true, Some(address)) => {
                let (ip, kind) = (address.ip(), kind(address.ip()).told());
                Err(IssuerFault::Unreachable(format!("{host} is {ip}, {kind}")))
            }
        }
    }
}

impl Kind {
    const fn told(self) -> &'static str {
        match self {
            Self::Public => "a public address",
            Self::Loopback => "a loopback address, which only federation.private_issuers = true allows",
            Self::Private => "a private address, which only federation.private_issuers = true allows",
            Self::LinkLocal => "a link-local address, where no issuer is asked",
            Self::Metadata => "an address of a cloud's metadata, where no issuer is asked",
            Self::Special => "an address of a special purpose, where no issuer is asked",
        }
    }
}

fn kind(address: IpAddr) -> Kind {
    match address {
        IpAddr::V4(address) => of_four(address),
        IpAddr::V6(address) => of_six(address),
    }
}

/// By IANA's registry of special-purpose addresses.
fn of_four(address: Ipv4Addr) -> Kind {
    match address.octets() {
        // The same in most clouds; Azure's, Alibaba's, Oracle's.
        [169, 254, 169, 254] | [168, 63, 129, 16] | [100, 100, 100, 200] | [192, 0, 0, 192] => Kind::Metadata,
        [127, ..] => Kind::Loopback,
        [10, ..] | [172, 16..=31, ..] | [192, 168, ..] | [100, 64..=127, ..] => Kind::Private,
        [169, 254, ..] => Kind::LinkLocal,
        [0 | 224..=255, ..]
        | [192, 0, 0 | 2, _]
        | [192, 88, 99, _]
        | [198, 18..=19, ..]
        | [198, 51, 100, _]
        | [203, 0, 113, _] => Kind::Special,
        _ => Kind::Public,
    }
}

/// Only global unicast is public. What holds an address of version 4 is what that is.
fn of_six(address: Ipv6Addr) -> Kind {
    match address.segments() {
        [0xfd00, 0x0ec2, 0, 0, 0, 0, 0, 0x0254] | [0xfd20, 0x00ce, 0, 0, 0, 0, 0, 0x0254] => Kind::Metadata,
        [0, 0, 0, 0, 0, 0, 0, 1] => Kind::Loopback,
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x0064, 0xff9b, 0, 0, 0, 0, high, low] => {
            let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
            of_four(Ipv4Addr::new(a, b, c, d))
        }
        [0xfc00..=0xfdff, ..] => Kind::Private,
        [0xfe80..=0xfebf, ..] => Kind::LinkLocal,
        // Protocols (Teredo), documentation, 6to4.
        [0x2001, 0..=0x01ff | 0x0db8, ..] | [0x2002, ..] | [0x3fff, 0..=0x0fff, ..] => Kind::Special,
        [0x2000..=0x3fff, ..] => Kind::Public,
        _ => Kind::Special,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &[(Kind, &[&str])] = &[
        (
            Kind::Public,
            &[
                "8.8.8.8",
                "172.15.0.1",
                "172.32.0.1",
                "100.63.0.1",
                "100.128.0.1",
                "192.167.0.1",
                "2600:1f18::1",
                "2001:4860:4860::8888",
                "::ffff:8.8.8.8",
                "64:ff9b::8.8.8.8",
            ],
        ),
        (Kind::Loopback, &["127.0.0.1", "127.255.255.254", "::1", "::ffff:127.0.0.1", "64:ff9b::127.0.0.1"]),
        (
            Kind::Private,
            &[
                "10.0.0.1",
                "172.16.0.1",
                "172.31.255.255",
                "192.168.1.1",
                "100.64.0.1",
                "fc00::1",
                "fd12:3456::1",
                "::ffff:10.1.2.3",
            ],
        ),
        (Kind::LinkLocal, &["169.254.0.1", "169.254.170.2", "fe80::1", "febf::1", "::ffff:169.254.1.1"]),
        (
            Kind::Metadata,
            &[
                "169.254.169.254",
                "::ffff:169.254.169.254",
                "64:ff9b::a9fe:a9fe",
                "fd00:ec2::254",
                "fd20:ce::254",
                "168.63.129.16",
                "100.100.100.200",
            ],
        ),
        (
            Kind::Special,
            &[
                "0.0.0.0",
                "0.1.2.3",
                "192.0.2.1",
                "198.18.0.1",
                "224.0.0.1",
                "255.255.255.255",
                "::",
                "::7f00:1",
                "64:ff9b:1::1",
                "2001::1",
                "2001:db8::1",
                "2002:7f00:1::",
                "fec0::1",
                "ff02::1",
            ],
        ),
    ];

    #[test]
    fn each_address_is_of_its_kind() {
        for (expected, addresses) in TABLE {
            for address in *addresses {
                assert_eq!(kind(address.parse().unwrap()), *expected, "{address}");
            }
        }
    }

    #[test]
    fn an_issuer_is_asked_at_public_addresses_and_where_that_is_allowed_at_private_ones() {
        for (kind, addresses) in TABLE {
            for address in *addresses {
                let one = || std::iter::once(SocketAddr::new(address.parse().unwrap(), 443));
                let public = *kind == Kind::Public;
                let private = public || matches!(kind, Kind::Loopback | Kind::Private);
                assert_eq!(Reach::Public.choose("issuer", one()).is_ok(), public, "{address}");
                assert_eq!(Reach::Private.choose("issuer", one()).is_ok(), private, "{address}");
            }
        }
    }

    #[test]
    fn of_a_hosts_addresses_only_those_that_are_allowed_are_left() {
        let found = ["127.0.0.1:443", "8.8.8.8:443", "[fe80::1]:443", "[2600:1f18::1]:443"];
        let found = || found.iter().map(|address| address.parse().unwrap());
        let left = Reach::Public.choose("issuer", found()).unwrap();
        assert_eq!(left, ["8.8.8.8:443".parse().unwrap(), "[2600:1f18::1]:443".parse().unwrap()]);
        let fault = Reach::Public.choose("issuer", found().take(1)).unwrap_err();
        assert!(fault.to_string().contains("issuer is 127.0.0.1, a loopback address"), "{fault}");
        assert!(Reach::Private.choose("issuer", std::iter::empty()).is_err());
    }
}
