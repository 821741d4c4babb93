package traffic

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestWindowVerdicts(t *testing.T) {
	var w window
	for _, step := range []struct {
		seq  uint64
		want verdict
		lost uint64
	}{
		{100, inOrder, 0},
		{101, inOrder, 0},
		{104, inOrder, 2},
		{101, duplicated, 2},
		{103, late, 1},
		{103, duplicated, 1},
		{99, late, 1}, // before the first: that was the first, late
		{104 + windowSize, inOrder, windowSize},
		{104, duplicated, windowSize}, // too old to tell
		{105, late, windowSize - 1},
	} {
		require.Equal(t, step.want, w.add(step.seq), "sequence %d", step.seq)
		require.Equal(t, step.lost, w.lost(), "lost after %d", step.seq)
	}
}

func TestWindowAtTheEndOfNumbers(t *testing.T) {
	var w window
	assert.Equal(t, inOrder, w.add(^uint64(0)-1))
	assert.Equal(t, inOrder, w.add(^uint64(0)))
	assert.Equal(t, duplicated, w.add(0))
	assert.Zero(t, w.lost())
}

// TestWindowAgainstSet compares with an oracle that remembers everything.
func TestWindowAgainstSet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var w window
		seen := map[uint64]bool{}
		var low, high uint64
		at := uint64(rapid.IntRange(windowSize, 10*windowSize).Draw(t, "start"))
		for range rapid.IntRange(1, 200).Draw(t, "packets") {
			step := rapid.OneOf(rapid.IntRange(-5, 10), rapid.IntRange(-windowSize+1, 3*windowSize)).Draw(t, "step")
			at = uint64(max(int64(at)+int64(step), 1))
			want := inOrder
			switch {
			case len(seen) == 0:
				low, high = at, at
			case at > high:
				high = at
			case seen[at] || high-at >= windowSize:
				want = duplicated
			default:
				want, low = late, min(low, at)
			}
			require.Equal(t, want, w.add(at), "sequence %d", at)
			if want != duplicated {
				seen[at] = true
			}
			require.Equal(t, high-low+1-uint64(len(seen)), w.lost())
		}
	})
}
