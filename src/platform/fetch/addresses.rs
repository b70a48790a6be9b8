//! Which addresses are those of the public internet (the special-purpose address registries of IANA).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Blocks of IPv4 that are nobody's on the public internet.
const NOT_PUBLIC_V4: &[(Ipv4Addr, u32)] = &[
    (Ipv4Addr::UNSPECIFIED, 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    // Multicast, what is kept for later, and broadcast.
    (Ipv4Addr::new(224, 0, 0, 0), 3),
];

/// Blocks inside of `2000::/3`, the only part of IPv6 that is public at all, that are not.
const NOT_PUBLIC_V6: &[(Ipv6Addr, u32)] = &[
    // Protocols' own, Teredo among them.
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
    // `6to4`: an IPv4 address in disguise.
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
];

/// Whether an address is one that a stranger may make this service connect to.
#[must_use]
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let bits = u32::from(v4);
            !NOT_PUBLIC_V4.iter().any(|(block, length)| (bits ^ u32::from(*block)) >> (32 - length) == 0)
        }
        IpAddr::V6(v6) => {
            // Mapped addresses reach IPv4; what holds for that one holds for them.
            if let Some(v4) = v6.to_ipv4_mapped() {
                return is_public(IpAddr::V4(v4));
            }
            let bits = u128::from(v6);
            bits >> 125 == 0b001
                && !NOT_PUBLIC_V6
                    .iter()
                    .any(|(block, length)| (bits ^ u128::from(*block)) >> (128 - length) == 0)
        }
    }
}
