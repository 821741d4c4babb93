package traffic

import (
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"crosspoint/igmp"
	"crosspoint/testbed"
)

// TestReportFrames has the project's own parser read what a probe puts on the wire.
func TestReportFrames(t *testing.T) {
	mac := [6]byte{2, 0, 0, 0, 0, 1}
	for _, c := range []struct {
		by   By
		join bool
		want igmp.Message
	}{
		{ByV2, true, &igmp.Report{Version: igmp.V2, Group: group}},
		{ByV2, false, &igmp.Leave{Group: group}},
		{ByV3, true, &igmp.ReportV3{Records: []igmp.Record{{Type: igmp.AllowNewSources, Group: group}}}},
		{ByV3, false, &igmp.ReportV3{Records: []igmp.Record{{Type: igmp.BlockOldSources, Group: group}}}},
	} {
		if v3, ok := c.want.(*igmp.ReportV3); ok {
			v3.Records[0].Sources = append(v3.Records[0].Sources, addrB)
		}
		frame := ReportFrame(c.by, mac, addrA, addrB, group, c.join)
		assert.Equal(t, mac[:], frame[6:12], "sender")
		p, err := igmp.ParsePacket(frame[ethernetHeader:])
		require.NoError(t, err, "%s %v", c.by, c.join)
		assert.Equal(t, c.want, p.Message)
		assert.True(t, p.RouterAlert)
		assert.Equal(t, addrA, p.Src)
	}
}

// TestProbeOnVeth has nobody in between who could answer a join or a leave: the stream is always there.
func TestProbeOnVeth(t *testing.T) {
	p := newPair(t)
	require.NoError(t, p.a.Send(t.Context(), testbed.Stream{ID: 1, Group: group, Port: 5004, Rate: 10_000, Size: 100}))
	for _, by := range []By{ByV2, ByV3, ByKernel} {
		got, err := p.b.Probe(t.Context(), ProbeRequest{
			Source: addrA, Groups: []netip.Addr{group}, Count: 3, By: by, Hold: time.Millisecond, Quiet: 40 * time.Millisecond, Patience: 150 * time.Millisecond,
		})
		require.NoError(t, err)
		require.Len(t, got.Joins, 3, by)
		for _, d := range got.Joins {
			assert.Positive(t, d)
			assert.Less(t, d, 150*time.Millisecond)
		}
		assert.Equal(t, 3, got.Unanswered, "%s: no leave ends the stream", by)
	}
	_, err := p.a.StopSend(t.Context(), 1)
	require.NoError(t, err)
	got, err := p.b.Probe(t.Context(), ProbeRequest{
		Source: addrA, Groups: []netip.Addr{group}, Count: 2, By: ByV3, Quiet: time.Millisecond, Patience: 10 * time.Millisecond,
	})
	require.NoError(t, err)
	assert.Empty(t, got.Joins, "nothing was sent")
	assert.Equal(t, 2, got.Unanswered)
	assert.Len(t, got.Leaves, 2, "no packet came after them")
}

func TestFlood(t *testing.T) {
	p := newPair(t)
	sent, err := p.a.Flood(t.Context(), FloodRequest{Source: addrB, First: group, Groups: 3, Rate: 5_000, For: 200 * time.Millisecond})
	require.NoError(t, err)
	assert.InDelta(t, 1_000, float64(sent), 300)
	_, err = p.a.Flood(t.Context(), FloodRequest{First: group, Groups: 3, Rate: 0})
	assert.ErrorContains(t, err, "want groups")
	_, err = p.a.Probe(t.Context(), ProbeRequest{Count: 0})
	assert.ErrorContains(t, err, "probe: 0 joins of 0 groups")
}
