package sim

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"
)

// The counters agree with a set, for any order with copies and losses within the window.
func TestReceptionAgainstSet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var r reception
		seen := map[uint64]bool{}
		var lowest, highest, duplicated, reordered uint64
		base := rapid.Uint64Range(0, 1<<40).Draw(t, "base")
		for i, d := range rapid.SliceOfN(rapid.Uint64Range(0, window-1), 1, 60).Draw(t, "offsets") {
			seq := base + d
			switch {
			case seen[seq]:
				duplicated++
			case i == 0:
				lowest, highest = seq, seq
			case seq < highest:
				reordered++
			}
			seen[seq] = true
			lowest, highest = min(lowest, seq), max(highest, seq)
			r.arrive(time.Duration(i), seq, 0, false)
		}
		assert.Equal(t, duplicated, r.duplicated)
		assert.Equal(t, reordered, r.reordered)
		assert.Equal(t, uint64(len(seen)), r.unique)
		assert.Equal(t, []uint64{lowest, highest}, []uint64{r.lowest, r.highest})
	})
}
