package core

import (
	"errors"

	"crosspoint/flows"
)

// objectIDs hands out ids. A freed id waits at the end of the line, so that a late packet or counter of its last holder is not
// taken for the next one's.
type objectIDs struct {
	next  flows.ObjectID
	freed []flows.ObjectID
	used  map[flows.ObjectID]struct{}
}

var errNoObject = errors.New("all object ids are in use")

func newObjectIDs() objectIDs {
	return objectIDs{next: flows.FirstObject, used: map[flows.ObjectID]struct{}{}}
}

func (o *objectIDs) take() (flows.ObjectID, error) {
	for o.next <= flows.LastObject {
		id := o.next
		o.next++
		if _, taken := o.used[id]; !taken {
			o.used[id] = struct{}{}
			return id, nil
		}
	}
	if len(o.freed) == 0 {
		return 0, errNoObject
	}
	id := o.freed[0]
	o.freed = o.freed[1:]
	o.used[id] = struct{}{}
	return id, nil
}

// claim takes an id that was handed out before a restart.
func (o *objectIDs) claim(id flows.ObjectID) {
	o.used[id] = struct{}{}
	o.next = max(o.next, id+1)
}

func (o *objectIDs) free(id flows.ObjectID) {
	delete(o.used, id)
	o.freed = append(o.freed, id)
}
