package core

import (
	"errors"
	"fmt"
	"iter"

	"crosspoint/flows"
)

// objects are the flows and stations by the ids that they have in the switches. Ids are handed out from the first on, and a freed id waits at the end
// of the line, so that a late packet or counter of its last holder is not taken for the next one's.
type objects struct {
	next  flows.ObjectID
	freed []flows.ObjectID
	held  []object // by id, from the first on, as far as ids were given
}

// object is who has an id: a flow, a station, or nobody.
type object struct {
	flow    *flow
	station *station
}

var errNoObject = errors.New("all object ids are in use")

func newObjects() objects { return objects{next: flows.FirstObject} }

// take gives an id that nobody has; who gets it says so with hold.
func (o *objects) take() (flows.ObjectID, error) {
	for o.next <= flows.LastObject {
		id := o.next
		o.next++
		if o.at(id) == (object{}) {
			return id, nil
		}
	}
	if len(o.freed) == 0 {
		return 0, errNoObject
	}
	id := o.freed[0]
	o.freed = o.freed[1:]
	return id, nil
}

// claim takes an id that was handed out before a restart.
func (o *objects) claim(id flows.ObjectID) error {
	if id < flows.FirstObject || id > flows.LastObject || o.at(id) != (object{}) {
		return fmt.Errorf("its object id %d is none, or another's", id)
	}
	o.next = max(o.next, id+1)
	return nil
}

// reclaim puts the ids in line that nobody has any more of those that were handed out before a restart.
func (o *objects) reclaim() {
	for id := flows.FirstObject; id < o.next; id++ {
		if o.at(id) == (object{}) {
			o.freed = append(o.freed, id)
		}
	}
}

// hold says who has an id that was taken or claimed.
func (o *objects) hold(id flows.ObjectID, who object) {
	for int(id-flows.FirstObject) >= len(o.held) {
		o.held = append(o.held, object{})
	}
	o.held[id-flows.FirstObject] = who
}

// free takes an id from who has it.
func (o *objects) free(id flows.ObjectID) {
	o.held[id-flows.FirstObject] = object{}
	o.freed = append(o.freed, id)
}

// at is who has an id, which a switch may have made up.
func (o *objects) at(id flows.ObjectID) object {
	if id < flows.FirstObject || int(id-flows.FirstObject) >= len(o.held) {
		return object{}
	}
	return o.held[id-flows.FirstObject]
}

// stations goes through the stations in the order of their ids.
func (o *objects) stations() iter.Seq[*station] {
	return func(yield func(*station) bool) {
		for _, who := range o.held {
			if who.station != nil && !yield(who.station) {
				return
			}
		}
	}
}

// flowOf is the flow that an owner is of; nil: it is of none, or that is gone.
func (s *State) flowOf(o flows.Owner) *flow {
	if o.Kind != flows.KindFlow {
		return nil
	}
	return s.objects.at(o.Object).flow
}
