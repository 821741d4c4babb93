package events

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"

	logtest "github.com/sirupsen/logrus/hooks/test"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"crosspoint/controller/core"
	"crosspoint/northbound/ops"
	"crosspoint/topology"
)

func told(changes []change) []string {
	var out []string
	for _, c := range changes {
		out = append(out, string(c.action()))
	}
	return out
}

func denial(n int, count uint64) *core.Denial {
	return &core.Denial{
		Kind: core.DeniedJoin, MAC: topology.MAC{2, 0, 0, 0, byte(n >> 8), byte(n)}, Addr: netip.MustParseAddr("10.0.0.9"),
		Group: netip.MustParseAddr("239.1.1.1"), Reason: "because", Count: count,
	}
}

// TestRun: what is there at the start is not told, what changes is, and a look at the same snapshot costs nothing.
func TestRun(t *testing.T) {
	w := newWorld()
	w.endpoints[idOf("endpoint", 1)] = &core.EndpointView{}
	w.endpoints[idOf("endpoint", 1)].ID = idOf("endpoint", 1)
	c := &fake{state: w.snapshot()}
	a, _ := run(t, Config{Controller: c, Interval: time.Millisecond})
	server := serve(t, a)
	eventually(t, "a look", func() bool { return c.looks() > 0 })
	got := watch(t, Client{Base: server.URL}, 0)
	eventually(t, "it is in", func() bool { return a.Stats().Subscribers == 1 })
	w.endpoints[idOf("endpoint", 2)] = &core.EndpointView{}
	w.endpoints[idOf("endpoint", 2)].ID = idOf("endpoint", 2)
	s := w.snapshot()
	s.Denials = []*core.Denial{denial(1, 1)}
	c.set(s)
	eventually(t, "two events", func() bool { return len(got.events()) == 2 })
	seen := c.looks()
	eventually(t, "more looks", func() bool { return c.looks() > seen+3 })
	events := got.events()
	require.Len(t, events, 2)
	assert.Equal(t, Endpoints, events[0].Resource)
	assert.Equal(t, Created, events[0].Action)
	assert.Equal(t, idOf("endpoint", 2).String(), events[0].ID)
	assert.Contains(t, string(events[0].After), idOf("endpoint", 2).String())
	assert.Nil(t, events[0].Before)
	assert.Equal(t, Denials, events[1].Resource)
	assert.Equal(t, "because", decode[ops.Denial](t, events[1].After).Reason)
	assert.Greater(t, events[1].Cursor, events[0].Cursor)
	assert.EqualValues(t, 2, a.Stats().Events)
}

// TestDenials: one that counts on is told once a second, of many at once some have to wait, and what was never told is never taken back.
func TestDenials(t *testing.T) {
	now := time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
	var l denialLog
	require.NoError(t, l.start(&core.Snapshot{Denials: []*core.Denial{denial(0, 1)}}, now))
	look := func(after time.Duration, list ...*core.Denial) ([]change, bool) {
		now = now.Add(after)
		changes, err := l.look(&core.Snapshot{Denials: list}, now)
		require.NoError(t, err)
		return changes, l.waits
	}
	changes, waits := look(time.Millisecond, denial(0, 1))
	assert.Empty(t, changes)
	assert.False(t, waits)
	changes, waits = look(time.Millisecond, denial(0, 2))
	assert.Empty(t, changes)
	assert.True(t, waits, "it was told of a moment ago")
	changes, waits = look(time.Second, denial(0, 5))
	assert.Equal(t, []string{"updated"}, told(changes))
	assert.False(t, waits)
	assert.EqualValues(t, 5, decode[ops.Denial](t, changes[0].after).Count)
	assert.EqualValues(t, 1, decode[ops.Denial](t, changes[0].before).Count)

	var flood []*core.Denial
	for n := range 100 {
		flood = append(flood, denial(n, 5))
	}
	ids := map[string]bool{}
	for range 5 {
		changes, waits = look(time.Millisecond, flood...)
		assert.Len(t, changes, denialsPerLook)
		assert.True(t, waits)
		for _, c := range changes {
			assert.False(t, ids[c.id], "told twice")
			ids[c.id] = true
		}
	}
	changes, waits = look(time.Millisecond)
	assert.Len(t, changes, 5*denialsPerLook+1)
	assert.False(t, waits)
	assert.Equal(t, []string{"deleted"}, slices.Compact(told(changes)))
	assert.Empty(t, l.told)
}

// TestDenialsOfOtherPorts: a port with any number of denials, and more at every look, does not hold up the first of another.
func TestDenialsOfOtherPorts(t *testing.T) {
	now := time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
	var l denialLog
	require.NoError(t, l.start(&core.Snapshot{}, now))
	var list []*core.Denial
	for look := range 20 {
		for n := range 200 {
			list = append([]*core.Denial{denial(200*look+n, 1)}, list...)
		}
		if look == 10 {
			other := denial(9, 1)
			other.At.Port = 7
			list = append([]*core.Denial{other}, list...)
		}
		changes, err := l.look(&core.Snapshot{Denials: list}, now.Add(time.Duration(look)*time.Millisecond))
		require.NoError(t, err)
		require.Len(t, changes, denialsPerLook)
		_, told := l.told[keyOf(&core.Denial{
			Kind: core.DeniedJoin, MAC: topology.MAC{2, 0, 0, 0, 0, 9}, Addr: netip.MustParseAddr("10.0.0.9"), At: topology.PortRef{Port: 7},
			Group: netip.MustParseAddr("239.1.1.1"), Reason: "because",
		})]
		assert.Equal(t, look >= 10, told, "look %d", look)
	}
	_, err := l.look(&core.Snapshot{}, now.Add(time.Second))
	require.NoError(t, err)
	assert.Empty(t, l.turns)
}

// TestWaitingDenialsAreTold even when nothing else ever happens.
func TestWaitingDenialsAreTold(t *testing.T) {
	c := &fake{state: &core.Snapshot{}}
	a, _ := run(t, Config{Controller: c, Interval: time.Millisecond})
	eventually(t, "a look", func() bool { return c.looks() > 1 })
	s := &core.Snapshot{}
	for n := range 3 * denialsPerLook {
		s.Denials = append(s.Denials, denial(n, 1))
	}
	c.set(s)
	eventually(t, "all are told", func() bool { return a.Stats().Events == 3*denialsPerLook })
}

func TestControllerFails(t *testing.T) {
	log, logged := logtest.NewNullLogger()
	c := &fake{err: errors.New("stuck")}
	a := New(Config{Controller: c, Log: log})
	w := &watcher{api: a}
	ctx := context.Background()
	w.look(ctx)
	w.look(ctx)
	assert.Len(t, logged.AllEntries(), 1, "once, not at every look")
	c.err, c.state = nil, &core.Snapshot{}
	w.look(ctx)
	c.state = &core.Snapshot{Denials: []*core.Denial{denial(1, 1)}}
	w.look(ctx)
	assert.EqualValues(t, 1, a.Stats().Events)
}

// TestWhoComesIsLookedFor: looks are far apart while nobody follows, but who begins to follow does not wait for the next.
func TestWhoComesIsLookedFor(t *testing.T) {
	c := &fake{state: &core.Snapshot{}}
	a, _ := run(t, Config{Controller: c, Interval: time.Hour})
	eventually(t, "the first look", func() bool { return c.looks() == 1 })
	require.True(t, a.enter())
	eventually(t, "a look for who came", func() bool { return c.looks() == 2 })
}

func TestRest(t *testing.T) {
	a := New(Config{Controller: &fake{}})
	assert.Equal(t, time.Second, a.rest(0), "nobody follows")
	require.True(t, a.enter())
	for took, want := range map[time.Duration]time.Duration{
		0: DefaultInterval, time.Millisecond: DefaultInterval, 20 * time.Millisecond: 180 * time.Millisecond, time.Minute: 2 * time.Second,
	} {
		assert.Equal(t, want, a.rest(took), fmt.Sprint(took))
	}
}
