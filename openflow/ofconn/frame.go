package ofconn

import (
	"encoding/binary"
	"fmt"
	"net"

	"crosspoint/openflow"
)

// Sizes of the chunks that the reader reads into, in bytes. A busy connection gets larger ones.
const (
	minChunk = 4 << 10
	maxChunk = 64 << 10
)

// shownBytes is how much of an offending message an error shows.
const shownBytes = 32

// frames cuts the stream from the peer into messages.
//
// Messages are slices of the chunk they were read into, and a packet-in that was parsed still points there. Therefore a
// chunk that handed out a packet-in is not used again: when it is full, a new one takes its place, and the old one lives as
// long as somebody holds a packet of it. One held packet keeps at most maxChunk bytes alive.
type frames struct {
	nc     net.Conn
	chunk  []byte
	start  int    // of the first byte not handed out
	end    int    // of what was read
	size   int    // of the next chunk
	offset uint64 // of chunk[start] in the stream
	lent   bool   // the chunk handed out a packet-in
	agreed bool   // the version is negotiated: every header must carry it
	watch  Watcher
}

// next hands out the next message, or nil when more must be read first.
func (f *frames) next() ([]byte, error) {
	have := f.chunk[f.start:f.end]
	if len(have) < openflow.HeaderLen {
		return nil, nil
	}
	if f.agreed && have[0] != openflow.Version && !foreignHeader(have) {
		reason := fmt.Sprintf("version 0x%02x and type %d are no OpenFlow", have[0], have[1])
		return nil, f.lost(openflow.CodeBadRequestVersion, reason)
	}
	length := frameLen(have)
	if length < openflow.HeaderLen {
		return nil, f.lost(openflow.CodeBadRequestLen, fmt.Sprintf("length %d is shorter than a header", length))
	}
	if length > len(have) {
		return nil, nil
	}
	f.lent = f.lent || openflow.Type(have[1]) == openflow.TypePacketIn
	f.start += length
	f.offset += uint64(length)
	if f.watch != nil {
		f.watch.Received(have[:length])
	}
	return have[:length:length], nil
}

// more tells whether another whole message is there, as far as its header can be trusted.
func (f *frames) more() bool {
	have := f.unread()
	return len(have) >= openflow.HeaderLen && frameLen(have) <= len(have)
}

// fill reads once. It makes room first: for the rest of the message that has begun, or for a fair number of new ones.
func (f *frames) fill() error {
	f.makeRoom()
	room := f.chunk[f.end:]
	n, err := f.nc.Read(room)
	f.end += n
	if n == len(room) {
		f.size = min(2*f.size, maxChunk)
	}
	if n > 0 {
		return nil // the error, if any, comes again
	}
	return err
}

func (f *frames) makeRoom() {
	have := f.unread()
	want := minChunk / 8
	if len(have) >= openflow.HeaderLen {
		want = max(want, frameLen(have)-len(have))
	}
	if len(f.chunk)-f.end >= want {
		return
	}
	f.size = max(f.size, minChunk)
	chunk := f.chunk
	if size := max(f.size, len(have)+want); f.lent || len(chunk) < size {
		chunk = make([]byte, size)
		f.lent = false
	}
	f.start, f.end = 0, copy(chunk, have)
	f.chunk = chunk
}

// unread is what was read and not handed out.
func (f *frames) unread() []byte { return f.chunk[f.start:f.end] }

// showRest shows the watcher what could not be cut into messages.
func (f *frames) showRest() {
	if rest := f.unread(); f.watch != nil && len(rest) > 0 {
		f.watch.Received(rest)
	}
}

func (f *frames) lost(code openflow.ErrorCode, reason string) error {
	return &FramingError{Peer: f.nc.RemoteAddr(), Offset: f.offset, Bytes: shown(f.unread()), Reason: reason, code: code}
}

// Bounds of headers that exist in some version of OpenFlow: 1.0 to 1.5, whose last type is OFPT_CONTROLLER_STATUS.
const (
	lastVersion = 0x06
	lastType    = 35
)

// foreignHeader tells whether a header of another version than the agreed one can be believed. All versions lay out the header alike
// (OpenFlow 1.3.5 §7.1), so such a message is cut out and answered with OFPBRC_BAD_VERSION; anything else is a stream that is out of step.
func foreignHeader(b []byte) bool { return b[0] >= 0x01 && b[0] <= lastVersion && b[1] <= lastType }

func headerXID(b []byte) uint32 { return binary.BigEndian.Uint32(b[4:]) }

// shown copies the first bytes for an error, which outlives the chunk.
func shown(b []byte) []byte { return append([]byte(nil), b[:min(len(b), shownBytes)]...) }

// frameLen is the length that a header tells.
func frameLen(b []byte) int { return int(binary.BigEndian.Uint16(b[2:])) }
