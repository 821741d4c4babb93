package events

import (
	"cmp"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"time"

	"github.com/google/uuid"

	"crosspoint/controller/core"
	"crosspoint/northbound"
	"crosspoint/northbound/ops"
	"crosspoint/topology"
)

// A host that is denied again and again, or a flood of forged ones, must not push everything else out of the ring.
const (
	// recount is the least time between two events about the same denial.
	recount = time.Second
	// denialsPerLook bounds the denials told of at a time. The others have their turn at the next look, if they are still there.
	denialsPerLook = 4
)

// denialKey is what makes two denials the same.
type denialKey struct {
	kind   core.DenialKind
	mac    topology.MAC
	addr   netip.Addr
	at     topology.PortRef
	group  netip.Addr
	reason string
}

func keyOf(d *core.Denial) denialKey {
	return denialKey{d.Kind, d.MAC, d.Addr, d.At, d.Group, d.Reason}
}

// id is the same for the same denial. Only the form of the text is private: never the id.
func (k denialKey) id() string {
	text := fmt.Sprintf("urn:crosspoint:denial:%s %s %s %s %s %s", k.kind, k.mac, k.addr, k.at, k.group, k.reason)
	return uuid.NewSHA1(uuid.NameSpaceURL, []byte(text)).String()
}

// denialLog is what was told of denials.
type denialLog struct {
	told  map[denialKey]*toldDenial
	turns map[topology.PortRef]time.Time // when a port had its last turn; of ports with a denial on record
	seen  []*core.Denial                 // at the last look
	waits bool                           // some of them were not told yet
}

type toldDenial struct {
	denial *core.Denial
	text   []byte
	when   time.Time
}

// start takes what is there as told.
func (l *denialLog) start(s *core.Snapshot, now time.Time) error {
	l.told, l.turns = make(map[denialKey]*toldDenial, len(s.Denials)), map[topology.PortRef]time.Time{}
	names := ops.Describe(s)
	for _, d := range s.Denials {
		text, err := northbound.Encode(names.Denial(d))
		if err != nil {
			return err
		}
		l.told[keyOf(d)] = &toldDenial{d, text, now}
	}
	l.seen = s.Denials
	return nil
}

// look gives what there is to tell. Where some of it has to wait, waits is set.
func (l *denialLog) look(s *core.Snapshot, now time.Time) (changes []change, err error) {
	if !l.waits && slices.Equal(l.seen, s.Denials) {
		return nil, nil
	}
	l.seen, l.waits = s.Denials, false
	changes = l.forget(s)
	names := ops.Describe(s)
	for _, d := range l.inTurn(l.untold(s, now), now) {
		key := keyOf(d)
		known := l.told[key]
		text, err := northbound.Encode(names.Denial(d))
		if err != nil {
			return changes, err
		}
		c := change{resource: Denials, id: key.id(), after: text}
		if known != nil {
			c.before = known.text
		}
		l.told[key] = &toldDenial{d, text, now}
		changes = append(changes, c)
	}
	return changes, nil
}

// untold lists, by port, what there is to tell: what was never told before what has a new count, and each oldest first.
func (l *denialLog) untold(s *core.Snapshot, now time.Time) map[topology.PortRef][]*core.Denial {
	fresh, counted := map[topology.PortRef][]*core.Denial{}, map[topology.PortRef][]*core.Denial{}
	for _, d := range slices.Backward(s.Denials) {
		switch known := l.told[keyOf(d)]; {
		case known == nil:
			fresh[d.At] = append(fresh[d.At], d)
		case known.denial.Count == d.Count:
		case now.Sub(known.when) < recount:
			l.waits = true
		default:
			counted[d.At] = append(counted[d.At], d)
		}
	}
	for at, list := range counted {
		fresh[at] = append(fresh[at], list...)
	}
	return fresh
}

// inTurn takes as many as may be told now, one of each port, beginning with the ports that have waited for longest: a port that is flooded keeps
// nobody from learning of the others.
func (l *denialLog) inTurn(waiting map[topology.PortRef][]*core.Denial, now time.Time) (chosen []*core.Denial) {
	ports := slices.SortedFunc(maps.Keys(waiting), func(a, b topology.PortRef) int {
		return cmp.Or(l.turns[a].Compare(l.turns[b]), a.Compare(b))
	})
	for round := 0; len(chosen) < denialsPerLook; round++ {
		before := len(chosen)
		for _, at := range ports {
			if len(chosen) < denialsPerLook && round < len(waiting[at]) {
				chosen = append(chosen, waiting[at][round])
				l.turns[at] = now
			}
		}
		if len(chosen) == before {
			return chosen
		}
	}
	l.waits = true // at most for one look more than needed
	return chosen
}

// forget tells of what is no longer on record. There is no more of it than was told.
func (l *denialLog) forget(s *core.Snapshot) []change {
	held, ports := make(map[denialKey]bool, len(s.Denials)), map[topology.PortRef]bool{}
	for _, d := range s.Denials {
		held[keyOf(d)], ports[d.At] = true, true
	}
	maps.DeleteFunc(l.turns, func(at topology.PortRef, _ time.Time) bool { return !ports[at] })
	var gone []change
	for key, known := range l.told {
		if !held[key] {
			gone = append(gone, change{resource: Denials, id: key.id(), before: known.text})
			delete(l.told, key)
		}
	}
	slices.SortFunc(gone, func(a, b change) int { return cmp.Compare(a.id, b.id) })
	return gone
}
