package events

import (
	"bytes"
	"encoding/json"

	"github.com/google/uuid"

	"crosspoint/controller/core"
	"crosspoint/northbound"
	"crosspoint/northbound/ops"
)

// change is an event that has no cursor yet.
type change struct {
	resource      Resource
	id            string
	before, after []byte // nil: it was not there, or is not any more
}

func (c change) action() Action {
	switch {
	case c.before == nil:
		return Created
	case c.after == nil:
		return Deleted
	}
	return Updated
}

// encode gives a change its place, and the form that it has on the wire.
func (c change) encode(at Cursor) ([]byte, error) {
	data, err := northbound.Encode(Event{
		Cursor: at, Resource: c.resource, Action: c.action(), ID: c.id, Before: json.RawMessage(c.before), After: json.RawMessage(c.after),
	})
	if err != nil {
		return nil, err
	}
	return frame(at, string(c.resource), data), nil
}

// Ranks of the resources: what refers to others comes after them, and goes before them.
const (
	rankDevices = iota
	rankLinks
	rankEndpoints
	rankFlows
	rankReceivers
	rankDrains
	rankPairs
	ranks
)

// diff finds what changed between two snapshots, which share what did not. It compares what is quick to compare, and encodes only what differs.
type diff struct {
	before, after *core.Snapshot
	gone, here    [ranks][]change
	renamed       bool               // a switch or port has another name now, so whatever names one may read differently
	moved         map[uuid.UUID]bool // endpoints of which a receiver's status may read differently
	changed       map[uuid.UUID]bool // flows that have changed in any way
	names         [2]*ops.Describer  // of before and after, made when needed
	err           error              // the first that occurred; what could not be encoded is not told
}

// differences lists what changed, in the order in which it is told: what goes, then what comes or changes.
func differences(before, after *core.Snapshot) ([]change, error) {
	d := &diff{before: before, after: after, moved: map[uuid.UUID]bool{}, changed: map[uuid.UUID]bool{}}
	d.topology()
	pairs(before.Endpoints, after.Endpoints, false, func(a, b *core.EndpointView) int { return bytes.Compare(a.ID[:], b.ID[:]) }, d.endpoint)
	pairs(before.Flows, after.Flows, d.renamed || len(d.moved) > 0, func(a, b *core.FlowView) int { return bytes.Compare(a.ID[:], b.ID[:]) }, d.flow)
	d.drains()
	d.redundancy()
	var all []change
	for rank := ranks - 1; rank >= 0; rank-- {
		all = append(all, d.gone[rank]...)
	}
	for _, list := range d.here {
		all = append(all, list...)
	}
	return all, d.err
}

// pairs walks two sorted lists and gives what is in both together; nil for what is in one alone. What both lists point to is the same, and
// passed over, unless all is set.
func pairs[T any](before, after []*T, all bool, compare func(a, b *T) int, visit func(before, after *T)) {
	for len(before)+len(after) > 0 {
		if !all && len(before) > 0 && len(after) > 0 && before[0] == after[0] {
			before, after = before[1:], after[1:]
			continue
		}
		order := 0
		switch {
		case len(before) == 0:
			order = 1
		case len(after) == 0:
			order = -1
		default:
			order = compare(before[0], after[0])
		}
		var b, a *T
		if order <= 0 {
			b, before = before[0], before[1:]
		}
		if order >= 0 {
			a, after = after[0], after[1:]
		}
		visit(b, a)
	}
}

// tell notes a change, unless the two sides read the same.
func (d *diff) tell(rank int, c change) {
	switch {
	case bytes.Equal(c.before, c.after):
	case c.after == nil:
		d.gone[rank] = append(d.gone[rank], c)
	default:
		d.here[rank] = append(d.here[rank], c)
	}
}

// encode gives the document of one side of a change, and of nothing, nil.
func encode[T any](d *diff, thing *T, document func(*T) (id string, text []byte, err error), c *change) []byte {
	if thing == nil {
		return nil
	}
	id, text, err := document(thing)
	if err != nil && d.err == nil {
		d.err = err
	}
	c.id = id
	return text
}

// document tells how both sides of a thing read.
func document[T any](d *diff, rank int, resource Resource, before, after *T, read func(*T) (id string, text []byte, err error)) {
	c := change{resource: resource}
	c.before = encode(d, before, read, &c)
	c.after = encode(d, after, read, &c)
	d.tell(rank, c)
}
