// Package dnssd lets broadcast controllers find this controller: by multicast DNS on the links where its HTTP port can be reached, and
// by records for an ordinary name server.
//
//	HTTP listener's address ─▶ reach ─▶ links ─┐
//	                 Service ─▶ names, records ├▶ responder (pure) ⇄ Advertiser ⇄ one socket for each link and IP version
//	                                           │
//	                 Service ─▶ Zone ─▶ WriteZone, or Updater ─▶ name server
//
// # What is advertised
//
// One instance of _nmos-netctrl._tcp with the TXT records api_proto, api_ver, api_auth and pri of IS-06. Over mDNS only where it helps:
//
//   - HTTP on a loopback address: on the loopback interface alone, for programs on the same machine.
//   - HTTP on one address: on the interface that has it, with that address alone.
//   - HTTP on all addresses: on every interface that is up and can multicast, each with its own addresses. IPv6 link-local addresses
//     are named only where there is no other, because few HTTP clients know what to do with one. Loopback is left out.
//
// Interfaces are looked at every few seconds; one that comes is probed on, one that goes is forgotten, one whose addresses change is
// announced anew.
//
// # Invariants
//
//   - responder has no goroutine, clock, randomness or I/O: messages, links and time come in, messages go out.
//   - No unique record is announced or given as an answer on a link before three probes for its name went unanswered there.
//   - Whatever arrives, the responder keeps a bounded number of answers waiting, and sends a shared record at most once a second.
//   - Every link says the same names; a record of one link heard on another is no conflict.
//
// # Why the responder is the project's own
//
// github.com/hashicorp/mdns is no full responder: it neither probes nor announces nor says goodbye, answers every query by unicast
// from one interface, sets no cache-flush bit, compares names with regard to case, ignores known answers, and spins when its socket
// fails. A browser that is already running would never learn of the controller, nor that it is gone. Of github.com/miekg/dns the wire
// format, TSIG and the client are used; all that is left is this package's state machine.
//
// # Standards
//
//   - AMWA NMOS IS-06 v1.0.1, discovery.
//   - RFC 6762: §5.4 unicast responses, §6 responding, §6.1 negative responses, §6.6 cooperating responders, §6.7 legacy queries,
//     §7.1 and §7.2 known answers, §8.1 probing, §8.2 tie-breaking, §8.3 announcing, §8.4 updating, §9 conflicts, §10.1 goodbye,
//     §10.2 cache flush, §15 several responders on one machine, §18 headers.
//   - RFC 6763: §4.1 names, §6 TXT records, §9 enumeration of service types, §11 browsing domains, §12 additional records.
//   - RFC 2136: dynamic update. RFC 8945: TSIG. RFC 1035 §5: zone files.
//
// # Limits
//
// Queries sent to the machine's own address instead of the group (RFC 6762 §5.5) are not heard: the sockets are bound to the group, so
// that another responder on the machine, such as avahi-daemon, keeps getting what is meant for it. Answers of others do not cancel a
// waiting one (§7.4); only this responder has these records. No reverse mapping is published (§4). Update sends one request; a name
// server whose keys or clock are wrong is reported, not worked around.
package dnssd
