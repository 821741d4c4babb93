// Package sim is a fabric of OpenFlow 1.3 switches and hosts in Go, for tests that ask "did the packet arrive" and not
// "was this function called".
//
//	    Fabric: real time, real TCP            tests: virtual time, no sockets
//	              │ one owner goroutine                  │
//	              └──────────────► World ◄───────────────┘
//	             event heap · links · hubs · hosts · oracle
//	                                │
//	                             Switch
//	tables 0–253 · groups · meters · counters · time-outs (pure: now is a parameter)
//
// Switch follows OpenFlow 1.3.5 §5 and §7 and, where the standard leaves a choice, Open vSwitch 3.1: its error codes, its
// prerequisites that must come first in a match, its normalised dumps, its two PORT_STATUS for one lost link.
// Hosts follow RFC 826 (ARP), RFC 5227 (probes), RFC 792 (echo), RFC 1112, RFC 2236 and RFC 3376 (IGMP), RFC 2710 and RFC 3810 (MLD); their IGMP encoder
// shares nothing with the project's own, so that each checks the other. The oracle counts every packet at every host port and
// finds loops.
//
// Invariants
//   - World and Switch have no goroutine, clock or randomness: the same calls give the same packets, messages and counters.
//   - A frame is never written after it was handed over; a switch that changes a packet copies it first.
//   - Without Options.InstallDelay a change holds for packets as soon as it is carried out; with it, packets follow later than the barrier.
//   - Everything is bounded: entries, groups, meters, chained groups, hops of a packet, recorded violations and traces.
//
// Limits: one VLAN tag is decoded; MPLS, PBB and NORMAL are refused; buffers, queues, auxiliary connections, PORT_MOD,
// TABLE_MOD, asynchronous configuration and bundles do not exist; links have delay but no bandwidth.
package sim
