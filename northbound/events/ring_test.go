package events

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"crosspoint/flows"
)

func text(b []byte) func(Cursor) ([]byte, error) {
	return func(Cursor) ([]byte, error) { return b, nil }
}

// TestCursors: they grow whatever the clock does, and read back.
func TestCursors(t *testing.T) {
	now := time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
	r := newRing(100, 1000, now)
	last := r.newest()
	for _, at := range []time.Time{now, now, now.Add(-time.Hour), now.Add(time.Second), now} {
		require.NoError(t, r.add(at, Flows, text(nil)))
		assert.Greater(t, r.newest(), last)
		last = r.newest()
		back, err := ParseCursor(last.String())
		require.NoError(t, err)
		assert.Equal(t, last, back)
	}
	assert.Equal(t, now.Add(time.Second+1), last.Time(), "the clock went back, the cursor did not")
	_, err := ParseCursor("1")
	assert.Error(t, err)
}

// TestRingKeepsTheLatest holds the ring to a list that forgets nothing.
func TestRingKeepsTheLatest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		now := time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
		most, mostBytes := rapid.IntRange(1, 20).Draw(t, "most"), rapid.IntRange(1, 200).Draw(t, "bytes")
		r := newRing(most, mostBytes, now)
		all := []record{{cursor: r.newest()}}
		for i := range rapid.IntRange(0, 60).Draw(t, "events") {
			body := make([]byte, rapid.IntRange(0, 250).Draw(t, "size"))
			require.NoError(t, r.add(now.Add(time.Duration(i)), Flows, text(body)))
			all = append(all, record{r.newest(), Flows, body})
			require.LessOrEqual(t, len(r.records), most)
			size := 0
			for _, rec := range r.records {
				size += len(rec.text)
			}
			require.Equal(t, size, r.bytes)
			require.LessOrEqual(t, size, mostBytes)
		}
		for i, at := range all {
			page := r.after(at.cursor, 1000)
			follows := all[i+1:]
			require.Equal(t, page.lost, len(follows) > len(r.records))
			require.Equal(t, !page.lost, r.knows(at.cursor, now.Add(time.Hour)))
			if !page.lost {
				require.Len(t, page.records, len(follows))
				for j := range follows {
					require.Equal(t, follows[j], page.records[j])
				}
			}
		}
	})
}

// TestUnknownCursors: nobody is sent on from a place that this ring did not give.
func TestUnknownCursors(t *testing.T) {
	now := time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
	r := newRing(100, 1000, now)
	at := func(d time.Duration) Cursor { return Cursor(flows.TAIOf(now.Add(d))) }
	later := now.Add(time.Minute)
	assert.False(t, r.knows(at(-1), later), "before the start")
	assert.True(t, r.knows(at(0), later))
	assert.False(t, r.knows(at(2*time.Minute), later), "of the future")
	// A moment between events is as good as a cursor: what comes next is above it, though the clock goes back.
	assert.True(t, r.knows(at(time.Minute), later))
	require.NoError(t, r.add(now, Flows, text([]byte("x"))))
	assert.Len(t, r.after(at(time.Minute), 10).records, 1)
}

func TestFrame(t *testing.T) {
	c := change{resource: Flows, id: "a", before: []byte(`{"a":1}`), after: []byte(`{"a":2}`)}
	got, err := c.encode(Cursor(3 * time.Second))
	require.NoError(t, err)
	assert.Equal(t, "id: 3:0\nevent: network-flows\ndata: "+
		`{"cursor":"3:0","resource":"network-flows","action":"updated","id":"a","before":{"a":1},"after":{"a":2}}`+"\n\n", string(got))
	assert.Equal(t, ": here\nid: 3:0\n\n", string(position(Cursor(3*time.Second))))
	assert.Equal(t, fmt.Sprintf("event: end\ndata: %s\n\n", `{"cursor":"3:0","reason":"why"}`), string(notice(0, End, Cursor(3*time.Second), "why")))
}
