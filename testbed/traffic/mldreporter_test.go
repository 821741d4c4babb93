package traffic

import (
	"net"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"crosspoint/igmp"
)

// TestMLDReports has the project's own parser, which shares nothing with it, read what is made here.
func TestMLDReports(t *testing.T) {
	mac := net.HardwareAddr{0, 0, 0, 0, 0, 9}
	r := mldReporter{mac: mac, source: netip.MustParseAddr("fd00::1")}
	group := netip.MustParseAddr("ff15::7")
	for join, kind := range map[bool]igmp.RecordType{true: igmp.AllowNewSources, false: igmp.BlockOldSources} {
		f := r.frame(group, join)
		assert.Equal(t, igmp.MulticastMAC(igmp.AllMLDv2Routers()), [6]byte(f[:6]))
		p, err := igmp.ParseMLDPacket(f[ethernetHeader:])
		require.NoError(t, err)
		assert.Equal(t, igmp.LinkLocalOf([6]byte(mac)), p.Src)
		assert.Equal(t, &igmp.ReportV3{MLD: true, Records: []igmp.Record{{Type: kind, Group: group, Sources: []netip.Addr{r.source}}}}, p.Message)
	}
}
