package traffic

import (
	"encoding/binary"
	"fmt"
)

// HeaderSize is the bytes at the start of each payload that this package writes; the rest is padding.
const HeaderSize = 24

// MaxPayload is the largest payload that fits an Ethernet frame of 1500 bytes without IP fragments; with IPv6 it is 20 bytes less.
const MaxPayload = 1472

// packetMagic tells our payloads from other UDP ("XPNT").
const packetMagic = 0x58504e54

// Packet is the header of one payload: magic (4 bytes), stream (4), sequence (8), send time (8), big endian.
type Packet struct {
	Stream   uint32
	Sequence uint64
	SentAt   int64 // CLOCK_REALTIME, nanoseconds since 1970
}

// Append adds the 24 bytes of p to b.
func (p Packet) Append(b []byte) []byte {
	b = binary.BigEndian.AppendUint32(b, packetMagic)
	b = binary.BigEndian.AppendUint32(b, p.Stream)
	b = binary.BigEndian.AppendUint64(b, p.Sequence)
	return binary.BigEndian.AppendUint64(b, uint64(p.SentAt))
}

// ParsePacket reads the header of a payload. An error means that this package did not send it.
func ParsePacket(b []byte) (Packet, error) {
	if len(b) < HeaderSize {
		return Packet{}, fmt.Errorf("parse stream packet: %d bytes, need %d", len(b), HeaderSize)
	}
	if magic := binary.BigEndian.Uint32(b); magic != packetMagic {
		return Packet{}, fmt.Errorf("parse stream packet: magic %#08x at offset 0, want %#08x", magic, uint32(packetMagic))
	}
	return Packet{
		Stream:   binary.BigEndian.Uint32(b[4:]),
		Sequence: binary.BigEndian.Uint64(b[8:]),
		SentAt:   int64(binary.BigEndian.Uint64(b[16:])),
	}, nil
}
