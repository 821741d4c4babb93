package igmp

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var (
	mldSrc = addr("fe80::1")
	mldDst = addr("ff02::16")
)

// sealMLD writes the right checksum into an ICMPv6 message, by the pseudo-header written out (RFC 8200 §8.1).
func sealMLD(b []byte, src, dst netip.Addr) []byte {
	from, to := src.As16(), dst.As16()
	pseudo := append(append([]byte{}, from[:]...), to[:]...)
	pseudo = binary.BigEndian.AppendUint32(pseudo, uint32(len(b)))
	pseudo = append(pseudo, 0, 0, 0, 58)
	b[2], b[3] = 0, 0
	if len(b)%2 == 0 {
		binary.BigEndian.PutUint16(b[2:], slowChecksum(append(pseudo, b...)))
		return b
	}
	binary.BigEndian.PutUint16(b[2:], slowChecksum(append(append(pseudo, b...), 0)))
	return b
}

// mldVectors are messages written out by the layouts of RFC 2710 and RFC 3810, their checksums left open.
var mldVectors = []struct {
	name    string
	bytes   string
	message Message
	text    string
}{
	{
		"v1 general query, 10 s", "82 00 0000 2710 0000 | 00000000000000000000000000000000",
		&Query{Version: MLDv1, MaxResp: 10 * time.Second, Group: addr("::")}, "MLDv1 query general max-resp 10s",
	},
	{
		"v1 query, the field is linear", "82 00 0000 ffff 0000 | ff150000000000000000000000000001",
		&Query{Version: MLDv1, MaxResp: 65535 * time.Millisecond, Group: addr("ff15::1")}, "MLDv1 query ff15::1 max-resp 1m5.535s",
	},
	{
		"v1 report", "83 00 0000 0000 0000 | ff150000000000000000000000000001",
		&Report{Version: MLDv1, Group: addr("ff15::1")}, "MLDv1 report ff15::1",
	},
	{
		"v1 done", "84 00 0000 0000 0000 | ff150000000000000000000000000001",
		&Leave{Group: addr("ff15::1")}, "MLDv1 leave ff15::1",
	},
	{
		"v2 general query", "82 00 0000 2710 0000 | 00000000000000000000000000000000 | 02 7d 0000",
		&Query{Version: MLDv2, MaxResp: 10 * time.Second, Group: addr("::"), Robustness: 2, Interval: 125 * time.Second},
		"MLDv2 query general max-resp 10s interval 2m5s robustness 2",
	},
	{
		"v2 query of sources, floating-point delay and interval, suppressed",
		"82 00 0000 8001 0000 | ff350000000000000000000000000001 | 0f 8f 0002 | 20010db8000000000000000000000001 20010db8000000000000000000000002",
		&Query{
			Version: MLDv2, MaxResp: 32776 * time.Millisecond, Group: addr("ff35::1"), Sources: addrs("2001:db8::1 2001:db8::2"),
			SuppressRouter: true, Robustness: 7, Interval: 248 * time.Second,
		},
		"MLDv2 query ff35::1 {2001:db8::1 2001:db8::2} max-resp 32.776s interval 4m8s robustness 7 suppress",
	},
	{
		"v2 report without records", "8f 00 0000 0000 0000", &ReportV3{MLD: true, Records: []Record{}}, "MLDv2 report",
	},
	{
		"v2 report of two records, the first with auxiliary data",
		"8f 00 0000 0000 0002 | 05 01 0001 ff350000000000000000000000000001 20010db8000000000000000000000001 deadbeef | 04 00 0000 ff150000000000000000000000000001",
		&ReportV3{MLD: true, Records: []Record{
			{Type: AllowNewSources, Group: addr("ff35::1"), Sources: addrs("2001:db8::1"), Aux: []byte{0xde, 0xad, 0xbe, 0xef}},
			{Type: ChangeToExclude, Group: addr("ff15::1")},
		}},
		"MLDv2 report ALLOW_NEW_SOURCES ff35::1 {2001:db8::1}, CHANGE_TO_EXCLUDE_MODE ff15::1 {}",
	},
}

func TestMLDVectors(t *testing.T) {
	for _, v := range mldVectors {
		t.Run(v.name, func(t *testing.T) {
			b := sealMLD(unhex(t, v.bytes), mldSrc, mldDst)
			m, err := ParseMLD(b, mldSrc, mldDst)
			require.NoError(t, err)
			assert.Equal(t, v.message, m)
			assert.Equal(t, v.text, m.String())
			out, err := AppendMLD([]byte("before"), v.message, mldSrc, mldDst)
			require.NoError(t, err)
			assert.Equal(t, "before", string(out[:6]))
			assert.Equal(t, b, out[6:])

			for n := range b {
				_, err := ParseMLD(b[:n:n], mldSrc, mldDst)
				assert.Error(t, err, "%d bytes", n)
			}
			_, err = ParseMLD(b, addr("fe80::2"), mldDst)
			assert.ErrorContains(t, err, "checksum", "the addresses are part of it")
			_, err = ParseMLD(b, mldSrc, addr("ff02::1"))
			assert.ErrorContains(t, err, "checksum")
		})
	}
}

// TestMLDTruncated seals every prefix anew, so that the lengths inside are what is wrong.
func TestMLDTruncated(t *testing.T) {
	for _, v := range mldVectors {
		whole := unhex(t, v.bytes)
		for n := 4; n < len(whole); n++ {
			m, err := ParseMLD(sealMLD(append([]byte{}, whole[:n]...), mldSrc, mldDst), mldSrc, mldDst)
			if err == nil { // a v2 query of 24 bytes is one of v1
				assert.Equal(t, MLDv1, m.(*Query).Version, "%s: %d bytes", v.name, n)
			}
		}
	}
}

func TestMLDIgnoresWhatFollows(t *testing.T) {
	for _, v := range mldVectors {
		if q, is := v.message.(*Query); is && q.Version == MLDv1 {
			continue // its length is its version
		}
		b := unhex(t, v.bytes)
		b[1] = 7 // the code is not read (RFC 3810 §5.1.1)
		m, err := ParseMLD(sealMLD(append(b, 1, 2, 3), mldSrc, mldDst), mldSrc, mldDst)
		require.NoError(t, err, v.name)
		assert.Equal(t, v.message, m)
	}
}

func TestMLDRefuses(t *testing.T) {
	tests := map[string]struct{ bytes, want string }{
		"query of 26 bytes":            {"82 00 0000 0000 0000 | 00000000000000000000000000000000 | 0000", "26 bytes is the length of no version"},
		"sources in a general query":   {"82 00 0000 0000 0000 | 00000000000000000000000000000000 | 00 00 0001 | 20010db8000000000000000000000001", "1 sources in a general query"},
		"more sources than bytes":      {"82 00 0000 0000 0000 | ff150000000000000000000000000001 | 00 00 0002 | 20010db8000000000000000000000001", "2 sources in 16 bytes"},
		"more records than bytes":      {"8f 00 0000 0000 0002 | 04 00 0000 ff150000000000000000000000000001", "2 group records in 20 bytes"},
		"record with too many sources": {"8f 00 0000 0000 0001 | 04 00 ffff ff150000000000000000000000000001", "65535 sources"},
		"record with too much aux":     {"8f 00 0000 0000 0001 | 04 02 0000 ff150000000000000000000000000001 00000000", "8 bytes of auxiliary data in 4"},
		"short report of v1":           {"83 00 0000 0000 0000 | ff15000000000000", "16 bytes, need 24"},
		"neighbour solicitation":       {"87 00 0000 0000 0000 | ff150000000000000000000000000001", "unknown message type: ICMPv6 135"},
	}
	for name, test := range tests {
		_, err := ParseMLD(sealMLD(unhex(t, test.bytes), mldSrc, mldDst), mldSrc, mldDst)
		assert.ErrorContains(t, err, test.want, name)
	}
	_, err := ParseMLD(make([]byte, maxTotalLen+1), mldSrc, mldDst)
	assert.ErrorContains(t, err, "no IPv6 packet")
}

func TestAppendMLDRefuses(t *testing.T) {
	many := make([]Record, 3277)
	for i := range many {
		many[i] = Record{Type: ModeIsInclude, Group: addr("ff15::1")}
	}
	for want, m := range map[string]Message{
		"it is nil":                  nil,
		"IGMPv2 has another form":    &Report{Version: V2, Group: addr("ff15::1")},
		"is no version of MLD":       &Query{Version: V3},
		"it is one of IGMP":          &ReportV3{},
		"239.1.1.1 is not IPv6":      &Leave{Group: addr("239.1.1.1")},
		"MLDv1 has a max resp":       &Query{Version: MLDv1, MaxResp: 66 * time.Second},
		"max resp":                   &Query{Version: MLDv2, MaxResp: 8388 * time.Second},
		"general query has no":       &Query{Version: MLDv2, Sources: addrs("2001:db8::1")},
		"whole words":                &ReportV3{MLD: true, Records: []Record{{Group: addr("ff15::1"), Aux: []byte{1}}}},
		"without a zone":             &Leave{Group: addr("ff15::1%x")},
		"group records do not fit a": &ReportV3{MLD: true, Records: many},
	} {
		b, err := AppendMLD([]byte("x"), m, mldSrc, mldDst)
		assert.ErrorContains(t, err, want)
		assert.Equal(t, "x", string(b))
	}
	_, err := Append(nil, &ReportV3{MLD: true})
	assert.ErrorContains(t, err, "it is one of MLD")
	long := make([]netip.Addr, 4094)
	for i := range long {
		long[i] = addr("2001:db8::1")
	}
	_, err = AppendMLD(nil, &ReportV3{MLD: true, Records: []Record{{Group: addr("ff15::1"), Sources: long}}}, mldSrc, mldDst)
	assert.ErrorContains(t, err, "65532 bytes, at most 65527 fit")
}

// TestDelayCode holds the 16-bit Maximum Response Code to RFC 3810 §5.1.3.
func TestDelayCode(t *testing.T) {
	assert.EqualValues(t, 8387584, MaxDelayUnits)
	last := uint32(0)
	for code := range 1 << 16 {
		units := DecodeDelay(uint16(code))
		want := uint32(code)
		if code >= 32768 {
			want = (uint32(code&0xfff) | 0x1000) << (uint32(code)>>12&7 + 3)
		}
		require.Equal(t, want, units)
		require.EqualValues(t, code, EncodeDelay(units))
		if code > 0 {
			require.Greater(t, units, last)
			require.EqualValues(t, code-1, EncodeDelay(units-1), "rounded down")
		}
		last = units
	}
	assert.EqualValues(t, 0xffff, EncodeDelay(MaxDelayUnits+1))
}

// mldPacket is an MLDv2 report as a Linux host sends it, written out; the checksum is left to sealPacket6.
const mldPacket = "60000000 0024 00 01 fe800000000000000000000000000001 ff020000000000000000000000000016 |" +
	"3a 00 0502 0000 0100 | 8f 00 0000 0000 0001 | 04 00 0000 ff150000000000000000000000000001"

// sealPacket6 makes the checksum of an MLD packet right as far as b has room for it.
func sealPacket6(b []byte) []byte {
	if len(b) < 42 {
		return b
	}
	at, end := 48+int(b[41])*8, 40+int(binary.BigEndian.Uint16(b[4:]))
	if end <= len(b) && end >= at+4 {
		sealMLD(b[at:end], addrAt(b, 8, addr6Len), addrAt(b, 24, addr6Len))
	}
	return b
}

func TestMLDPacketVector(t *testing.T) {
	b := sealPacket6(unhex(t, mldPacket))
	want := Packet{
		Src: mldSrc, Dst: mldDst, TTL: 1, RouterAlert: true,
		Message: &ReportV3{MLD: true, Records: []Record{{Type: ChangeToExclude, Group: addr("ff15::1")}}},
	}
	for _, padded := range [][]byte{b, append(append([]byte{}, b...), 1, 2, 3)} {
		p, err := ParseMLDPacket(padded)
		require.NoError(t, err)
		assert.Equal(t, want, p)
	}
	out, err := AppendMLDPacket([]byte("x"), want)
	require.NoError(t, err)
	assert.Equal(t, b, out[1:])
	for n := range b {
		_, err := ParseMLDPacket(b[:n:n])
		var bad *ParseError
		require.ErrorAs(t, err, &bad, "%d bytes", n)
	}
}

// TestMLDPacketRefuses has what RFC 3810 §6.2 and §7.4 want of a packet, and what no host has a reason to send.
func TestMLDPacketRefuses(t *testing.T) {
	tests := []struct {
		name   string
		damage func(b []byte)
		want   string
	}{
		{"IPv4", func(b []byte) { b[0] = 0x45 }, "offset 0: IP version 4"},
		{"payload too long", func(b []byte) { b[5]++ }, "offset 4: payload length 37, have 36"},
		{"hop limit 0", func(b []byte) { b[7] = 0 }, "offset 7: hop limit 0, need 1"},
		{"hop limit 2", func(b []byte) { b[7] = 2 }, "offset 7: hop limit 2, need 1"},
		{"no hop-by-hop options", func(b []byte) { b[6] = 58 }, "offset 6: no hop-by-hop options"},
		{"fragment at once", func(b []byte) { b[6] = 44 }, "offset 6: a fragment"},
		{"fragment behind", func(b []byte) { b[40] = 44 }, "offset 40: a fragment"},
		{"destination options", func(b []byte) { b[40] = 60 }, "offset 40: header 60, need 58"},
		{"UDP", func(b []byte) { b[6] = 17 }, "offset 6: header 17, need 0"},
		{"options longer than the packet", func(b []byte) { b[41] = 9 }, "offset 41: 80 bytes in a payload of 36"},
		{"no router alert", func(b []byte) { copy(b[42:], []byte{1, 4, 0, 0, 0, 0}) }, "offset 42: no router alert"},
		{"router alert for RSVP", func(b []byte) { b[45] = 1 }, "offset 42: option 5 of 2 bytes has no place"},
		{"two router alerts", func(b []byte) { copy(b[40:], []byte{58, 0, 5, 2, 0, 0, 5, 2}) }, "offset 46: its length does not fit"},
		{"jumbo payload", func(b []byte) { b[42] = 0xc2 }, "offset 42: option 194 of 2 bytes has no place"},
		{"option too long", func(b []byte) { b[47] = 1 }, "IPv6 option at offset 46: its length"},
		{"global source", func(b []byte) { b[8], b[9] = 0x20, 0x01 }, "offset 8: source 2001::1 is not link-local"},
		{"multicast source", func(b []byte) { b[8], b[9] = 0xff, 0x02 }, "is not link-local"},
		{"checksum", nil, "checksum at offset 50"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := unhex(t, mldPacket)
			if test.damage != nil {
				test.damage(b)
				sealPacket6(b)
			}
			_, err := ParseMLDPacket(b)
			assert.ErrorContains(t, err, test.want)
		})
	}
	t.Run("two router alerts that fit", func(t *testing.T) {
		b := unhex(t, mldPacket)
		b = append(b[:48:48], append([]byte{5, 2, 0, 0, 1, 2, 0, 0}, b[48:]...)...)
		b[5], b[41] = 44, 1
		_, err := ParseMLDPacket(sealPacket6(b))
		assert.ErrorContains(t, err, "offset 48: option 5")
	})
}

// TestMLDSources has who may send what: a report may come from ::, a query may not (RFC 3810 §5.1.14, §5.2.13, RFC 3590
// §4).
func TestMLDSources(t *testing.T) {
	query, report := &Query{Version: MLDv2}, &ReportV3{MLD: true}
	for _, test := range []struct {
		src string
		m   Message
		ok  bool
	}{
		{"fe80::1", query, true}, {"::", query, false}, {"2001:db8::1", query, false},
		{"fe80::1", report, true}, {"::", report, true}, {"2001:db8::1", report, false},
		{"::", &Report{Version: MLDv1, Group: addr("ff15::1")}, true}, {"::", &Leave{Group: addr("ff15::1")}, true},
	} {
		name := fmt.Sprintf("%v from %s", test.m, test.src)
		b, err := AppendMLDPacket(nil, Packet{Src: addr(test.src), Message: test.m})
		assert.Equal(t, test.ok, err == nil, name)
		if !test.ok {
			assert.Empty(t, b)
			b, err = AppendMLDPacket(nil, Packet{Src: mldSrc, Message: test.m})
			require.NoError(t, err)
			src := addr(test.src).As16()
			copy(b[8:], src[:])
			sealPacket6(b)
		}
		_, err = ParseMLDPacket(b)
		assert.Equal(t, test.ok, err == nil, name)
	}
	_, err := AppendMLDPacket(nil, Packet{Src: addr("10.0.0.1"), Message: report})
	assert.ErrorContains(t, err, "not IPv6")
	_, err = AppendMLDPacket(nil, Packet{})
	assert.Error(t, err)
}

func TestMLDDestinations(t *testing.T) {
	for want, m := range map[string]Message{
		"ff02::1": &Query{Version: MLDv2}, "ff15::9": &Query{Version: MLDv1, Group: addr("ff15::9")},
		"ff02::2": &Leave{Group: addr("ff15::1")}, "ff02::16": &ReportV3{MLD: true}, "ff15::1": &Report{MLDv1, addr("ff15::1")},
	} {
		assert.Equal(t, addr(want), Destination(m))
	}
}

func TestAddresses(t *testing.T) {
	assert.Equal(t, addr("fe80::21b:21ff:fe3c:9df8"), LinkLocalOf([6]byte{0x00, 0x1b, 0x21, 0x3c, 0x9d, 0xf8}))
	assert.Equal(t, [6]byte{1, 0, 0x5e, 0x7f, 2, 3}, MulticastMAC(addr("239.255.2.3")))
	assert.Equal(t, [6]byte{0x33, 0x33, 0, 1, 0, 3}, MulticastMAC(addr("ff15::1:3")))
	for a, want := range map[string]bool{
		"232.0.0.0": true, "232.255.1.2": true, "231.255.255.255": false, "233.0.0.0": false, "239.1.1.1": false,
		"ff3e::8000:1": true, "ff35::1": true, "ff35:0:1::1": false, "ff3e:20::1": false, "ff15::1": false, "ff2e::1": false,
	} {
		assert.Equal(t, want, SourceSpecific(addr(a)), a)
	}
	for a, want := range map[string]bool{
		"224.0.0.251": true, "224.0.1.1": false, "ff02::fb": true, "ff01::1": true, "ff00::1": true, "ff32::1": true, "ff15::1": false, "ff05::1": false,
	} {
		assert.Equal(t, want, stays(addr(a)), a)
	}
}

func TestMLDReportFillsAFrame(t *testing.T) {
	most := maxSources6 + 1
	r := Record{Type: ModeIsInclude, Group: addr("ff35::1")}
	for i := range most {
		r.Sources = append(r.Sources, netip.AddrFrom16([16]byte{0: 0x20, 1: 1, 15: byte(i)}))
	}
	b, err := AppendMLDPacket(nil, Packet{Src: mldSrc, Message: &ReportV3{MLD: true, Records: []Record{r}}})
	require.NoError(t, err)
	assert.LessOrEqual(t, len(b), 1500)
	assert.Greater(t, len(b)+addr6Len, 1500, "one more does not fit, which the limit of sources counts on")
}

// FuzzParseMLDPacket looks for a panic, and for a packet that is not the same after it was written and read again. The
// checksum is made right first.
func FuzzParseMLDPacket(f *testing.F) {
	for _, v := range mldVectors {
		b, err := AppendMLDPacket(nil, Packet{Src: mldSrc, Message: v.message})
		require.NoError(f, err)
		f.Add(append(b, 0, 0))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		_, _ = ParseMLDPacket(b)
		p, err := ParseMLDPacket(sealPacket6(append([]byte{}, b...)))
		if err != nil {
			return
		}
		require.NotEmpty(t, p.Message.String())
		out, err := AppendMLDPacket(nil, p)
		require.NoError(t, err)
		require.LessOrEqual(t, len(out), len(b))
		again, err := ParseMLDPacket(out)
		require.NoError(t, err)
		require.Equal(t, p, again)
	})
}
