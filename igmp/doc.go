// Package igmp is the Internet Group Management Protocol as a router sees it: the wire format of
// versions 1, 2 and 3, who listens to what, and when to ask.
//
//	IPv4 packet ──ParsePacket──▶ Message ──Table.Report──▶ []Change ──▶ who wants which source now
//	                                          ▲
//	                            now ──Table.Expire
//	            now ──Querier.Due──▶ []PortQuery ──▶ a general query out of each edge port
//
// Everything here is pure: no goroutine, lock, clock, logging or I/O. Time is a parameter, and the same
// calls in the same order give the same results.
//
// # Standards
//
// RFC 1112 appendix I (version 1), RFC 2236 (version 2), RFC 3376, which RFC 9776 makes a full standard
// (version 3; section numbers without a document are those of RFC 3376), RFC 2113 (Router Alert).
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
// what still runs in X (§6.5). Every record that starts the group timer also empties X, so as long as now
// does not go back, no timer in X runs out before the group timer does, and no source moves from X to Y by its
// timer (§6.3).
//
// IS_IN is not taken for the whole truth about a host, though its answer to a general query is: the answer
// to a group-and-source query of another router lists only the sources asked about (§5.2), and so does a
// part of a record too long for one message (§4.2.16). Taking either for the whole would cut a live
// picture. As the RFC has it, IS_IN adds; a source that the host no longer lists runs out by its own timer.
// TO_IN, TO_EX and IS_EX do replace: they are only sent whole, except for a TO_IN too long for one message,
// which is why [Config.Validate] keeps MaxSourcesPerGroup below that length.
//
// # Versions
//
// A report of version 1 or 2 is IS_EX ({}), a leave is TO_IN ({}) (§7.3.2). That section also makes a router
// ignore BLOCK, source lists and leaves for as long as an older host may be on the link, because that host
// cannot answer for itself. Here each host answers only for itself, so the newest message of a host is what
// holds, whatever its version, and [Membership.Version] is the version of that message.
//
// # Limits
//
//   - A host is a switch port, MAC and IP address. Hosts of version 1 or 2 that share one port through a
//     switch which does not snoop hear each other and keep silent (RFC 2236 §3); the silent ones are not
//     known here. The fabric itself must not carry reports from one edge port to another.
//   - The querier sends general queries only. It needs no other: explicit tracking knows who is left. It
//     holds no election (§6.6.2).
//   - Groups of 224.0.0.0/24 never leave a link and are not tracked.
//   - Reports for any source in the source-specific range 232.0.0.0/8 are tracked like others; RFC 4604 §2.2
//     would ignore them. Who may receive is decided elsewhere.
//   - IPv4 only so far. Addresses are netip.Addr throughout, so that MLD fits in.
package igmp
