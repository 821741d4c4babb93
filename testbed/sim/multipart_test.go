package sim

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"crosspoint/openflow"
)

// query sends a request, has each part cross the wire, and joins the parts.
func (b *bench) query(body openflow.RequestBody) (joined openflow.ReplyBody, parts int) {
	b.t.Helper()
	answers, refused := b.ask(&openflow.MultipartRequest{Body: body})
	require.Nil(b.t, refused)
	var bodies []openflow.ReplyBody
	for i, a := range answers {
		wire, err := openflow.Append(nil, 1, a)
		require.NoError(b.t, err)
		_, m, err := openflow.Parse(wire)
		require.NoError(b.t, err)
		part := m.(*openflow.MultipartReply)
		require.Equal(b.t, i < len(answers)-1, part.Flags&openflow.MultipartMore != 0)
		bodies = append(bodies, part.Body)
	}
	joined, err := openflow.JoinReplies(bodies)
	require.NoError(b.t, err)
	return joined, len(bodies)
}

var everything = openflow.FlowStatsRequest{Table: openflow.TableAll, OutPort: openflow.PortAny, OutGroup: openflow.GroupAny}

func TestLongListsComeInParts(t *testing.T) {
	b := newBench(t, 2)
	for i := range 2000 {
		b.ok(groupAdd(t, fmt.Sprintf("group_id=%d,type=all,bucket=actions=output:1,bucket=actions=output:2", i+1)))
		b.flow(fmt.Sprintf("priority=%d,udp,nw_dst=239.1.1.1 actions=set_field:46->ip_dscp,group:%d", i, i+1))
	}
	flows, parts := b.query(everything)
	assert.Len(t, flows, 2000)
	assert.Greater(t, parts, 2)
	assert.Equal(t, uint16(1999), flows.(openflow.FlowStatsReply)[0].Priority, "sorted, highest first")
	groups, parts := b.query(openflow.GroupDescRequest{})
	assert.Len(t, groups, 2000)
	assert.Greater(t, parts, 1)
	stats, _ := b.query(openflow.GroupStatsRequest{Group: openflow.GroupAll})
	assert.Len(t, stats, 2000)
	assert.Equal(t, uint32(1), stats.(openflow.GroupStatsReply)[0].RefCount)
}

func TestCounters(t *testing.T) {
	b := newBench(t, 3)
	b.ok(groupAdd(t, "group_id=1,type=all,bucket=actions=output:2,bucket=actions=output:3"))
	b.flow("in_port=1 actions=goto_table:1", "table=1,udp,tp_dst=5 actions=group:1")
	f := udp(t, "10.0.0.1", "239.1.1.1", 5, 100)
	b.s.SetPort(b.now, 3, false)
	b.now = b.now.Add(1500 * time.Millisecond)
	b.ports(1, f)
	b.ports(1, f)
	b.ports(1, udp(t, "10.0.0.1", "239.1.1.1", 6, 100))
	n := uint64(len(f))

	flows, _ := b.query(everything)
	assert.Equal(t, []uint64{3, 3 * n}, []uint64{flows.(openflow.FlowStatsReply)[0].PacketCount, flows.(openflow.FlowStatsReply)[0].ByteCount})
	assert.Equal(t, uint32(5e8), flows.(openflow.FlowStatsReply)[1].DurationNsec)
	sum, _ := b.query(openflow.AggregateRequest(everything))
	assert.Equal(t, openflow.AggregateReply{PacketCount: 5, ByteCount: 5 * n, FlowCount: 2}, sum)
	tables, _ := b.query(openflow.TableStatsRequest{})
	assert.Equal(t, openflow.TableStats{Table: 1, ActiveCount: 1, LookupCount: 3, MatchedCount: 2}, tables.(openflow.TableStatsReply)[1])
	one, _ := b.query(openflow.PortStatsRequest{Port: 2})
	assert.Equal(t, uint64(2), one.(openflow.PortStatsReply)[0].TxPackets)
	all, _ := b.query(openflow.PortStatsRequest{Port: openflow.PortAny})
	assert.Equal(t, uint64(3), all.(openflow.PortStatsReply)[0].RxPackets)
	assert.Equal(t, uint64(2), all.(openflow.PortStatsReply)[2].TxDropped)
	groups, _ := b.query(openflow.GroupStatsRequest{Group: 1})
	assert.Equal(t, []openflow.BucketCounter{{PacketCount: 2, ByteCount: 2 * n}, {PacketCount: 2, ByteCount: 2 * n}}, groups.(openflow.GroupStatsReply)[0].Buckets)
}

func TestDescriptions(t *testing.T) {
	b := newBench(t, 2)
	b.ok(kbps(4, 10, 20))
	desc, _ := b.query(openflow.DescRequest{})
	assert.Equal(t, "s1", desc.(openflow.Desc).Datapath)
	ports, _ := b.query(openflow.PortDescRequest{})
	assert.Len(t, ports, 2)
	meters, _ := b.query(openflow.MeterConfigRequest{Meter: openflow.MeterAll})
	assert.Equal(t, kbps(4, 10, 20).Bands, meters.(openflow.MeterConfigReply)[0].Bands)
	gf, _ := b.query(openflow.GroupFeaturesRequest{})
	assert.Equal(t, uint32(0xf), gf.(openflow.GroupFeatures).Types)
	mf, _ := b.query(openflow.MeterFeaturesRequest{})
	assert.Equal(t, uint32(1<<openflow.BandDrop), mf.(openflow.MeterFeatures).BandTypes)
}

func TestMultipartRefuses(t *testing.T) {
	b := newBench(t, 2)
	ask := func(body openflow.RequestBody) *openflow.MultipartRequest {
		return &openflow.MultipartRequest{Body: body}
	}
	bad := everything
	bad.Table = 254
	b.refuses(ask(bad), openflow.ErrBadRequest, openflow.CodeBadRequestTableID)
	bad = everything
	bad.Match = oxmBytes(0x8000, 12, false, 1, 2, 3, 4)
	b.refuses(ask(bad), openflow.ErrBadMatch, openflow.CodeBadMatchPrereq)
	b.refuses(ask(openflow.PortStatsRequest{Port: 9}), openflow.ErrBadRequest, openflow.CodeBadRequestPort)
	b.refuses(ask(openflow.MeterConfigRequest{Meter: 9}), openflow.ErrMeterModFailed, openflow.CodeMeterModUnknownMeter)
	b.refuses(ask(openflow.TableFeaturesRequest{}), openflow.ErrBadRequest, openflow.CodeBadRequestMultipart)
	b.refuses(ask(openflow.ExperimenterRequest{ID: 1}), openflow.ErrBadRequest, openflow.CodeBadRequestExperimenter)
}
