// Package topology knows the network: which switches and ports there are, which
// of them are joined by a link, where hosts sit, how a distribution tree grows
// under capacity, and how much of each link is promised to whom.
//
//	PORT_STATUS, LLDP ──▶ Graph ──┬──▶ Tree      one per flow, rooted at the sender's switch
//	ARP, IGMP ──────────▶ Hosts   ├──▶ NextHops  unicast, one in-tree per destination
//	                              └──▶ Ledger    who holds how much of which channel
//
// The package is pure: no goroutine, lock, clock, randomness, logging or I/O. Time
// is a parameter. The same calls in the same order give the same results; every
// list is sorted. Nothing here is safe for concurrent use: each value has one owner.
//
// # Invariants
//
//   - A link is usable only when both of its directions have been sighted since the
//     ports at both ends last came up, or were remembered from before a restart.
//   - A port at which any link is known, even in one direction, is never an edge.
//   - No channel is reserved beyond its limit, except where its capacity was
//     lowered after the reservation; [Ledger.Over] lists those.
//   - A [Tree] has one link into every switch but its root, and [Tree.Graft] and
//     [Tree.Prune] keep it so; a refused graft leaves it unchanged.
//   - [NextHops] strictly approaches the destination with each hop, so it has no loop.
//   - A MAC address is at one port and an IP address belongs to one MAC address.
//
// # Standards
//
//   - IEEE 802.1AB, Station and Media Access Control Connectivity Discovery:
//     §7.1 destination address, §8.2 order of TLVs, §8.4 TLV format, §8.5 basic TLVs,
//     §8.6 organizationally specific TLVs, §9.2.7.7 validation.
//   - OpenFlow 1.3.5 §7.2.1: ports, their state and their reserved numbers.
//   - AMWA NMOS IS-06: the text form of bandwidths, chassis_id and port_id.
//   - RFC 2104: HMAC, here with SHA-256 and truncated as its §5 allows.
//
// # Limits
//
// Links are point to point. Where a hub or a bridge that passes the LLDP address
// joins more than two ports, each sighting replaces the one before and the link
// never settles. A probe proves that we sent it, not that it came straight: someone
// who holds both ends can relay it. [Probe.Stamp] lets the caller refuse old ones.
package topology
