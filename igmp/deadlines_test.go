package igmp

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// numbered is something with a deadline.
type numbered struct{ number, timer int }

func (n *numbered) place() *int { return &n.timer }

func TestDeadlinesAgainstAMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var d deadlines[*numbered]
		var keys [10]*numbered
		for i := range keys {
			keys[i] = &numbered{number: i}
		}
		oracle := map[int]int{}
		key, when := rapid.IntRange(0, 9), rapid.IntRange(0, 20)
		t.Repeat(map[string]func(*rapid.T){
			"set": func(t *rapid.T) {
				k, w := key.Draw(t, "key"), when.Draw(t, "when")
				d.set(keys[k], at(w))
				oracle[k] = w
			},
			"remove": func(t *rapid.T) {
				k := key.Draw(t, "key")
				d.remove(keys[k])
				delete(oracle, k)
			},
			"due": func(t *rapid.T) {
				now := when.Draw(t, "now")
				var have, want []int
				for k, ok := d.due(at(now)); ok; k, ok = d.due(at(now)) {
					have = append(have, k.number)
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
					have, there := d.get(keys[k])
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
	var d deadlines[*numbered]
	_, ok := d.get(&numbered{})
	assert.False(t, ok)
}
