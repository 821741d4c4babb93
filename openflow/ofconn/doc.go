// Package ofconn is one OpenFlow 1.3 connection, at the controller's end or at the switch's.
//
//	            ┌──────────────────────── Conn ─────────────────────────┐
//	network ──▶ │ frames ─▶ Parse ─┬─ xid awaited? ─▶ Request, Batch     │
//	            │   (the goroutine └─ otherwise ────▶ Handler            │
//	            │    in Serve)                                          │
//	network ◀── │ writer ◀─ outbox ◀─ Send, Reply, Request, Batch        │ ◀── any goroutine
//	            └───────────────────────────────────────────────────────┘
//
// [Connect] and [Attach] run the handshake; [Conn.Serve] then reads until the end. [Listener] and [DialLoop] make connections. The example
// below is a controller and a switch that talk to each other.
//
// # Invariants
//
//   - Messages reach the handler in the order in which the switch sent them: there is one reader, and it is the goroutine
//     that called Serve. Batches are done in that order too, between two messages and never beside one.
//   - Messages leave in the order in which they were accepted. What gathers while the writer is busy leaves in one write.
//   - Nothing that sends waits for the network. A full queue is an error that the caller sees. A call for whose message somebody waits
//     writes it itself when the writer rests and the socket takes it at once, which saves handing it over; what it does not take is the
//     writer's.
//   - Every batch is done exactly once and every request returns, whatever happens to the connection.
//   - All is bounded: the queue, the requests that wait, a multipart answer, what is kept during the handshake, and by a
//     Listener the connections and the handshakes under way. See [Config].
//   - A connection has one goroutine of its own, the writer; Close and Serve wait for it.
//
// # A peer that misbehaves
//
//	what comes                                    answer                            and then
//	no length, no version, no type of OpenFlow    BAD_REQUEST: BAD_LEN, BAD_VERSION the end, a [FramingError]
//	a message of another version                  BAD_REQUEST: BAD_VERSION          it goes on
//	a body that cannot be read                    what [openflow.ParseError] says   it goes on; who waits for the answer is told
//	an OFPT_ERROR that cannot be read             none, lest two ends answer        it goes on
//	                                              each other for ever
//	a command, from a switch                      BAD_REQUEST: BAD_TYPE             it goes on
//	a second HELLO                                none                              it goes on: the version stays
//	an answer that nobody waits for               none                              it goes on
//	silence                                       ECHO_REQUEST                      the end, [ErrSilent]
//
// Answers carry the first 64 bytes of what they are about. Everything is counted in [Stats]; the first ten of the peer's faults, and then one
// a second, are logged with type, xid, field and offset. During the handshake less is forgiven: a wrong turn ends it, with
// HELLO_FAILED for a version that is not to be had. Time in which the handler blocks is not silence.
//
// That two switches come with the same datapath id is nothing that one connection can know: package crosspoint/controller/core
// refuses the second one.
//
// # Looking at it
//
// [Conn.Stats] has messages and bytes by type, what waits to be written and to be answered, and round trips. A [Tap] is shown every
// message; package crosspoint/openflow/ofconn/capture makes files for Wireshark of that.
//
// # Standard
//
// OpenFlow 1.3.5 §6.3.1 (connection setup), §6.4 (interruption), §7.1 (header and xid), §7.3.1 and §7.3.2 (features,
// configuration), §7.3.5 (multipart), §7.3.8 (barrier), §7.5.1–§7.5.4 (hello, echo, error).
//
// # Limits
//
// No auxiliary connections (§6.3.5) and no UDP or DTLS. A batch is sent whole or not at all, so it must fit
// Config.QueueBytes. A multipart request must fit one message.
package ofconn
