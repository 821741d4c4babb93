package topology

import (
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

var testKey = []byte("a key of the tests")

func testProbe() Probe {
	return Probe{Switch: 0x1234_0000_0000_0102, Port: 3, PortName: "s1-eth3", SrcMAC: macA, Stamp: 0x0102030405060708}
}

func TestProbeBytes(t *testing.T) {
	frame := AppendProbe([]byte("before"), testProbe(), 11*time.Second, testKey)
	require.Equal(t, "before", string(frame[:6]))
	frame = frame[6:]
	want := strings.Join([]string{
		"0180c200000e", "02000000000a", "88cc",
		"0207", "04", "000000000102", // chassis ID: MAC address
		"0408", "05", hex.EncodeToString([]byte("s1-eth3")), // port ID: interface name
		"0602", "000b", // TTL
		"fe28", "025850", "01", "1234000000000102", "00000003", "0102030405060708", // ours
	}, "")
	assert.Equal(t, want, hex.EncodeToString(frame[:len(want)/2]))
	assert.Equal(t, "0000", hex.EncodeToString(frame[len(want)/2+16:]), "the tag, then the End TLV")
	assert.Equal(t, frame, AppendProbe(nil, testProbe(), 11*time.Second, testKey), "deterministic")
	assert.NotEqual(t, frame, AppendProbe(nil, testProbe(), 11*time.Second, []byte("another")))
}

func TestProbeLengthAndTTL(t *testing.T) {
	p := testProbe()
	for name, want := range map[string]string{"": "3", "e": "e", strings.Repeat("n", 300): strings.Repeat("n", 255)} {
		p.PortName = name
		frame := AppendProbe(nil, p, time.Second, testKey)
		assert.GreaterOrEqual(t, len(frame), 75)
		info, err := ParseLLDP(frame, testKey)
		require.NoError(t, err)
		assert.Equal(t, want, info.PortID)
		assert.Equal(t, p.Port, info.Probe.Port)
	}
	for ttl, want := range map[time.Duration]time.Duration{
		0: time.Second, -1: time.Second, time.Millisecond: time.Second, time.Second + 1: 2 * time.Second,
		1 << 62: 65535 * time.Second,
	} {
		info, err := ParseLLDP(AppendProbe(nil, p, ttl, testKey), testKey)
		require.NoError(t, err)
		assert.Equal(t, want, info.TTL)
	}
}

func TestProbeRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := Probe{
			Switch:   SwitchID(rapid.Uint64().Draw(t, "switch")),
			Port:     PortID(rapid.Uint32().Draw(t, "port")),
			PortName: rapid.StringN(0, 255, 255).Draw(t, "name"),
			SrcMAC:   MAC(rapid.SliceOfN(rapid.Byte(), 6, 6).Draw(t, "mac")),
			Stamp:    rapid.Uint64().Draw(t, "stamp"),
		}
		key := rapid.SliceOf(rapid.Byte()).Draw(t, "key")
		info, err := ParseLLDP(AppendProbe(nil, p, time.Minute, key), key)
		require.NoError(t, err)
		require.Equal(t, &p, info.Probe)
		require.Equal(t, p.Switch.ChassisID(), info.ChassisID)
		require.Equal(t, p.SrcMAC, info.SrcMAC)
	})
}

// Another decoder must read our frame the same way.
func TestProbeReadByGopacket(t *testing.T) {
	p := testProbe()
	packet := gopacket.NewPacket(AppendProbe(nil, p, 11*time.Second, testKey), layers.LayerTypeEthernet, gopacket.Default)
	require.Nil(t, packet.ErrorLayer())
	ether := packet.Layer(layers.LayerTypeEthernet).(*layers.Ethernet)
	assert.Equal(t, p.SrcMAC[:], []byte(ether.SrcMAC))
	assert.Equal(t, layers.EthernetTypeLinkLayerDiscovery, ether.EthernetType)
	lldp := packet.Layer(layers.LayerTypeLinkLayerDiscovery).(*layers.LinkLayerDiscovery)
	assert.Equal(t, layers.LLDPChassisIDSubTypeMACAddr, lldp.ChassisID.Subtype)
	assert.Equal(t, []byte{0, 0, 0, 0, 1, 2}, lldp.ChassisID.ID)
	assert.Equal(t, layers.LLDPPortIDSubtypeIfaceName, lldp.PortID.Subtype)
	assert.Equal(t, "s1-eth3", string(lldp.PortID.ID))
	assert.Equal(t, uint16(11), lldp.TTL)
	require.Len(t, lldp.Values, 1)
	assert.Equal(t, layers.LLDPTLVOrgSpecific, lldp.Values[0].Type)
	assert.Equal(t, uint16(40), lldp.Values[0].Length)
}

// And we must read what another encoder writes.
func TestForeignFrame(t *testing.T) {
	lldp := &layers.LinkLayerDiscovery{
		ChassisID: layers.LLDPChassisID{Subtype: layers.LLDPChassisIDSubTypeMACAddr, ID: macB[:]},
		PortID:    layers.LLDPPortID{Subtype: layers.LLDPPortIDSubtypeMACAddr, ID: macA[:]},
		TTL:       120,
		Values: []layers.LinkLayerDiscoveryValue{
			{Type: layers.LLDPTLVSysName, Length: 8, Value: []byte("camera 1")},
			{Type: layers.LLDPTLVOrgSpecific, Length: 5, Value: []byte{0, 0x12, 0x0f, 1, 2}},
		},
	}
	buffer := gopacket.NewSerializeBuffer()
	require.NoError(t, gopacket.SerializeLayers(buffer, gopacket.SerializeOptions{},
		&layers.Ethernet{SrcMAC: macA[:], DstMAC: []byte{1, 0x80, 0xc2, 0, 0, 0xe}, EthernetType: layers.EthernetTypeLinkLayerDiscovery}, lldp))
	info, err := ParseLLDP(buffer.Bytes(), testKey)
	require.NoError(t, err)
	assert.Equal(t, LLDP{
		SrcMAC: macA, ChassisID: "02-00-00-00-00-0b", PortID: "02-00-00-00-00-0a", SystemName: "camera 1", TTL: 2 * time.Minute,
	}, info)
}

// lldpFrame is an Ethernet header and TLVs in hexadecimal, with spaces.
func lldpFrame(t testing.TB, tlvs string) []byte {
	b, err := hex.DecodeString(strings.ReplaceAll("0180c200000e 02000000000a 88cc "+tlvs, " ", ""))
	require.NoError(t, err)
	return b
}

func TestLLDPIDText(t *testing.T) {
	for _, c := range []struct{ tlvs, chassis, port string }{
		{"0207 04 0a0b0c0d0e0f 0404 05 657468", "0a-0b-0c-0d-0e-0f", "eth"},
		{"0206 05 01 0a000001 0406 04 01 0a000002", "10.0.0.1", "10.0.0.2"},
		{"0212 05 02 fe800000000000000000000000000001 0402 07 37", "fe80::1", "7"},
		{"0206 05 02 0a000001 0403 04 01 0a", "02-0a-00-00-01", "01-0a"}, // the family does not fit
		{"0205 07 68c3a96c 0403 07 ff41", "hél", "ff-41"},
		{"0203 07 0a41 0402 07 00", "0a-41", "00"}, // control characters
		{"0202 04 01 0402 03 02", "01", "02"},
		{"0203 06 413d 0402 01 3e", "A=", ">"},
	} {
		info, err := ParseLLDP(lldpFrame(t, c.tlvs+" 0602 0000 0000"), nil)
		require.NoError(t, err, c.tlvs)
		assert.Equal(t, c.chassis, info.ChassisID)
		assert.Equal(t, c.port, info.PortID)
		assert.Zero(t, info.TTL)
	}
}

func TestLLDPErrors(t *testing.T) {
	const chassis, port, life = "0202 07 41 ", "0402 07 42 ", "0602 0001 "
	for name, c := range map[string]struct {
		frame []byte
		want  error
	}{
		"nothing":           {nil, ErrNotLLDP},
		"another EtherType": {append(make([]byte, 12), 8, 0, 1, 2, 3), ErrNotLLDP},
		"no TLV":            {lldpFrame(t, ""), ErrMalformed},
		"End at once":       {lldpFrame(t, "0000"), ErrMalformed},
		"no TTL":            {lldpFrame(t, chassis+port), ErrMalformed},
		"End before TTL":    {lldpFrame(t, chassis+port+"0000"), ErrMalformed},
		"wrong order":       {lldpFrame(t, port+chassis+life), ErrMalformed},
		"chassis twice":     {lldpFrame(t, chassis+port+life+chassis), ErrMalformed},
		"empty chassis":     {lldpFrame(t, "0201 07"+port+life), ErrMalformed},
		"empty port":        {lldpFrame(t, chassis+"0401 07"+life), ErrMalformed},
		"long chassis":      {lldpFrame(t, "0301 07"+strings.Repeat("41", 256)+port+life), ErrMalformed},
		"long port":         {lldpFrame(t, chassis+"0501 07"+strings.Repeat("41", 256)+life), ErrMalformed},
		"short TTL":         {lldpFrame(t, chassis+port+"0601 01"), ErrMalformed},
		"half a header":     {lldpFrame(t, chassis+port+life+"fe"), ErrMalformed},
		"TLV too long":      {lldpFrame(t, chassis+port+life+"fe05 0102"), ErrMalformed},
		"our TLV cut":       {lldpFrame(t, chassis+port+life+"fe04 02585001 0000"), ErrForged},
	} {
		info, err := ParseLLDP(c.frame, testKey)
		assert.ErrorIs(t, err, c.want, name)
		assert.Zero(t, info, name)
	}
	_, err := ParseLLDP(lldpFrame(t, chassis+port+life), testKey)
	assert.NoError(t, err, "the End TLV may be missing")
}

// No octet of a probe but its destination can be changed without notice. (Another
// EtherType makes it no LLDP at all.)
func TestForgedProbe(t *testing.T) {
	frame := AppendProbe(nil, testProbe(), time.Minute, testKey)
	for i := 6; i < len(frame); i++ {
		for bit := range 8 {
			changed := append([]byte(nil), frame...)
			changed[i] ^= 1 << bit
			info, err := ParseLLDP(changed, testKey)
			require.Nil(t, info.Probe, "octet %d", i)
			if org := len(frame) - 2 - 40; i >= 6 && i < 12 || i >= org+4 && i < org+40 {
				require.ErrorIs(t, err, ErrForged, "octet %d", i)
			}
		}
	}
	_, err := ParseLLDP(frame, []byte("another key"))
	require.ErrorIs(t, err, ErrForged)

	inserted := append(append([]byte(nil), frame[:len(frame)-2]...), 0x0a, 1, 'x', 0, 0)
	_, err = ParseLLDP(inserted, testKey)
	require.ErrorIs(t, err, ErrForged, "a TLV after ours is not covered by the tag")
}

func TestTruncatedProbe(t *testing.T) {
	frame := AppendProbe(nil, testProbe(), time.Minute, testKey)
	for n := range frame {
		info, err := ParseLLDP(frame[:n:n], testKey)
		assert.Nil(t, info.Probe, "%d octets", n)
		if ttlEnd := len(frame) - 2 - 42; n != ttlEnd {
			assert.Error(t, err, "%d octets", n)
		}
	}
}

func TestParseKeepsNothingOfTheFrame(t *testing.T) {
	frame := AppendProbe(nil, testProbe(), time.Minute, testKey)
	info, err := ParseLLDP(frame, testKey)
	require.NoError(t, err)
	clear(frame)
	assert.Equal(t, "s1-eth3", info.PortID)
	assert.Equal(t, testProbe(), *info.Probe)
}

func FuzzParseLLDP(f *testing.F) {
	frame := AppendProbe(nil, testProbe(), time.Minute, testKey)
	for n := range frame {
		f.Add(frame[:n])
	}
	f.Add(frame)
	f.Add(lldpFrame(f, "0206 05 01 0a000001 0406 04 01 0a000002 0602 0001 0000"))
	f.Fuzz(func(t *testing.T, frame []byte) {
		info, err := ParseLLDP(frame, testKey)
		if err != nil {
			require.Zero(t, info)
			return
		}
		require.NotEmpty(t, info.ChassisID)
		require.NotEmpty(t, info.PortID)
		if info.Probe == nil {
			return
		}
		// What verifies is what we would write, but for destination and padding.
		again := AppendProbe(nil, *info.Probe, info.TTL, testKey)
		require.Equal(t, again[6:], frame[6:len(again)])
	})
}

func BenchmarkAppendProbe(b *testing.B) {
	buffer := make([]byte, 0, 256)
	for b.Loop() {
		buffer = AppendProbe(buffer[:0], testProbe(), time.Minute, testKey)
	}
}
