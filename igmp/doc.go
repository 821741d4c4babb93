// Package igmp is the Internet Group Management Protocol, versions 1, 2 and 3, and Multicast Listener Discovery,
// versions 1 and 2, as a router sees them: the wire formats, who listens to what, and when to ask.
//
//	IPv4 packet ──ParsePacket──────┐
//	IPv6 packet ──ParseMLDPacket───┴▶ Message ──Table.Report──▶ []Change ──▶ who wants which source now
//	                                             ▲       └─Table.Asks──▶ []Ask ──Querier.Specific──┐
//	                               now ──Table.Expire                                              ▼
//	               now ──Querier.Due──▶ a general query out of each edge port ──────────▶ []PortQuery
//
// Everything here is pure: no goroutine, lock, clock, logging or I/O. Time is a parameter, and the same
// calls in the same order give the same results.
//
// # Standards
//
// RFC 1112 appendix I (version 1), RFC 2236 (version 2), RFC 3376, which RFC 9776 makes a full standard
// (version 3; section numbers without a document are those of RFC 3376), RFC 2113 (Router Alert); RFC 2710 (MLDv1),
// RFC 3810, which RFC 9777 makes a full standard (MLDv2), RFC 3590, RFC 2711; RFC 4604 (source-specific groups). What
// MLDv2 keeps of its hosts is what IGMPv3 keeps: one [Table] serves both, and a group's address tells which it is.
//
// # Membership with explicit tracking
//
// RFC 3376 §6 keeps one state per group and link, because a router that hears only some of the listeners
// must ask before it stops a source. A [Table] keeps one state per host and group instead, so that the only
// listener of each state is the host that speaks. From that follows the one rule by which the tables of
// §6.4 change: where a router would "Send Q(G,S)" and delete S when nobody answers, the Table deletes S at
// once. Written out, with until = now + Group Membership Interval:
//
//	state          record           new state           timers
//	INCLUDE (A)    IS_IN (B)        INCLUDE (A+B)       (B)=until
//	INCLUDE (A)    IS_EX (B)        EXCLUDE ({},B)      group=until
//	INCLUDE (A)    ALLOW (B)        INCLUDE (A+B)       (B)=until
//	INCLUDE (A)    BLOCK (B)        INCLUDE (A-B)
//	INCLUDE (A)    TO_IN (B)        INCLUDE (B)         (B)=until
//	INCLUDE (A)    TO_EX (B)        EXCLUDE ({},B)      group=until
//	EXCLUDE (X,Y)  IS_IN (A)        EXCLUDE (X+A,Y-A)   (A)=until
//	EXCLUDE (X,Y)  IS_EX (A)        EXCLUDE ({},A)      group=until
//	EXCLUDE (X,Y)  ALLOW (A)        EXCLUDE (X+A,Y-A)   (A)=until
//	EXCLUDE (X,Y)  BLOCK (A)        EXCLUDE (X-A,Y+A)
//	EXCLUDE (X,Y)  TO_IN (A)        INCLUDE (A)         (A)=until
//	EXCLUDE (X,Y)  TO_EX (A)        EXCLUDE ({},A)      group=until
//
// INCLUDE (A) wants A; EXCLUDE (X,Y) wants everything but Y, and X is what the host asked for by name
// meanwhile. INCLUDE ({}) is no membership. When the group timer runs out, EXCLUDE (X,Y) becomes INCLUDE of
// what still runs in X (§6.5).
//
// IS_IN is not taken for the whole truth about a host, though its answer to a general query is: the answer
// to a group-and-source query of another router lists only the sources asked about (§5.2), and so does a
// part of a record too long for one message (§4.2.16). Taking either for the whole would cut a live
// picture. As the RFC has it, IS_IN adds; a source that the host no longer lists runs out by its own timer.
// TO_IN, TO_EX and IS_EX do replace: they are only sent whole, except for a TO_IN too long for one message,
// which is why [Config.Validate] keeps MaxSourcesPerGroup below that length.
//
// # Who may be hidden
//
// Hosts of version 1 and 2 and of MLDv1 keep silent when they hear another's report of their group (RFC 2236 §3, RFC
// 2710 §4), so on a port with several of them, behind a switch that does not snoop, tracking is not complete:
//
//   - Where a host other than the one that speaks has reported in such a version within the Older Host Present
//     interval, whatever the group, a leave, BLOCK, TO_IN or TO_EX takes nothing away at once. The table of §6.4.2 holds
//     to the letter: what the RFC would ask about stays for the Last Member Query Time, and is asked about. Elsewhere,
//     with a single such host on the port or with hosts of version 3 and MLDv2 only, who all speak for themselves, the
//     leave prunes at once.
//   - A report of an older version keeps the others of an older version alive that want the same whole group on the
//     port, and a leave of one has them all answer, as the one group timer of §6.2.2 would.
//   - Where an older version is asked in, by another querier within the Older Version Querier Present interval (§8.12) or
//     by us, all hosts speak it (§7.2.1), also those that were heard in a newer one before. Such a host may keep silent
//     with whatever filter it was last heard: it lives on with that filter by the reports of others, and answers with
//     them when one of them leaves.
//   - Of a source-specific group an older report, and an older leave, mean nothing (RFC 4604 §2.2). So a host that an
//     older querier makes speak an older version can neither renew nor end what it wants of one. That runs out with the
//     Group Membership Interval after its last report of the newer version, and no other's report prolongs it: a
//     receiver that left may get its stream for so long, and one that stayed gets it no longer. The standards call it an
//     error that a link with such groups has such a querier (RFC 3376 §7.3.1); it is shown as another querier.
//   - Where no question about a group would be asked, because the port is not asked, or by IGMPv1, or another querier is
//     the elected one, a leave shortens no timer of what would have to be asked about. The questions of an elected
//     querier do (§6.6.1).
//
// # Older versions
//
// A report of version 1 or 2 is IS_EX ({}), a leave is TO_IN ({}). By it a host is in the Compatibility Mode of
// §7.3.2 (RFC 3810 §8.3.2) for that group until its Host Present timer runs out: of version 2 and MLDv1, its BLOCK and
// the list of its TO_EX are ignored; of version 1 its leaves as well. The mode is kept per host and group, not per link
// and group, since each host answers for itself only: what a newer host says beside an older one holds for the newer
// one.
//
// # Limits
//
//   - A host is a switch port, MAC and IP address. Of a port with older hosts the silent ones are not known, only
//     asked for. The fabric itself must not carry reports from one edge port to another.
//   - Reports beyond a rate are dropped, by port and by host, so that no port takes the time of others; what is kept is
//     bounded by host, port and group, and hosts that are made up fill nothing but their own port's share.
//   - Groups of 224.0.0.0/24 and of a scope up to ff02::/16 never leave a link and are not tracked.
//   - Another querier is noted, and obeyed where the port is configured so. One that is ignored shortens no timers.
package igmp
