package events

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"crosspoint/controller/core"
	"crosspoint/northbound"
	"crosspoint/northbound/is06"
	"crosspoint/northbound/ops"
)

// documents reads everything of a snapshot, by resource and id: what a client that lists would have.
func documents(t require.TestingT, s *core.Snapshot) map[string]string {
	all := map[string]string{}
	put := func(resource Resource, id string, text []byte, err error) {
		require.NoError(t, err)
		all[string(resource)+" "+id] = string(text)
	}
	for i := range s.Switches {
		e, err := is06.EncodeDevice(s.Switches[i])
		put(Devices, e.ID.String(), e.Text, err)
	}
	links, err := is06.EncodeLinks(s)
	for _, e := range links {
		put(Links, e.ID.String(), e.Text, err)
	}
	for i := range s.Endpoints {
		e, err := is06.EncodeEndpoint(&s.Endpoints[i].Endpoint)
		put(Endpoints, e.ID.String(), e.Text, err)
	}
	names := ops.Describe(s)
	for i := range s.Flows {
		f := s.Flows[i]
		e, err := is06.EncodeFlow(&f.NetworkFlow)
		put(Flows, e.ID.String(), e.Text, err)
		for j := range f.Delivery {
			text, err := northbound.Encode(Delivery{names.Flow(f.ID), names.Receiver(f, &f.Delivery[j])})
			put(Receivers, f.ID.String()+"/"+f.Delivery[j].Endpoint.String(), text, err)
		}
	}
	for _, p := range s.Drained {
		id := p.Switch.String()
		if p.Port != 0 {
			id += fmt.Sprint("/", p.Port)
		}
		text, err := northbound.Encode(names.Drained(p))
		put(Drains, id, text, err)
	}
	for i := range s.Pairs {
		text, err := northbound.Encode(names.Pair(&s.Pairs[i]))
		put(Pairs, s.Pairs[i].Name, text, err)
	}
	return all
}

// TestDifferences: who lists once and then applies every event has what a new list shows, and nothing is told that did not change.
// What refers to something is never told before that is there, nor is what it refers to taken away first.
func TestDifferences(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld()
		before := w.snapshot()
		have := documents(t, before)
		for range rapid.IntRange(1, 12).Draw(t, "looks") {
			for range rapid.IntRange(0, 6).Draw(t, "changes") {
				w.change(t)
			}
			after := w.snapshot()
			changes, err := differences(before, after)
			require.NoError(t, err)
			for _, c := range changes {
				apply(t, have, c)
			}
			require.Equal(t, documents(t, after), have)
			before = after
		}
	})
}

// apply carries out an event on what a client has.
func apply(t *rapid.T, have map[string]string, c change) {
	key := string(c.resource) + " " + c.id
	was, there := have[key]
	require.Equal(t, c.before != nil, there, "%s %s", c.action(), key)
	require.Equal(t, was, string(c.before))
	require.NotEqual(t, string(c.before), string(c.after))
	if c.after == nil {
		delete(have, key)
	} else {
		have[key] = string(c.after)
	}
	if c.resource == Receivers && c.after != nil {
		flow, _, _ := strings.Cut(c.id, "/")
		require.Contains(t, have, string(Flows)+" "+flow, "a receiver of a flow that was not told of")
	}
	if c.resource == Flows && c.after == nil {
		for other := range have {
			require.False(t, strings.HasPrefix(other, string(Receivers)+" "+c.id), "a flow goes before its receivers")
		}
	}
}

// TestAgain: a flow that was deleted and made again between two looks is told as both.
func TestAgain(t *testing.T) {
	w := newWorld()
	id := idOf("flow", 1)
	w.flows[id] = &core.FlowView{Delivery: []core.ReceiverView{{Endpoint: idOf("endpoint", 2)}}}
	w.flows[id].ID, w.flows[id].Created, w.flows[id].Updated = id, 1, 1
	before := w.snapshot()
	w.flows[id].Created, w.flows[id].Updated = 2, 2
	changes, err := differences(before, w.snapshot())
	require.NoError(t, err)
	var told []string
	for _, c := range changes {
		told = append(told, string(c.resource)+" "+string(c.action()))
	}
	require.Equal(t, []string{"receivers deleted", "network-flows deleted", "network-flows created", "receivers created"}, told)
	require.True(t, json.Valid(changes[0].before))
}
