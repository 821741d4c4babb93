// Package core is Crosspoint's state machine: everything that is decided, and nothing that is done.
//
//	Event ──Step(now)──▶ State ──▶ []Effect, in the order they must happen
//	                       │
//	                    Snapshot ──▶ readers
//
// The shell feeds in what happened (a switch connected, a packet was punted, a client asked for something, time passed) and carries out what
// comes back (program this batch, send these packets, save these records, answer that client). Nothing in here blocks, waits, reads a
// clock, makes a random number, logs or talks to anyone. The same events at the same times in the same order give the same effects.
//
// How the parts hang together:
//
//	discover.go   LLDP out and in, hosts located, ARP answered          → topology.Graph, topology.Hosts
//	endpoints.go  endpoints registered and bound to a switch port       → unicast (stations.go)
//	networkflows.go  flows created, changed, removed, all or nothing    → placed on a tree (place.go), compiled to parts (parts.go)
//	joins.go      IGMP reports checked against who is listed            → which parts forward
//	intruders.go  senders that nobody authorised                        → dropped in the switch, shown
//	rollout.go    new programs for an owner, in an order that never loops → flows.Tracker of each switch (switches.go)
//	operation.go  a client's intent from admission to the last barrier, or undone
//	record.go     what survives a restart; restore.go takes it back
//
// Invariants, true after every Step:
//   - No channel of the ledger is reserved beyond its limit by an admission.
//   - What a switch is asked to have (want) forwards a flow only to its authorised, active receivers.
//   - At most one batch is in flight a switch.
//   - Every intent is answered exactly once.
package core
