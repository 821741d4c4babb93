package openflow

import (
	"bytes"
	"encoding/binary"
)

// decoder reads one message. Everything it hands around is a sub-slice of frame, and frame has no spare capacity: so the place of a
// sub-slice in the frame follows from its capacity, and no function has to carry offsets.
type decoder struct {
	typ    Type
	frame  []byte
	nested bool // the frame is a message inside another
	at     int  // where the frame starts in the outermost

	// Room for the next lists, allocated together with the message.
	instructionRoom []Instruction
	actionRoom      []Action
}

// take makes a list with room for n from the room that there is, or anew.
func take[T any](room *[]T, n int) []T {
	if n > len(*room) {
		return make([]T, 0, n)
	}
	list := (*room)[:0:n]
	*room = (*room)[n:]
	return list
}

// offset is where b starts in the outermost frame.
func (d *decoder) offset(b []byte) int { return d.at + cap(d.frame) - cap(b) }

// fail makes the error for what starts at b.
func (d *decoder) fail(b []byte, field, reason string, answer errorAnswer) error {
	return &ParseError{Type: d.typ, Field: field, Offset: d.offset(b), Reason: reason, answer: answer}
}

// exactly checks a part whose length the standard fixes.
func (d *decoder) exactly(b []byte, n int, field string) error {
	if len(b) == n {
		return nil
	}
	return d.fail(b, field, "is "+utoa(uint64(len(b)))+" bytes, want "+utoa(uint64(n)), badRequestLen)
}

// atLeast checks a part that other things may follow.
func (d *decoder) atLeast(b []byte, n int, field string) error {
	if len(b) >= n {
		return nil
	}
	return d.fail(b, field, "is "+utoa(uint64(len(b)))+" bytes, want at least "+utoa(uint64(n)), badRequestLen)
}

// element splits one element off b whose length field, size, was read from it. least is the shortest allowed, padded says whether
// the element's length has to be a multiple of eight.
func (d *decoder) element(b []byte, size, least int, padded bool, field string, answer errorAnswer) (elem, rest []byte, err error) {
	switch {
	case size < least:
		return nil, nil, d.fail(b, field, "length "+utoa(uint64(size))+" is less than "+utoa(uint64(least)), answer)
	case size > len(b):
		return nil, nil, d.fail(b, field, "length "+utoa(uint64(size))+" reaches past the end", answer)
	case padded && size%8 != 0:
		return nil, nil, d.fail(b, field, "length "+utoa(uint64(size))+" is not a multiple of 8", answer)
	}
	return b[:size], b[size:], nil
}

// records reads a list of records of one size that fills b.
func records[T any](d *decoder, b []byte, size int, field string, read func([]byte) T) ([]T, error) {
	if len(b)%size != 0 {
		return nil, d.fail(b, field, "is "+utoa(uint64(len(b)))+" bytes, not a multiple of "+utoa(uint64(size)), badRequestLen)
	}
	if len(b) == 0 {
		return nil, nil
	}
	list := make([]T, 0, len(b)/size)
	for ; len(b) > 0; b = b[size:] {
		list = append(list, read(b[:size]))
	}
	return list, nil
}

// makeList makes room for the elements of b, each of which has its length at byte at and takes a multiple of eight bytes. It counts as far
// as the lengths are possible; what is wrong with the others is for the caller to find.
func makeList[T any](b []byte, at, least int) []T {
	n := 0
	for len(b) >= least {
		size := (int(u16(b[at:])) + 7) &^ 7
		if size < least || size > len(b) {
			break
		}
		b = b[size:]
		n++
	}
	if n == 0 {
		return nil
	}
	return make([]T, 0, n)
}

// clone copies bytes, so that a message does not hold on to the frame. No bytes give nil.
func clone(b []byte) []byte {
	if len(b) == 0 {
		return nil
	}
	return bytes.Clone(b)
}

// cstring reads a name in a fixed field: up to the first zero byte.
func cstring(b []byte) string {
	if i := bytes.IndexByte(b, 0); i >= 0 {
		b = b[:i]
	}
	return string(b)
}

// Short names for the reads that fill this package.
func u16(b []byte) uint16 { return binary.BigEndian.Uint16(b) }
func u32(b []byte) uint32 { return binary.BigEndian.Uint32(b) }
func u64(b []byte) uint64 { return binary.BigEndian.Uint64(b) }
