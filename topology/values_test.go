package topology

import (
	"encoding/json"
	"math"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestSwitchIDText(t *testing.T) {
	assert.Equal(t, "0000000000000001", SwitchID(1).String())
	assert.Equal(t, "00-00-00-00-00-01", SwitchID(1).ChassisID())
	assert.Equal(t, "ff-ff-ff-ff-ff-fe", SwitchID(0x1234fffffffffffe).ChassisID(), "only the low 48 bits")
	for _, s := range []string{"ab", "0xab", "0XAB", "00000000000000ab", "0x00000000000000AB"} {
		id, err := ParseSwitchID(s)
		require.NoError(t, err, s)
		assert.Equal(t, SwitchID(0xab), id, s)
	}
	for _, s := range []string{"", "0x", "g", "1_0", "+1", "-1", "0x0x1", " 1", "00000000000000001", strings.Repeat("f", 1000)} {
		_, err := ParseSwitchID(s)
		require.Error(t, err, s)
		assert.Less(t, len(err.Error()), 200)
	}
}

func TestMACText(t *testing.T) {
	m := MAC{0xaa, 0xbb, 0x0c, 0xdd, 0xee, 0xff}
	assert.Equal(t, "aa:bb:0c:dd:ee:ff", m.String())
	assert.Equal(t, "aa-bb-0c-dd-ee-ff", m.Dashed())
	for _, s := range []string{m.String(), m.Dashed(), "AA:BB:0C:DD:EE:FF"} {
		got, err := ParseMAC(s)
		require.NoError(t, err, s)
		assert.Equal(t, m, got)
	}
	for _, s := range []string{"", "aa:bb:0c:dd:ee", "aa:bb-0c:dd:ee:ff", "aabb0cddeeff", "aa:bb:0c:dd:ee:fg", "aa bb 0c dd ee ff", "aa:bb:0c:dd:ee:ff:"} {
		_, err := ParseMAC(s)
		assert.Error(t, err, s)
	}
	assert.True(t, MAC{}.IsZero())
	assert.False(t, m.IsZero())
	assert.True(t, MAC{1}.IsMulticast())
	assert.True(t, MAC{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}.IsMulticast())
	assert.False(t, MAC{2}.IsMulticast())
}

func TestBandwidthText(t *testing.T) {
	for _, c := range []struct {
		b    Bandwidth
		want string
	}{
		{0, "0Gbit/s"},
		{1, "0.001kbit/s"},
		{500, "0.5kbit/s"},
		{1500, "1.5kbit/s"},
		{64 * Kbit, "64kbit/s"},
		{Mbit, "1Mbit/s"},
		{1500 * Kbit, "1500kbit/s"},
		{2500 * Mbit, "2500Mbit/s"},
		{10 * Gbit, "10Gbit/s"},
		{math.MaxUint64, "18446744073709551.615kbit/s"},
	} {
		assert.Equal(t, c.want, c.b.String())
	}
}

func TestParseBandwidth(t *testing.T) {
	for _, c := range []struct {
		s    string
		want Bandwidth
	}{
		{"0kbit/s", 0}, {"0.0Gbit/s", 0}, {"1.5Gbit/s", 1500 * Mbit}, {"0.001kbit/s", 1},
		{"1.000000000000000000000Mbit/s", Mbit}, {"18.446744073709551615Gbit/s", 0},
		{"18446744073.709551615Gbit/s", math.MaxUint64}, {"18446744073709551.615kbit/s", math.MaxUint64},
	} {
		got, err := ParseBandwidth(c.s)
		if c.s == "18.446744073709551615Gbit/s" {
			assert.ErrorContains(t, err, "finer", c.s)
			continue
		}
		require.NoError(t, err, c.s)
		assert.Equal(t, c.want, got, c.s)
	}
	for s, why := range map[string]string{
		"":                            "want a number",
		"1":                           "want a number",
		"1bit/s":                      "want a number",
		"1Kbit/s":                     "want a number",
		"1 Mbit/s":                    "malformed",
		"1Mbit/s ":                    "want a number",
		"01Mbit/s":                    "malformed",
		"-1Mbit/s":                    "malformed",
		"1.Mbit/s":                    "malformed",
		".5Mbit/s":                    "malformed",
		"1.2.3Mbit/s":                 "malformed",
		"1e3Mbit/s":                   "malformed",
		"kbit/s":                      "malformed",
		"0.0001kbit/s":                "finer",
		"18446744073.709551616Gbit/s": "too large",
		"99999999999999999999kbit/s":  "too large",
	} {
		_, err := ParseBandwidth(s)
		assert.ErrorContains(t, err, why, s)
	}
}

func TestBandwidthRoundTrip(t *testing.T) {
	pattern := regexp.MustCompile(`^(0|[1-9][0-9]*)(\.[0-9]+)?[kMG]bit/s$`)
	rapid.Check(t, func(t *rapid.T) {
		b := Bandwidth(rapid.Uint64().Draw(t, "b"))
		require.Regexp(t, pattern, b.String())
		got, err := ParseBandwidth(b.String())
		require.NoError(t, err)
		require.Equal(t, b, got)
	})
}

func FuzzParseBandwidth(f *testing.F) {
	for _, s := range []string{"1.5Gbit/s", "0kbit/s", "01Mbit/s", "9999999999999999999999Gbit/s"} {
		f.Add(s)
	}
	pattern := regexp.MustCompile(`^(0|[1-9][0-9]*)(\.[0-9]+)?[kMG]bit/s$`)
	f.Fuzz(func(t *testing.T, s string) {
		b, err := ParseBandwidth(s)
		if err != nil {
			return
		}
		require.Regexp(t, pattern, s)
		again, err := ParseBandwidth(b.String())
		require.NoError(t, err)
		require.Equal(t, b, again)
	})
}

func TestPortRefText(t *testing.T) {
	ref := PortRef{Switch: 0x1a, Port: 3}
	assert.Equal(t, "000000000000001a:3", ref.String())
	got, err := ParsePortRef("1a:3")
	require.NoError(t, err)
	assert.Equal(t, ref, got)
	for _, s := range []string{"", "1a", "1a:", ":1", "1a:x", "1a:4294967296", "1a:3:4"} {
		_, err := ParsePortRef(s)
		assert.Error(t, err, s)
	}
	l := Link{From: ref, To: PortRef{2, 1}}
	assert.Equal(t, "000000000000001a:3->0000000000000002:1", l.String())
	assert.Equal(t, Channel{PortRef: ref}, l.Channel())
	assert.Equal(t, "000000000000001a:3 egress", l.Channel().String())
	assert.Equal(t, "000000000000001a:3 ingress", Channel{ref, true}.String())
	assert.Equal(t, l, l.Reverse().Reverse())
}

// What is stored must come back, also where an id is the key of a map.
func TestValuesSurviveJSON(t *testing.T) {
	type stored struct {
		Into map[SwitchID]Link
		Port Port
		Host Host
	}
	into := map[SwitchID]Link{2: {PortRef{1, 1}, PortRef{2, 1}}}
	want := stored{into, Port{ID: 1, MAC: MAC{2}, Speed: 10 * Gbit}, Host{MAC: MAC{2, 3}, At: PortRef{1, 2}}}
	text, err := json.Marshal(want)
	require.NoError(t, err)
	assert.Contains(t, string(text), `"0000000000000002":{"From":`)
	assert.Contains(t, string(text), `"10Gbit/s"`)
	var have stored
	require.NoError(t, json.Unmarshal(text, &have))
	assert.Equal(t, want, have)
}
