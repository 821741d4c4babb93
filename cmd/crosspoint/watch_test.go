package main

import (
	"bytes"
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"crosspoint/controller/core"
	"crosspoint/northbound"
	"crosspoint/northbound/events"
	"crosspoint/northbound/ops/opstest"
)

// changing serves events of a network in which a few things happened already, all at the moment at which opstest's controller stands still.
func changing(t *testing.T) string {
	c := &twoStates{before: opstest.Snapshot(), after: later()}
	api := events.New(events.Config{Controller: c, Now: opstest.Now, Interval: time.Millisecond})
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- api.Run(ctx) }()
	t.Cleanup(func() { cancel(); assert.NoError(t, <-ended) })
	require.Eventually(t, func() bool { return api.Stats().Events == 5 }, 5*time.Second, time.Millisecond)
	return listen(t, northbound.New(northbound.Config{APIs: []northbound.API{api}}))
}

// twoStates is a controller that shows one state at the first look, and another from then on.
type twoStates struct {
	before, after *core.Snapshot
	looks         atomic.Int32
}

func (c *twoStates) Snapshot(context.Context) (*core.Snapshot, error) {
	if c.looks.Add(1) == 1 {
		return c.before, nil
	}
	return c.after, nil
}

// later is what becomes of opstest's network: a link comes up, a flow gets another label, which its pair shows too, a receiver joins it, and a host is denied something.
func later() *core.Snapshot {
	s := opstest.Snapshot()
	s.Links[3].Usable = true
	label := "Camera 1 dirty"
	f := s.Flows[1]
	f.Label, f.Forward, f.Updated = &label, false, f.Updated+1
	f.Delivery[0].State, f.Delivery[0].Reason = core.Programming, "switches have not confirmed yet"
	d := *s.Denials[0]
	d.Reason, d.Count = "no flow to this group is registered", 1
	s.Denials = append([]*core.Denial{&d}, s.Denials...)
	return s
}

// TestLineForPeople: on a terminal columns are under each other, and nothing that a client named can break out of its line.
func TestLineForPeople(t *testing.T) {
	var out bytes.Buffer
	o := &watchOptions{streams: &streams{out: &out, terminal: true}}
	require.NoError(t, o.show(events.Event{
		Cursor: events.Cursor(time.Hour), Resource: events.Endpoints, Action: events.Created, ID: opstest.CameraID,
		After: []byte(`{"label":"evil\n\u001b[2Jlabel"}`),
	}))
	require.NoError(t, o.show(events.Notice{Kind: events.Reset, Cursor: events.Cursor(time.Hour), Reason: "list again"}))
	assert.Regexp(t, `^\d\d:\d\d:23\.000  endpoints        created  c0000001  evil\\u000a\\u001b\[2Jlabel\n`+
		`\d\d:\d\d:23\.000  reset +list again\n$`, out.String())
}
