package capture

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/google/gopacket/pcapgo"

	"crosspoint/openflow"
)

// Sizes in bytes.
const (
	fileHeader   = 24
	recordHeader = 16
	snapLen      = 1 << 16
	// maxPayload is what one packet carries: with its headers, a little less than an IP packet may have.
	maxPayload = 65000
)

// errFull is the end of a capture by its limit.
var errFull = errors.New("the capture file has reached its limit")

// output turns events into packets in a file.
type output struct {
	file     io.WriteCloser
	buffer   *bufio.Writer
	pcap     *pcapgo.Writer
	limit    int64
	size     int64
	messages uint64
	last     time.Time
	packet   gopacket.SerializeBuffer // used again for each packet
}

func newOutput(file io.WriteCloser, limit int64) *output {
	buffer := bufio.NewWriterSize(file, 1<<16)
	return &output{file: file, buffer: buffer, pcap: pcapgo.NewWriterNanos(buffer), limit: limit, packet: gopacket.NewSerializeBuffer()}
}

func (o *output) begin() error {
	if fileHeader > o.limit {
		return errFull
	}
	o.size = fileHeader
	return o.pcap.WriteFileHeader(snapLen, layers.LinkTypeEthernet)
}

func (o *output) flush() error { return o.buffer.Flush() }

func (o *output) close() error { return o.file.Close() }

// put writes the packets of one event.
func (o *output) put(ev event) error {
	if ev.at.After(o.last) { // the wall clock may be set back; packets in a file must not go back
		o.last = ev.at
	}
	switch ev.kind {
	case opened:
		return o.handshake(ev)
	case closed:
		return o.goodbye(ev)
	}
	from := segment{ends: ev.ends, fromLocal: ev.kind == sent, seq: ev.seq, push: true}
	for rest := ev.data; len(rest) > 0; {
		n := messageLen(rest)
		if err := o.message(&from, rest[:n]); err != nil {
			return err
		}
		rest = rest[n:]
	}
	return nil
}

// messageLen is the length of the first message, or of all when there is none.
func messageLen(b []byte) int {
	h, err := openflow.ParseHeader(b)
	if err != nil {
		return len(b)
	}
	return min(int(h.Length), len(b))
}

// messagesIn counts what messageLen cuts.
func messagesIn(b []byte) (n uint64) {
	for ; len(b) > 0; b = b[messageLen(b):] {
		n++
	}
	return n
}

// message writes one message, in as many packets as it takes, all or none.
func (o *output) message(s *segment, b []byte) error {
	packets := int64(len(b)+maxPayload-1) / maxPayload
	if o.size+int64(len(b))+packets*(recordHeader+s.headers()) > o.limit {
		return errFull
	}
	for len(b) > 0 {
		n := min(len(b), maxPayload)
		if err := o.segment(*s, b[:n]); err != nil {
			return err
		}
		s.advance(n)
		b = b[n:]
	}
	o.messages++
	return nil
}

// handshake writes SYN, SYN and ACK, ACK (RFC 9293 §3.5).
func (o *output) handshake(ev event) error {
	first := segment{ends: ev.ends, fromLocal: !ev.ends.localListens(), seq: ev.seq, syn: true, noAck: true}
	second := segment{ends: ev.ends, fromLocal: !first.fromLocal, seq: ev.seq, syn: true, ackOne: true}
	third := segment{ends: ev.ends, fromLocal: first.fromLocal, seq: sequence{ev.seq.local + 1, ev.seq.remote + 1}}
	return o.all(first, second, third)
}

// goodbye writes FIN from this end, FIN and ACK from the other, ACK (RFC 9293 §3.6).
func (o *output) goodbye(ev event) error {
	first := segment{ends: ev.ends, fromLocal: true, seq: ev.seq, fin: true}
	second := segment{ends: ev.ends, seq: ev.seq, fin: true, ackOne: true}
	third := segment{ends: ev.ends, fromLocal: true, seq: sequence{ev.seq.local + 1, ev.seq.remote + 1}}
	return o.all(first, second, third)
}

// all writes packets without payload, all or none.
func (o *output) all(list ...segment) error {
	size := o.size
	for _, s := range list {
		size += recordHeader + s.headers()
	}
	if size > o.limit {
		return errFull
	}
	for _, s := range list {
		if err := o.segment(s, nil); err != nil {
			return err
		}
	}
	return nil
}

func (o *output) segment(s segment, payload []byte) error {
	b, err := s.serialize(o.packet, payload)
	if err != nil {
		return err
	}
	o.size += recordHeader + int64(len(b))
	return o.pcap.WritePacket(gopacket.CaptureInfo{Timestamp: o.last, CaptureLength: len(b), Length: len(b)}, b)
}

// macOf makes a hardware address up: locally administered, and the same for the same IP address.
func macOf(addr []byte) []byte {
	return binary.BigEndian.AppendUint32([]byte{2, 0}, binary.BigEndian.Uint32(addr[len(addr)-4:]))
}
