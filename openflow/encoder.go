package openflow

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// ErrTooLong says that a message does not fit the 16-bit length of the header.
var ErrTooLong = errors.New("message longer than 65535 bytes")

// errNil is for a message, body, action or instruction that is not there.
var errNil = errors.New("nil value")

// Append writes a message with its header behind b and returns the longer slice. It fails when the message is longer than
// MaxMessageLen (ErrTooLong) or holds what has no wire form: a set-field whose payload does not fit its header, a name too long for
// its field, a nil action. Then b is returned unchanged. It does not allocate when b has room. Matches are not checked; see Match.Validate.
func Append(b []byte, xid uint32, m Message) ([]byte, error) {
	if m == nil {
		return b, fmt.Errorf("append message: %w", errNil)
	}
	start := len(b)
	out, h := grow(b, HeaderLen)
	h[0], h[1] = Version, byte(m.Type())
	put32(h[4:], xid)
	out, err := m.appendBody(out)
	n := len(out) - start
	if err == nil && n > MaxMessageLen {
		err = ErrTooLong
	}
	if err != nil {
		return b, fmt.Errorf("append %s: %w", m.Type(), err)
	}
	put16(out[start+2:], uint16(n))
	return out, nil
}

// grow makes b longer by n bytes and also returns the new part, whose content is undefined: the caller writes all of it.
func grow(b []byte, n int) (longer, added []byte) {
	l := len(b)
	if cap(b)-l < n {
		b = slices.Grow(b, n)
	}
	b = b[:l+n]
	return b, b[l:]
}

// growZero is grow with zeros, for structs with much padding.
func growZero(b []byte, n int) (longer, added []byte) {
	b, added = grow(b, n)
	clear(added)
	return b, added
}

// pad8 fills up with zeros to a multiple of eight, counted from start.
func pad8(b []byte, start int) []byte {
	for (len(b)-start)%8 != 0 {
		b = append(b, 0)
	}
	return b
}

// putName writes a name into a fixed field that is zero.
func putName(field []byte, name, what string) error {
	if len(name) > len(field) {
		return fmt.Errorf("%s %q: longer than %d bytes", what, name, len(field))
	}
	if strings.IndexByte(name, 0) >= 0 {
		return fmt.Errorf("%s %q: has a zero byte", what, name)
	}
	copy(field, name)
	return nil
}

// appendList writes records one after the other.
func appendList[T any](b []byte, list []T, one func([]byte, *T) ([]byte, error)) (_ []byte, err error) {
	for i := range list {
		if b, err = one(b, &list[i]); err != nil {
			return b, err
		}
	}
	return b, nil
}

// Short names for the writes that fill this package.
func put16(b []byte, v uint16) { binary.BigEndian.PutUint16(b, v) }
func put32(b []byte, v uint32) { binary.BigEndian.PutUint32(b, v) }
func put64(b []byte, v uint64) { binary.BigEndian.PutUint64(b, v) }
