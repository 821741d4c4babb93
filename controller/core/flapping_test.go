package core_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"crosspoint/controller/core"
	"crosspoint/testbed"
)

// flap takes a link down and up again, so many times, and leaves it up.
func (l *lab) flap(a, b string, times int) {
	for range times {
		require.NoError(l.t, l.world.SetLink(a, b, false))
		l.run(20 * time.Millisecond)
		require.NoError(l.t, l.world.SetLink(a, b, true))
		l.run(20 * time.Millisecond)
	}
}

// usable reports whether the link from a port is in use, and until when it is held down.
func (l *lab) usable(port string) (bool, time.Time) {
	snap := l.state.Snapshot()
	for _, link := range snap.Links {
		for _, sw := range snap.Switches {
			if sw.ID == link.From.Switch && slices.ContainsFunc(sw.Ports, func(p core.PortView) bool { return p.Name == port && p.ID == link.From.Port }) {
				return link.Usable, link.HeldUntil
			}
		}
	}
	require.Fail(l.t, "no such link", port)
	return false, time.Time{}
}

// TestFlappingLinkIsHeldDown: what goes up and down too often is not used until it was up for a while, each time for longer, and makes no more
// work meanwhile; what does so seldom is used at once.
func TestFlappingLinkIsHeldDown(t *testing.T) {
	l := newLab(t, testbed.LeafSpine(2, 2, 1))
	l.endpoints()
	l.must(core.PutFlow{Flow: flowDef("cam", "h1", "239.1.1.1", true, "h2")})
	l.send("h1", "239.1.1.1", 100) // for minutes
	l.flap("sp1", "lf1", 4)
	l.run(2 * time.Second)
	up, _ := l.usable("sp1-eth1")
	assert.True(t, up, "four times is not too often")
	l.run(time.Minute)

	for _, hold := range []time.Duration{10 * time.Second, 20 * time.Second, 40 * time.Second} {
		l.flap("sp1", "lf1", 5)
		since := l.world.Now()
		up, until := l.usable("sp1-eth1")
		assert.False(t, up)
		assert.InDelta(t, hold.Seconds(), until.Sub(since).Seconds(), 0.1)
		batches := l.counters().Batches
		l.flap("sp1", "lf1", 20)
		assert.LessOrEqual(t, l.counters().Batches-batches, uint64(4), "what flaps on makes no work")
		l.run(hold - time.Second)
		up, _ = l.usable("sp1-eth1")
		assert.False(t, up, "it must be up for the whole of the time")
		l.run(3 * time.Second)
		up, until = l.usable("sp1-eth1")
		assert.True(t, up)
		assert.Zero(t, until)
	}
	assert.EqualValues(t, 6, l.counters().HeldDown, "both ends, three times")

	l.run(10 * time.Minute) // quiet for long: it begins anew
	l.flap("sp1", "lf1", 5)
	_, until := l.usable("sp1-eth1")
	assert.InDelta(t, 10, until.Sub(l.world.Now()).Seconds(), 0.1)
	l.run(time.Minute)
	l.check()
}

// TestHeldPortStaysHeldOverALostSession: a switch that reconnects does not bring a port back that is held down.
func TestHeldPortStaysHeldOverALostSession(t *testing.T) {
	l := newLab(t, testbed.LeafSpine(2, 2, 1))
	l.flap("sp1", "lf1", 5)
	l.disconnect("sp1")
	l.run(time.Second)
	l.connect("sp1")
	l.run(2 * time.Second)
	up, _ := l.usable("sp1-eth1")
	assert.False(t, up)
	l.run(30 * time.Second)
	up, _ = l.usable("sp1-eth1")
	assert.True(t, up)
	l.check()
}

// TestFlappingConfig refuses settings that bound nothing.
func TestFlappingConfig(t *testing.T) {
	cfg := core.DefaultConfig()
	cfg.Flapping.MaxHold = time.Second
	assert.ErrorContains(t, cfg.Validate(), "flapping")
}

// TestSilentFailureIsNoticedWithinTTL: a link that drops everything without a word is given up when its probes are missing.
func TestSilentFailureIsNoticedWithinTTL(t *testing.T) {
	l := newLab(t, testbed.LeafSpine(2, 2, 1), func(c *core.Config) { c.LLDPInterval, c.LinkTTL = 100*time.Millisecond, 350*time.Millisecond })
	l.endpoints()
	l.must(core.PutFlow{Flow: flowDef("cam", "h1", "239.1.1.1", true, "h2")})
	l.send("h1", "239.1.1.1", 1000)
	l.run(100 * time.Millisecond)
	spine := "sp1"
	if l.stateOf("cam", "h2").Path[0].To.Switch == 2 {
		spine = "sp2"
	}
	l.world.ResetReceptions()
	l.run(20 * time.Millisecond)
	require.NoError(t, l.world.SetSilent("lf1", spine, true))
	l.run(2 * time.Second)
	got := l.received("h2", "239.1.1.1")
	assert.Greater(t, got.MaxGap, 200*time.Millisecond)
	assert.LessOrEqual(t, got.MaxGap, 500*time.Millisecond)
	l.check()
}

// TestSilentlyFlappingLinkIsHeldDown: a link that drops everything now and then, while its ports stay up, is held down as well; one that does so seldom is
// not.
func TestSilentlyFlappingLinkIsHeldDown(t *testing.T) {
	l := newLab(t, testbed.LeafSpine(2, 2, 1))
	l.endpoints()
	l.must(core.PutFlow{Flow: flowDef("cam", "h1", "239.1.1.1", true, "h2")})
	l.send("h1", "239.1.1.1", 100) // for minutes
	l.run(10 * time.Second)
	fail := func(pause time.Duration) {
		require.NoError(t, l.world.SetSilent("sp1", "lf1", true))
		l.run(6 * time.Second)
		up, _ := l.usable("sp2-eth1")
		assert.True(t, up, "the other way is there")
		require.NoError(t, l.world.SetSilent("sp1", "lf1", false))
		l.run(pause)
	}
	for range 10 {
		fail(20 * time.Second)
	}
	assert.Zero(t, l.counters().HeldDown, "that is seldom")
	l.run(time.Minute)
	for range 5 {
		assert.Zero(t, l.counters().HeldDown)
		fail(1500 * time.Millisecond)
	}
	assert.EqualValues(t, 2, l.counters().HeldDown, "both ends")
	reroutes := l.counters().Reroutes
	l.run(5 * time.Second)
	assert.Len(t, l.state.Snapshot().Links, 6, "it is not used though it works")
	l.run(10 * time.Second)
	up, until := l.usable("sp1-eth1")
	assert.True(t, up, "and is again when it was up for long enough")
	assert.Zero(t, until)
	assert.Equal(t, reroutes, l.counters().Reroutes)
	l.check()
}
