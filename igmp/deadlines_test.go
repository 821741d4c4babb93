package igmp

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestDeadlinesAgainstAMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d, oracle := newDeadlines[int](), map[int]int{}
		key, when := rapid.IntRange(0, 9), rapid.IntRange(0, 20)
		t.Repeat(map[string]func(*rapid.T){
			"set": func(t *rapid.T) {
				k, w := key.Draw(t, "key"), when.Draw(t, "when")
				d.set(k, at(w))
				oracle[k] = w
			},
			"remove": func(t *rapid.T) {
				k := key.Draw(t, "key")
				d.remove(k)
				delete(oracle, k)
			},
			"due": func(t *rapid.T) {
				now := when.Draw(t, "now")
				var have, want []int
				for k, ok := d.due(at(now)); ok; k, ok = d.due(at(now)) {
					have = append(have, k)
				}
				for k, w := range oracle {
					if w <= now {
						want = append(want, k)
						delete(oracle, k)
					}
				}
				slices.Sort(have)
				slices.Sort(want)
				require.Equal(t, want, have)
			},
			"": func(t *rapid.T) {
				_, first, ok := d.first()
				require.Equal(t, len(oracle) > 0, ok)
				earliest := 1 << 30
				for k, w := range oracle {
					have, there := d.get(k)
					require.True(t, there)
					require.Equal(t, at(w), have)
					earliest = min(earliest, w)
				}
				if ok {
					require.Equal(t, at(earliest), first)
				}
			},
		})
	})
	d := newDeadlines[int]()
	_, ok := d.get(1)
	assert.False(t, ok)
}
