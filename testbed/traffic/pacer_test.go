package traffic

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestPacerKeepsTheRate(t *testing.T) {
	start := time.Unix(1000, 0)
	p := pacer{rate: 10_000, burst: 1, start: start}
	sent := 0
	for at := time.Duration(0); at < time.Second; at += time.Millisecond {
		n := p.due(start.Add(at))
		assert.LessOrEqual(t, n, 11, "a burst of more than a millisecond")
		sent += n
	}
	assert.Equal(t, 9991, sent, "the packet due at 0, and ten for each millisecond after")
}

func TestPacerSendsAtNext(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		now := time.Unix(1000, 0)
		p := pacer{rate: rapid.IntRange(1, MaxRate).Draw(t, "rate"), burst: 1, start: now}
		for range 50 {
			require.Equal(t, 1, p.due(now), "exactly one is due at %v", now.Sub(p.start))
			require.Zero(t, p.due(p.next().Add(-time.Nanosecond)), "none is due before")
			now = p.next()
		}
	})
}

func TestPacerDoesNotMakeGoodALongPause(t *testing.T) {
	start := time.Unix(1000, 0)
	p := pacer{rate: 1000, burst: 1, start: start}
	require.Equal(t, 1, p.due(start))
	awake := start.Add(10 * time.Second)
	assert.Equal(t, 50, p.due(awake), "50 ms of packets")
	assert.Zero(t, p.due(awake))
	assert.Equal(t, 1000, p.due(awake.Add(40*time.Millisecond))+960, "and the rate again")
}

// TestPacerBursts: packets of a burst are due together, bursts at the rate, and after a long pause no more than is made good, in whole bursts.
func TestPacerBursts(t *testing.T) {
	start := time.Unix(1000, 0)
	p := pacer{rate: 1000, burst: 16, start: start}
	assert.Equal(t, 16, p.due(start))
	assert.Equal(t, start.Add(16*time.Millisecond), p.next())
	assert.Zero(t, p.due(start.Add(16*time.Millisecond-1)))
	assert.Equal(t, 16, p.due(start.Add(16*time.Millisecond)))
	sent := 32
	for at := 17 * time.Millisecond; at <= time.Second; at += time.Millisecond {
		sent += p.due(start.Add(at))
	}
	assert.Equal(t, 1008, sent)
	assert.Equal(t, 48, p.due(start.Add(time.Minute)))
	assert.Zero(t, p.due(start.Add(time.Minute+15*time.Millisecond)))
}
