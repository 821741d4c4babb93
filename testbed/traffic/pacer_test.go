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
	p := pacer{rate: 10_000, start: start}
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
		p := pacer{rate: rapid.IntRange(1, MaxRate).Draw(t, "rate"), start: now}
		for range 50 {
			require.Equal(t, 1, p.due(now), "exactly one is due at %v", now.Sub(p.start))
			require.Zero(t, p.due(p.next().Add(-time.Nanosecond)), "none is due before")
			now = p.next()
		}
	})
}

func TestPacerDoesNotMakeGoodALongPause(t *testing.T) {
	start := time.Unix(1000, 0)
	p := pacer{rate: 1000, start: start}
	require.Equal(t, 1, p.due(start))
	awake := start.Add(10 * time.Second)
	assert.Equal(t, 50, p.due(awake), "50 ms of packets")
	assert.Zero(t, p.due(awake))
	assert.Equal(t, 1000, p.due(awake.Add(40*time.Millisecond))+960, "and the rate again")
}
