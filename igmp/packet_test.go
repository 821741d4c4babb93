package igmp

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A version 3 report as a Linux host without an address sends it.
const reportPacket = "46 c0 0028 0000 4000 01 02 03fa 00000000 e0000016 94040000 |" +
	"22 00 e9fb 0000 0001 04 00 0000 ef010101"

func reportPacketParsed() Packet {
	return Packet{
		Src: addr("0.0.0.0"), Dst: addr("224.0.0.22"), TTL: 1, RouterAlert: true,
		Message: &ReportV3{Records: []Record{{Type: ChangeToExclude, Group: addr("239.1.1.1")}}},
	}
}

func TestPacketVector(t *testing.T) {
	b := unhex(t, reportPacket)
	header := append([]byte{}, b[:24]...)
	require.Equal(t, b[:24], seal(header, 10), "the vector's own checksum")

	p, err := ParsePacket(b)
	require.NoError(t, err)
	assert.Equal(t, reportPacketParsed(), p)

	out, err := AppendPacket([]byte("before"), p)
	require.NoError(t, err)
	assert.Equal(t, "before", string(out[:6]))
	assert.Equal(t, b, out[6:])
}

func TestParsePacketIgnoresPadding(t *testing.T) {
	// The shortest Ethernet frame has 46 bytes of payload.
	p, err := ParsePacket(append(unhex(t, reportPacket), 1, 2, 3, 4, 5, 6))
	require.NoError(t, err)
	assert.Equal(t, reportPacketParsed(), p)
}

func TestParsePacketTruncated(t *testing.T) {
	whole := unhex(t, reportPacket)
	for n := range whole {
		_, err := ParsePacket(whole[:n:n])
		var bad *ParseError
		require.ErrorAs(t, err, &bad, "%d bytes", n)
	}
}

func TestParsePacketRouterAlert(t *testing.T) {
	v2 := "16 00 f9fc ef010101"
	tests := []struct {
		name, options string
		want          bool
	}{
		{"none", "", false},
		{"router alert", "94040000", true},
		{"with a reserved value", "94040001", false},
		{"behind padding", "01010101 94040000", true},
		{"behind the end", "00000000 94040000", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			options := unhex(t, test.options)
			header := unhex(t, "40 c0 0000 0000 0000 01 02 0000 0a000001 ef010101")
			header[0] |= uint8((len(header) + len(options)) / 4)
			header[3] = uint8(len(header) + len(options) + 8)
			b := append(seal(append(header, options...), 10), unhex(t, v2)...)
			p, err := ParsePacket(b)
			require.NoError(t, err)
			assert.Equal(t, test.want, p.RouterAlert)
			assert.Equal(t, addr("10.0.0.1"), p.Src)
			assert.Equal(t, &Report{Version: V2, Group: addr("239.1.1.1")}, p.Message)
		})
	}
}

func TestParsePacketRefuses(t *testing.T) {
	tests := []struct {
		name   string
		damage func(b []byte)
		want   string
	}{
		{"IPv6", func(b []byte) { b[0] = 0x66 }, "IPv4 header at offset 0: IP version 6"},
		{"short header", func(b []byte) { b[0] = 0x44 }, "header of 16 bytes"},
		{"header longer than packet", func(b []byte) { b[3] = 20 }, "header of 24 bytes in a packet of 20"},
		{"total length too large", func(b []byte) { b[3] = 41 }, "offset 2: total length 41, have 40"},
		{"more fragments", func(b []byte) { b[6] = 0x20 }, "offset 6: a fragment"},
		{"last fragment", func(b []byte) { b[6], b[7] = 0, 1 }, "offset 6: a fragment"},
		{"TTL 0", func(b []byte) { b[8] = 0 }, "offset 8: TTL 0, need 1"},
		{"TTL 2", func(b []byte) { b[8] = 2 }, "offset 8: TTL 2, need 1"},
		{"UDP", func(b []byte) { b[9] = 17 }, "offset 9: protocol 17 is not IGMP"},
		{"option of length 0", func(b []byte) { b[21] = 0 }, "IPv4 option at offset 20"},
		{"option of length 1", func(b []byte) { b[21] = 1 }, "IPv4 option at offset 20"},
		{"another option", func(b []byte) { b[20] = 0x83 }, "option 131 of 4 bytes has no place before IGMP"},
		{"option too long", func(b []byte) { b[21] = 5 }, "IPv4 option at offset 20"},
		{"option without length", func(b []byte) { copy(b[20:], []byte{1, 1, 1, 0x94}) }, "IPv4 option at offset 23"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := unhex(t, reportPacket)
			test.damage(b)
			seal(b[:24], 10)
			_, err := ParsePacket(b)
			var bad *ParseError
			require.ErrorAs(t, err, &bad)
			assert.ErrorContains(t, err, test.want)
		})
	}
	t.Run("header checksum", func(t *testing.T) {
		b := unhex(t, reportPacket)
		b[11]++
		_, err := ParsePacket(b)
		assert.EqualError(t, err, "igmp: IPv4 header at offset 10: checksum 0x03fb is wrong")
	})
	t.Run("message checksum, offset from the packet's start", func(t *testing.T) {
		b := unhex(t, reportPacket)
		b[27]++
		_, err := ParsePacket(b)
		assert.EqualError(t, err, "igmp: checksum at offset 26: 0xe9fc is wrong")
	})
	t.Run("unknown message type", func(t *testing.T) {
		b := unhex(t, reportPacket)
		b[24] = 0x13
		seal(b[24:], 2)
		_, err := ParsePacket(b)
		assert.ErrorIs(t, err, ErrUnknownType)
	})
}

func TestAppendPacketDefaults(t *testing.T) {
	b, err := AppendPacket(nil, Packet{Message: &Leave{Group: addr("239.1.1.1")}})
	require.NoError(t, err)
	p, err := ParsePacket(b)
	require.NoError(t, err)
	assert.Equal(t, addr("0.0.0.0"), p.Src)
	assert.Equal(t, addr("224.0.0.2"), p.Dst)
	assert.EqualValues(t, 0xc0, b[1])
	assert.True(t, p.RouterAlert)
}

func TestAppendPacketRefuses(t *testing.T) {
	for name, p := range map[string]Packet{
		"no message":  {},
		"IPv6 source": {Src: addr("fe80::1"), Message: &Leave{Group: addr("239.1.1.1")}},
		"IPv6 group":  {Message: &Report{Version: V2, Group: addr("ff02::1")}},
		"bad message": {Message: &Leave{}},
		"too long":    {Message: &ReportV3{Records: longRecords(addr("239.1.1.1"))}},
	} {
		b, err := AppendPacket([]byte("before"), p)
		assert.Error(t, err, name)
		assert.Equal(t, "before", string(b), name)
	}
}
