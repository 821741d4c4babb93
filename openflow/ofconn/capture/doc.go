// Package capture writes what OpenFlow connections carry to a pcap file for Wireshark's dissector openflow_v4. Wireshark finds the
// messages by port 6653; for another port it has to be told, as in tshark -d tcp.port==6654,openflow.
//
//	Conn ──Received, Sent──▶ stream ──▶ queue, bounded ──▶ one goroutine ──▶ pcap file, bounded
//
// A [Capture] is an [ofconn.Tap]: put it into ofconn.Config.Tap. It sees the bytes above TLS, so that a capture of an encrypted session can
// be read.
//
// # What the file holds
//
// The framing is made up; the addresses and ports are the real ones. Each connection begins with a TCP handshake and ends with FIN, and every
// message is a packet of its own, or several when it is larger than a packet may be. Sequence numbers and checksums are right. The side with
// port 6653, or else with the lower port, is taken for the one that was connected to. A connection without IP addresses, as over a Unix
// socket, goes by 127.0.0.1, port 6653 at this end and made-up ports at the other. The last bytes of a connection that cannot be cut
// into messages are there too.
//
// Times are those at which this program read or wrote, in nanoseconds.
//
// # Invariants
//
//   - A connection never waits for the capture. What comes faster than the file takes it is left out, message by message, and counted; the
//     sequence numbers leave a gap then, which Wireshark shows ("previous segment not captured") and from which it goes on.
//   - The file never grows beyond its limit. When the next packet would, capture ends for good and says so in the log.
//   - What was shown is in the file at the latest when Close returns, and soon after it came as long as nothing else comes.
package capture
