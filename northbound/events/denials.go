package events

import (
	"cmp"
	"fmt"
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
	seen  []*core.Denial // at the last look
	waits bool           // some of them were not told yet
}

type toldDenial struct {
	denial *core.Denial
	text   []byte
	when   time.Time
}

// start takes what is there as told.
func (l *denialLog) start(s *core.Snapshot, now time.Time) error {
	l.told = make(map[denialKey]*toldDenial, len(s.Denials))
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
	for _, d := range slices.Backward(s.Denials) { // oldest first
		key := keyOf(d)
		known := l.told[key]
		if known != nil && known.denial.Count == d.Count {
			continue
		}
		if len(changes) >= denialsPerLook || known != nil && now.Sub(known.when) < recount {
			l.waits = true
			continue
		}
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

// forget tells of what is no longer on record. There is no more of it than was told.
func (l *denialLog) forget(s *core.Snapshot) []change {
	held := make(map[denialKey]bool, len(s.Denials))
	for _, d := range s.Denials {
		held[keyOf(d)] = true
	}
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
