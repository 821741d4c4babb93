package traffic

import (
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"crosspoint/testbed"
)

func TestReceptionOfAStream(t *testing.T) {
	const ms = int64(time.Millisecond)
	var a arrivals
	for _, p := range []struct {
		seq      uint64
		sent, at int64
	}{
		{5, 0, 1 * ms}, {6, 1 * ms, 2 * ms}, {6, 1 * ms, 3 * ms}, {9, 4 * ms, 13 * ms}, {8, 3 * ms, 14 * ms},
	} {
		a.add(true, Packet{Stream: 1, Sequence: p.seq, SentAt: p.sent}, arrivalTime{ns: p.at, atReception: true})
	}
	r := a.reception(streamKey{stream: 1, ours: true})
	assert.EqualValues(t, 4, r.Received, "each packet once")
	assert.EqualValues(t, 1, r.Lost)
	assert.EqualValues(t, 1, r.Duplicated)
	assert.EqualValues(t, 1, r.Reordered)
	assert.True(t, r.First.Equal(time.Unix(0, 1*ms)))
	assert.True(t, r.Last.Equal(time.Unix(0, 14*ms)))
	assert.Equal(t, 10*time.Millisecond, r.MaxGap)
	assert.True(t, r.MaxGapAt.Equal(time.Unix(0, 13*ms)))
	assert.Equal(t, 11*time.Millisecond, r.DelayMax)
	assert.InEpsilon(t, 2*time.Millisecond, r.DelayP50, 0.01)
	assert.InEpsilon(t, time.Millisecond, r.GapP50, 0.01)
	assert.Equal(t, testbed.ClockReception, r.Clock)
}

func TestReceptionOfOtherUDP(t *testing.T) {
	key, packet := keyOf(netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("239.0.0.1"), []byte("RTP, say"))
	assert.False(t, key.ours)
	var a arrivals
	a.add(key.ours, packet, arrivalTime{ns: 10, atReception: true})
	a.add(key.ours, packet, arrivalTime{ns: 30})
	r := a.reception(key)
	assert.EqualValues(t, 2, r.Received)
	assert.Zero(t, r.Lost)
	assert.Zero(t, r.Duplicated)
	assert.EqualValues(t, 20, r.MaxGap)
	assert.Zero(t, r.DelayMax)
	assert.Equal(t, testbed.ClockCapture, r.Clock, "the worse of two")
}

func TestSortReceptions(t *testing.T) {
	a, b := netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("10.0.0.2")
	rs := []testbed.Reception{{Host: "h10", Source: a}, {Host: "h2", Source: b}, {Host: "h2", Source: a, Stream: 2}, {Host: "h2", Source: a, Stream: 1}}
	SortReceptions(rs)
	assert.Equal(t, []testbed.Reception{
		{Host: "h2", Source: a, Stream: 1}, {Host: "h2", Source: a, Stream: 2}, {Host: "h2", Source: b}, {Host: "h10", Source: a},
	}, rs)
}
