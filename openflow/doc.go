// Package openflow reads and writes OpenFlow 1.3 messages, and writes and reads flow entries in the notation of ovs-ofctl. It follows the
// OpenFlow Switch Specification 1.3.5; sections are cited where they rule. The package is pure: no connection, goroutine, clock or log.
//
//	frame ──Parse──▶ Header, Message ──Append──▶ frame
//	                    │       ▲
//	              Text, String  ParseFlow, ParseGroup, ParseMeter
//	                    ▼       │
//	"udp,in_port=3,nw_dst=239.1.1.1 actions=meter:3,group:7"
//
// # What is covered
//
//	symmetric       HELLO with version bitmap, ERROR with all codes of 1.3.5, ECHO, EXPERIMENTER (raw)
//	switch          FEATURES, GET_CONFIG, SET_CONFIG, ROLE, GET_ASYNC, SET_ASYNC, BARRIER, TABLE_MOD, PORT_MOD, QUEUE_GET_CONFIG
//	state           FLOW_MOD, GROUP_MOD, METER_MOD, PACKET_OUT
//	asynchronous    PACKET_IN, FLOW_REMOVED, PORT_STATUS
//	multipart       desc, flow, aggregate, table, port stats, queue, group, group desc, group features, meter, meter config, meter features,
//	                port desc; table features with raw properties; experimenter and unknown kinds raw
//	match           all 40 fields of the basic class; other classes and field numbers raw
//	instructions    all six; others raw
//	actions         all sixteen; others raw
//	meter bands     drop, dscp_remark, experimenter (raw data); others raw
//
// # What holds
//
//   - Parse never panics, and allocates no more than a small multiple of the frame, whatever the bytes. Every length is checked before it is used.
//   - What Parse accepts, Append writes, and parsing that gives the same message: parse and append reach a fixpoint in one step. Messages, actions,
//     instructions, fields and properties that are not known survive byte for byte. Padding of known structs is written as zeros.
//   - A message does not refer to the frame it came from, save PacketIn.Data. A Parser reuses its PacketIn; all else it returns is the caller's.
//   - A Match is an immutable string in wire form. Parse checks that it is whole fields of the right length; Match.Validate checks the
//     rest that a switch checks; Match.Canonical makes equal matches equal strings.
//   - One table of fields (field.go) gives lengths, masks, prerequisites, names and notations.
//
// # Limits
//
// One version, 1.3, on the wire; HELLO and ERROR are read in any. Values out of an enumeration (a command, a reason) are kept, not refused: that is
// for the switch to judge. Only ofp_match of type OXM is read. The text form has port numbers, not port names, and cannot say what
// a plain output's MaxLen is, which the standard gives no meaning. ParseFlow reads what FlowStats.Text and String write, and some more;
// it is no full ovs-ofctl.
package openflow
