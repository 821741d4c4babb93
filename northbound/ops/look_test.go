package ops

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"

	"crosspoint/flows"
	"crosspoint/openflow"
)

// stepping is a switch that brings the counts of its entries up to date at intervals.
type stepping struct {
	rate     float64 // packets a second
	interval time.Duration
	phase    time.Duration
	stopped  time.Duration // when the stream ends
}

// at is what it answers after some time.
func (s stepping) at(t time.Duration) reading {
	shown := (t+s.phase)/s.interval*s.interval - s.phase
	packets := uint64(s.rate * min(shown, s.stopped).Seconds())
	return readingOf(time.Unix(1000, 0).Add(t), openflow.FlowStatsReply{{
		Table: flows.TableMulticast, PacketCount: packets, ByteCount: 1000 * packets,
		DurationSec: uint32(t / time.Second), DurationNsec: uint32(t % time.Second),
	}}, nil)
}

// watch takes readings from a moment on, each late by what late gives, and tells when the look was over.
func (s stepping) watch(l *look, now time.Duration, late func() time.Duration) time.Duration {
	limit := now + lastLook
	for l.begin(); !l.done && now < limit; {
		now += l.pause() + late()
		l.add(s.at(now))
	}
	l.end()
	return now
}

// TestRateOfSteppingCounts: wherever a look begins between two steps, and however late each reading comes, the rate is right within an eighth;
// so it is when the look goes on with an earlier one; and it never takes long.
func TestRateOfSteppingCounts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := stepping{
			rate:     rapid.Float64Range(200, 100_000).Draw(t, "rate"),
			interval: rapid.SampledFrom([]time.Duration{time.Microsecond, 500 * time.Millisecond, 600 * time.Millisecond}).Draw(t, "interval"),
			phase:    time.Duration(rapid.IntRange(0, 599).Draw(t, "phase")) * time.Millisecond,
			stopped:  time.Hour,
		}
		slowest := rapid.IntRange(0, 20).Draw(t, "slowest")
		late := func() time.Duration {
			return time.Duration(rapid.IntRange(0, slowest).Draw(t, "late")) * time.Millisecond
		}
		var l look
		now := 10 * time.Second
		for i := range 3 {
			began := now
			now = s.watch(&l, now, late)
			assert.Less(t, now-began, 2*time.Second)
			assert.InEpsilon(t, s.rate, l.traffic(reading.ofForwarded).PacketsPerSecond, 0.125, fmt.Sprintf("request %d, window %v", i, l.window()))
			now += time.Duration(rapid.IntRange(0, 1500).Draw(t, "rest")) * time.Millisecond
		}
	})
}

// TestRateOfStoppedStream: once nothing has grown for a second, nothing passes, whatever came before.
func TestRateOfStoppedStream(t *testing.T) {
	s := stepping{rate: 1000, interval: 500 * time.Millisecond, stopped: 10 * time.Second}
	var l look
	now := s.watch(&l, 8*time.Second, func() time.Duration { return 0 })
	assert.InEpsilon(t, 1000, l.traffic(reading.ofForwarded).PacketsPerSecond, 0.125)
	assert.Less(t, now, 10*time.Second)
	s.watch(&l, 10100*time.Millisecond, func() time.Duration { return 0 })
	assert.Equal(t, &Traffic{Packets: 10_000, Bytes: 10_000_000}, l.traffic(reading.ofForwarded))
	assert.GreaterOrEqual(t, l.window(), longLook)
}
