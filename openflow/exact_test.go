package openflow

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// lost gives the bytes of a message that do not survive Parse and Append.
func lost(t *testing.T, frame []byte) (offsets []int, parsed bool) {
	h, m, err := Parse(frame)
	if err != nil || h.Version != Version { // what another version means is not for this package to send on
		return nil, false
	}
	again, err := Append(nil, h.XID, m)
	require.NoError(t, err, "%x", frame)
	require.Len(t, again, len(frame), "%x", frame)
	for i := range frame {
		if again[i] == frame[i] {
			continue
		}
		require.Zero(t, again[i], "byte %d of %x became %x", i, frame, again)
		offsets = append(offsets, i)
	}
	return offsets, true
}

// TestOnlyPaddingIsLost sets each byte of each message of the corpus to ones. Where the message is still one and the byte does not come back,
// it must be padding, as the standard has it ignored on receipt and zero on sending (OpenFlow 1.3.5 §7.1). The golden
// file lists all such bytes, to be held against the structs of the standard.
func TestOnlyPaddingIsLost(t *testing.T) {
	var b strings.Builder
	b.WriteString("# Bytes that Parse ignores, counted from the start of the message, for each message of the corpus.\n")
	for _, c := range corpus() {
		frame := encode(t, c.m)
		var ignored []int
		for i := range frame {
			old := frame[i]
			frame[i] = 0xff
			if list, ok := lost(t, frame); ok && len(list) > 0 {
				require.Equal(t, []int{i}, list, "%s: a change of one byte loses others", c.name)
				require.Zero(t, old, "%s: byte %d is no padding", c.name, i)
				ignored = append(ignored, i)
			}
			frame[i] = old
		}
		if len(ignored) > 0 {
			fmt.Fprintf(&b, "%s: %s\n", c.name, ranges(ignored))
		}
	}
	golden(t, "testdata/padding.golden", b.String())
}

// ranges writes ascending numbers as "1-3 7".
func ranges(list []int) string {
	var words []string
	for i := 0; i < len(list); {
		j := i
		for j+1 < len(list) && list[j+1] == list[j]+1 {
			j++
		}
		if i == j {
			words = append(words, fmt.Sprint(list[i]))
		} else {
			words = append(words, fmt.Sprintf("%d-%d", list[i], list[j]))
		}
		i = j + 1
	}
	return strings.Join(words, " ")
}

// TestExactAfterChange makes all changes of one byte: whatever still parses comes back byte for byte, save padding and what follows the zero
// that ends a name, which become zero.
func TestExactAfterChange(t *testing.T) {
	for _, frame := range frames(t) {
		if len(frame) > 1500 {
			continue
		}
		for i := range frame {
			old := frame[i]
			for _, v := range [...]byte{0, 1, 7, 8, 0x7f, 0x80, 0xff, old + 1, old - 1, old ^ 0x10} {
				frame[i] = v
				lost(t, frame)
			}
			frame[i] = old
		}
	}
}

// TestHelloIsExact keeps elements in any order and of any kind (OpenFlow 1.3.5 §7.5.1).
func TestHelloIsExact(t *testing.T) {
	bitmap := []byte{0, 1, 0, 8, 0, 0, 0, 0x12}
	long := []byte{0, 1, 0, 12, 0, 0, 0, 0x10, 0, 0, 0, 1, 0, 0, 0, 0}
	empty := []byte{0, 1, 0, 4, 0, 0, 0, 0}
	odd := []byte{0, 7, 0, 9, 1, 2, 3, 4, 5, 0, 0, 0, 0, 0, 0, 0}
	join := func(parts ...[]byte) []byte {
		body := []byte{4, 0, 0, 0, 0, 0, 0, 9}
		for _, p := range parts {
			body = append(body, p...)
		}
		put16(body[2:], uint16(len(body)))
		return body
	}
	for name, frame := range map[string][]byte{
		"bitmap":            join(bitmap),
		"bitmap, odd":       join(bitmap, odd),
		"odd, bitmap":       join(odd, bitmap),
		"odd, bitmap, odd":  join(odd, bitmap, odd),
		"odd":               join(odd),
		"long":              join(long),
		"long, bitmap":      join(long, bitmap),
		"empty":             join(empty),
		"empty, bitmap":     join(empty, bitmap),
		"none":              join(),
		"padding forgotten": join(long[:12]),
	} {
		h, m, err := Parse(frame)
		require.NoError(t, err, name)
		again, err := Append(nil, h.XID, m)
		require.NoError(t, err, name)
		assert.Equal(t, frame, again, name)
	}
}
