// Package ofconn is one OpenFlow 1.3 connection, at the controller's end or at the switch's.
//
//	            ┌──────────────────────── Conn ─────────────────────────┐
//	network ──▶ │ frames ─▶ Parse ─┬─ xid awaited? ─▶ Request, Batch     │
//	            │   (the goroutine └─ otherwise ────▶ Handler            │
//	            │    in Serve)                                          │
//	network ◀── │ writer ◀─ outbox ◀─ Send, Reply, Request, Batch        │ ◀── any goroutine
//	            └───────────────────────────────────────────────────────┘
//
// [Connect] and [Attach] run the handshake; [Conn.Serve] then reads until the end. [Listener] and [DialLoop] make connections.
//
// # Invariants
//
//   - Messages reach the handler in the order in which the switch sent them: there is one reader, and it is the goroutine
//     that called Serve. Batches are done in that order too, between two messages and never beside one.
//   - Messages leave in the order in which they were accepted. What gathers while the writer is busy leaves in one write.
//   - Nothing that sends waits for the network. A full queue is an error that the caller sees.
//   - Every batch is done exactly once and every request returns, whatever happens to the connection.
//   - All is bounded: the queue, the requests that wait, a multipart answer, what is kept during the handshake, and by a
//     Listener the connections and the handshakes under way. See [Config].
//   - A connection has one goroutine of its own, the writer; Close and Serve wait for it.
//
// # A peer that misbehaves
//
// What cannot be cut into messages any more ends the connection with a [FramingError]. A message whose body is wrong is answered
// with an OFPT_ERROR and counted, and the connection goes on. A second HELLO ends it. Silence is met with ECHO_REQUEST, then with the
// end. Time in which the handler blocks is not silence.
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
