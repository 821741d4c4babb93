package core_test

import (
	"testing"
	"time"

	"crosspoint/controller/core"
	"crosspoint/testbed"
)

// BenchmarkProbes is one round of link discovery of 200 switches with 10 ports each, effects included.
func BenchmarkProbes(b *testing.B) {
	l := newLab(b, testbed.LeafSpine(2, 198, 8), func(c *core.Config) { c.LLDPInterval, c.LinkTTL = 100*time.Millisecond, 350*time.Millisecond })
	now := l.world.Now()
	b.ReportAllocs()
	for b.Loop() {
		now = now.Add(time.Millisecond)
		for l.state.Next().After(now) {
			now = l.state.Next()
		}
		l.state.Step(now, core.Tick{}, func(core.Order) {})
	}
}
