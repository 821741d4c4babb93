// Package traffic sends, joins and measures multicast streams on the hosts of a fabric of real network namespaces.
//
// One Agent process runs in the namespace of each host and obeys JSON lines; an AgentClient is the other end of the pipe.
//
//	fabric ── AgentClient ══ JSON lines ══▶ RunAgent ─┬─ Sender       a paced UDP stream            ──▶ h1-eth0
//	                                                  ├─ Membership   UDP sockets that join         ◀── h1-eth0
//	                                                  ├─ Monitor      everything that arrives       ◀── h1-eth0
//	                                                  └─ Ping         ICMP echo                     ◀─▶ h1-eth0
//
// Monitor and Membership count apart on purpose. The Monitor reads the interface below IP, so it also sees what nobody on the host
// asked for: that is how a leak shows. The Membership counts what the kernel handed to a joined socket, so it proves that a
// packet was good to the last checksum.
//
// Invariants:
//   - A packet that the measurement itself lost is never counted against the fabric: the kernel says how many its sockets dropped,
//     and every answer with receptions carries that number.
//   - A reset is exact: a packet counts before or after it by the time the kernel took it in, however late it is read.
//   - Memory is bounded: MaxStreams streams a host, a fixed window and two histograms of 32 KiB at most for each.
//
// Times. A packet carries the time at which it was made. Its arrival is stamped by the kernel when it leaves the driver of the receiving interface, before
// any queue (SO_TIMESTAMPING, of the packet ring as of sockets); should a kernel not do so, by its packet socket when it copies the packet, and the
// reception says that (testbed.Clock). When packets leave the sender's driver is sampled in the same way (SendTiming): it is the part of
// every delay that is not the network's. Gaps and delays are counted in HDR histograms (testbed.Histogram): quantiles are at most 1 % too high, the longest is exact.
//
// Standards: RFC 3678 §5.1 (the socket calls that join), RFC 792 and RFC 4443 (echo).
//
// Limits: 10,000 packets a second a stream are sent and counted without a loss of the tools' own (TestTenThousandPacketsASecondWithoutLoss). Linux, Ethernet without VLAN tags, root. Delays compare CLOCK_REALTIME at both ends, so they mean something on one machine only.
package traffic
