package traffic

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestPacketBytes(t *testing.T) {
	p := Packet{Stream: 0x01020304, Sequence: 0x05060708090a0b0c, SentAt: 0x1112131415161718}
	want := []byte("XPNT\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x11\x12\x13\x14\x15\x16\x17\x18")
	b := p.Append(nil)
	require.Equal(t, want, b)
	require.Len(t, b, HeaderSize)

	got, err := ParsePacket(append(b, 1, 2, 3))
	require.NoError(t, err)
	assert.Equal(t, p, got)
}

func TestParsePacketRefuses(t *testing.T) {
	whole := Packet{Stream: 1}.Append(nil)
	for n := range HeaderSize {
		_, err := ParsePacket(whole[:n])
		assert.Error(t, err, "%d bytes", n)
	}
	whole[0] = 'x'
	_, err := ParsePacket(whole)
	assert.ErrorContains(t, err, "magic")
}

func TestParseFrame(t *testing.T) {
	good := frameOf(t, 0)
	d, ok := parseFrame(good)
	require.True(t, ok)
	assert.Equal(t, "10.0.0.1", d.source.String())
	assert.Equal(t, "239.1.2.3", d.group.String())
	assert.Equal(t, []byte("payload"), d.payload)

	withOptions, ok := parseFrame(frameOf(t, 4))
	require.True(t, ok)
	assert.Equal(t, []byte("payload"), withOptions.payload)

	for n := range ethernetHeader + 20 + udpHeader {
		_, ok := parseFrame(good[:n])
		assert.False(t, ok, "%d bytes", n)
	}
	unicast := frameOf(t, 0)
	unicast[ethernetHeader+16] = 10
	_, ok = parseFrame(unicast)
	assert.False(t, ok, "unicast")
}

func TestParseFrameIPv6(t *testing.T) {
	src, dst := netip.MustParseAddr("fd00::1"), netip.MustParseAddr("ff3e::1")
	good := append(make([]byte, 12), 0x86, 0xdd, 0x60, 0, 0, 0, 0, 15, protocolUDP, 16)
	good = append(append(good, src.AsSlice()...), dst.AsSlice()...)
	good = append(append(good, make([]byte, udpHeader)...), "payload"...)
	d, ok := parseFrame(good)
	require.True(t, ok)
	assert.Equal(t, datagram{source: src, group: dst, payload: []byte("payload")}, d)
	for n := range ethernetHeader + ipv6Header + udpHeader {
		_, ok := parseFrame(good[:n])
		assert.False(t, ok, "%d bytes", n)
	}
	good[ethernetHeader+24] = 0xfd
	_, ok = parseFrame(good)
	assert.False(t, ok, "unicast")
}

func TestParseFrameNeverPanics(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := rapid.SliceOfN(rapid.Byte(), 0, 100).Draw(t, "frame")
		if len(b) > ethernetHeader {
			kind := [][]byte{{8, 0, 0x40 | b[ethernetHeader]&0x0f}, {0x86, 0xdd, 0x60}}[b[0]%2]
			copy(b[12:], kind)
		}
		parseFrame(b)
	})
}

// frameOf is a multicast UDP frame with some IP options.
func frameOf(t *testing.T, options int) []byte {
	t.Helper()
	b := make([]byte, 12, 100)
	b = append(b, 8, 0, byte(0x45+options/4), 0, 0, 0, 0, 0, 0, 0, 16, protocolUDP, 0, 0, 10, 0, 0, 1, 239, 1, 2, 3)
	b = append(b, make([]byte, options+udpHeader)...)
	return append(b, "payload"...)
}
