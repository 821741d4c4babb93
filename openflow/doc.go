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
// All of OpenFlow 1.3.5 in both directions, and of the ONF's extensions to it that Open vSwitch speaks bundles (EXT-230), the flow monitor (EXT-187)
// and role status (EXT-191). The tables at the end, which come from the code, say what has a type; all else stays raw: messages
// and multiparts of other types and experimenters, match fields, actions, instructions, meter bands, properties of tables and queues.
//
// # What holds
//
//   - Parse never panics, whatever the bytes. Every length is checked before it is used.
//   - Parse allocates at most 14 bytes for each byte of the frame, and 1 KiB.
//   - What Parse accepts, Append writes byte for byte, what is not known included. Only padding, which the standard has zero on sending and ignored on
//     receipt, and what stands behind the zero that ends a name, are written as zeros.
//   - Append does not judge. Validate does: prerequisites, masks, what an action may do to what is matched, groups, meters. Its errors, and those of
//     Parse, say with which ERROR a switch answers: AnswerError makes it.
//   - A message does not refer to the frame it came from, save PacketIn.Data. A Parser reuses its PacketIn; all else it returns is the caller's.
//   - A Match is an immutable string in wire form. Parse checks that it is whole fields of the right length; Match.Validate checks the
//     rest that a switch checks; Match.Canonical makes equal matches equal strings.
//   - One table of fields (field.go) gives lengths, masks, prerequisites, names and notations.
//
// # Limits
//
// One version, 1.3, on the wire; HELLO and ERROR are read in any, but what a HELLO before 1.3 holds is dropped. Values out of an enumeration (a command, a reason) are kept, not refused: that is
// for the switch to judge. Only ofp_match of type OXM is read. The text form has port numbers, not port names, and cannot say what
// a plain output's MaxLen is, which the standard gives no meaning. ParseFlow reads what FlowStats.Text and String write, and some more;
// it is no full ovs-ofctl.
package openflow
