package topology

import (
	"errors"
	"maps"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func channel(port PortID) Channel { return Channel{PortRef: PortRef{1, port}} }

func TestLedgerReserve(t *testing.T) {
	l := NewLedger(0.9)
	c := channel(1)
	require.Error(t, l.Reserve(1, c, 1), "a channel of unknown capacity has no room")
	l.SetCapacity(c, Gbit)
	assert.Equal(t, 900*Mbit, l.Limit(c))
	require.NoError(t, l.Reserve(1, c, 600*Mbit))
	assert.Equal(t, 600*Mbit, l.Reserved(c))
	assert.Equal(t, 300*Mbit, l.Free(c))
	assert.Equal(t, 900*Mbit, l.FreeFor(1, c))

	err := l.Reserve(2, c, 300*Mbit+1)
	var full *NoRoomError
	require.ErrorAs(t, err, &full)
	assert.Equal(t, NoRoomError{Channel: c, Need: 300*Mbit + 1, Free: 300 * Mbit}, *full)
	assert.EqualError(t, err, "no room at 0000000000000001:1 egress: need 300000.001kbit/s, free 300Mbit/s")
	assert.Empty(t, l.Held(2))

	require.NoError(t, l.Reserve(1, c, 800*Mbit), "what the holder has is replaced, not added to")
	require.NoError(t, l.Reserve(2, c, 100*Mbit))
	assert.Equal(t, []Holder{1, 2}, l.Holders(c))
	require.NoError(t, l.Reserve(1, c, 0))
	assert.Equal(t, []Holder{2}, l.Holders(c))
	l.Release(2)
	assert.Zero(t, l.Reserved(c))
	assert.Empty(t, l.Holders(c))
	assert.Equal(t, []Channel{c}, l.Channels())
	l.SetCapacity(c, 0)
	assert.Empty(t, l.Channels())
}

func TestLedgerDirectionsAreApart(t *testing.T) {
	l := NewLedger(1)
	egress, ingress := channel(1), Channel{PortRef{1, 1}, true}
	l.SetCapacity(egress, Mbit)
	l.SetCapacity(ingress, Mbit)
	require.NoError(t, l.Reserve(1, egress, Mbit))
	require.NoError(t, l.Reserve(2, ingress, Mbit))
	assert.Equal(t, []Channel{egress, ingress}, l.Channels())
}

func TestLedgerSetIsAllOrNothing(t *testing.T) {
	l := NewLedger(1)
	for p := PortID(1); p <= 4; p++ {
		l.SetCapacity(channel(p), 100*Mbit)
	}
	require.NoError(t, l.Reserve(9, channel(3), 60*Mbit))
	require.NoError(t, l.Reserve(9, channel(4), 60*Mbit))
	have := map[Channel]Bandwidth{channel(1): 50 * Mbit, channel(2): 50 * Mbit}
	require.NoError(t, l.Set(1, have))

	err := l.Set(1, map[Channel]Bandwidth{channel(2): 10, channel(3): 50 * Mbit, channel(4): 50 * Mbit})
	var full *NoRoomError
	require.ErrorAs(t, err, &full)
	assert.Equal(t, channel(3), full.Channel, "the smallest of those without room")
	assert.Equal(t, 40*Mbit, full.Free)
	assert.Equal(t, have, l.Held(1))

	want := map[Channel]Bandwidth{channel(2): 100 * Mbit, channel(3): 40 * Mbit, channel(4): 0}
	require.NoError(t, l.Set(1, want))
	delete(want, channel(4))
	assert.Equal(t, want, l.Held(1), "zero holds nothing")
	assert.Zero(t, l.Reserved(channel(1)))

	l.Held(1)[channel(2)] = 1
	assert.Equal(t, want, l.Held(1), "what is held cannot be changed from outside")
	require.NoError(t, l.Set(1, nil))
	assert.Nil(t, l.Held(1))
}

func TestLedgerCapacityLowered(t *testing.T) {
	l := NewLedger(1)
	c := channel(1)
	l.SetCapacity(c, 100)
	require.NoError(t, l.Reserve(1, c, 60))
	require.NoError(t, l.Reserve(2, c, 40))
	assert.Empty(t, l.Over())
	l.SetCapacity(c, 50)
	assert.Equal(t, []Channel{c}, l.Over())
	assert.Zero(t, l.Free(c))
	assert.Equal(t, Bandwidth(10), l.FreeFor(1, c))
	require.NoError(t, l.Reserve(1, c, 60), "what does not grow is not refused")
	require.NoError(t, l.Reserve(1, c, 59))
	require.Error(t, l.Reserve(1, c, 60), "what grows is")
	require.NoError(t, l.Reserve(1, c, 10))
	assert.Empty(t, l.Over())
	l.SetCapacity(c, 0)
	assert.Equal(t, []Channel{c}, l.Over())
	assert.Equal(t, []Channel{c}, l.Channels())
}

func TestLedgerLimitIsExact(t *testing.T) {
	c := channel(1)
	for _, x := range []struct {
		limit    float64
		capacity Bandwidth
		want     Bandwidth
	}{
		{0.9, 10 * Gbit, 9 * Gbit},
		{0.9, 1, 0},
		{0.7, 10, 7}, // 0.7 is a little less than 7/10 as a float
		{1, math.MaxUint64, math.MaxUint64},
		{0.5, math.MaxUint64, math.MaxUint64 / 2},
		{2, 100, 100},
		{-1, 100, 0},
		{math.NaN(), 100, 0},
	} {
		l := NewLedger(x.limit)
		l.SetCapacity(c, x.capacity)
		assert.Equal(t, x.want, l.Limit(c), "%v of %d", x.limit, x.capacity)
	}
}

// The ledger against a model that keeps nothing but a list of who holds what.
func TestLedgerProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := float64(rapid.IntRange(0, 10).Draw(t, "tenths")) / 10
		m := model{ledger: NewLedger(limit), held: map[Holder]map[Channel]Bandwidth{}, lowered: map[Channel]bool{}}
		for range rapid.IntRange(1, 80).Draw(t, "steps") {
			m.step(t)
			m.check(t)
		}
	})
}

type model struct {
	ledger  *Ledger
	held    map[Holder]map[Channel]Bandwidth
	lowered map[Channel]bool // capacity was lowered under a reservation
}

func (m *model) step(t *rapid.T) {
	// Near the largest value too, so that a sum that wraps would show.
	amount := rapid.OneOf(
		rapid.Custom(func(t *rapid.T) Bandwidth { return Bandwidth(rapid.IntRange(0, 100).Draw(t, "small")) }),
		rapid.Custom(func(t *rapid.T) Bandwidth { return math.MaxUint64 - Bandwidth(rapid.IntRange(0, 9).Draw(t, "large")) }))
	some := rapid.Custom(func(t *rapid.T) Channel {
		return Channel{PortRef{1, PortID(rapid.IntRange(1, 2).Draw(t, "port"))}, rapid.Bool().Draw(t, "ingress")}
	})
	h := Holder(rapid.IntRange(1, 3).Draw(t, "holder"))
	switch rapid.IntRange(0, 4).Draw(t, "what") {
	case 0:
		c, b := some.Draw(t, "channel"), amount.Draw(t, "capacity")
		if b < m.ledger.Capacity(c) {
			m.lowered[c] = true
		}
		m.ledger.SetCapacity(c, b)
	case 1:
		m.ledger.Release(h)
		delete(m.held, h)
	case 2:
		want := rapid.MapOf(some, amount).Draw(t, "want")
		if m.accept(t, m.ledger.Set(h, want)) {
			m.held[h] = map[Channel]Bandwidth{}
			for c, b := range want {
				m.put(h, c, b)
			}
		}
	default:
		c, b := some.Draw(t, "channel"), amount.Draw(t, "bandwidth")
		if m.accept(t, m.ledger.Reserve(h, c, b)) {
			m.put(h, c, b)
		}
	}
}

func (m *model) accept(t *rapid.T, err error) bool {
	var full *NoRoomError
	if err != nil {
		require.True(t, errors.As(err, &full))
		require.Greater(t, full.Need, full.Free)
	}
	return err == nil
}

func (m *model) put(h Holder, c Channel, b Bandwidth) {
	if m.held[h] == nil {
		m.held[h] = map[Channel]Bandwidth{}
	}
	if m.held[h][c] = b; b == 0 {
		delete(m.held[h], c)
	}
}

func (m *model) check(t *rapid.T) {
	sums := map[Channel]Bandwidth{}
	sizes := map[Bandwidth]bool{}
	for h := Holder(1); h <= 3; h++ {
		require.Len(t, m.ledger.Held(h), len(m.held[h]))
		for c, b := range m.held[h] {
			require.Equal(t, b, m.ledger.Held(h)[c])
			require.Contains(t, m.ledger.Holders(c), h)
			sums[c] += b
			sizes[b] = true
		}
	}
	usual := m.ledger.Usual()
	require.Len(t, usual, min(len(sizes), 8))
	for i, largest := range slices.Backward(slices.Sorted(maps.Keys(sizes))) {
		if at := len(sizes) - 1 - i; at < len(usual) {
			require.Equal(t, largest, usual[at])
		}
	}
	for _, c := range m.ledger.Channels() {
		require.Equal(t, sums[c], m.ledger.Reserved(c))
		if sums[c] <= m.ledger.Limit(c) {
			require.Equal(t, m.ledger.Limit(c)-sums[c], m.ledger.Free(c))
			require.NotContains(t, m.ledger.Over(), c)
			continue
		}
		require.True(t, m.lowered[c], "%s is over its limit though its capacity was never lowered", c)
		require.Contains(t, m.ledger.Over(), c)
	}
	for c := range sums {
		require.Contains(t, m.ledger.Channels(), c)
	}
}
