package igmp

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// FuzzParse looks for a panic, and for a message that is not the same after it was written and read again. The
// checksum is made right first; without that nearly every input would end there.
func FuzzParse(f *testing.F) {
	for _, v := range vectors {
		f.Add(unhex(f, v.bytes))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		_, _ = Parse(b)
		if len(b) < 4 || len(b) > maxLen {
			return
		}
		b = seal(bytes.Clone(b), 2)
		m, err := Parse(b)
		if err != nil {
			return
		}
		assert.NotEmpty(t, m.String())
		out, err := Append(nil, m)
		require.NoError(t, err)
		require.LessOrEqual(t, len(out), len(b))
		again, err := Parse(out)
		require.NoError(t, err)
		require.Equal(t, m, again)
		fixed, err := Append(nil, again)
		require.NoError(t, err)
		require.Equal(t, out, fixed)
	})
}

// FuzzParsePacket does the same with the IPv4 header around the message.
func FuzzParsePacket(f *testing.F) {
	f.Add(unhex(f, reportPacket))
	for _, v := range vectors {
		m, err := Parse(unhex(f, v.bytes))
		require.NoError(f, err)
		b, err := AppendPacket(nil, Packet{Message: m})
		require.NoError(f, err)
		f.Add(append(b, 0, 0))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		_, _ = ParsePacket(b)
		if len(b) > maxTotalLen {
			return
		}
		p, err := ParsePacket(sealPacket(bytes.Clone(b)))
		if err != nil {
			return
		}
		require.EqualValues(t, 1, p.TTL)
		out, err := AppendPacket(nil, p)
		if err != nil {
			require.Greater(t, len(b), maxLen, "only a packet that has no room for router alert: %v", err)
			return
		}
		again, err := ParsePacket(out)
		require.NoError(t, err)
		p.RouterAlert = true // AppendPacket always puts it there
		require.Equal(t, p, again)
	})
}

// sealPacket makes both checksums right as far as b has room for them.
func sealPacket(b []byte) []byte {
	if len(b) < ipHeaderLen {
		return b
	}
	header := int(b[0]&0x0f) * 4
	total := int(binary.BigEndian.Uint16(b[2:]))
	if header < ipHeaderLen || header > len(b) {
		return b
	}
	seal(b[:header], 10)
	if total <= len(b) && total >= header+4 {
		seal(b[header:total], 2)
	}
	return b
}
