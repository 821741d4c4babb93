package ops

import (
	"slices"
	"strings"

	"github.com/google/uuid"

	"crosspoint/northbound"
)

// shortestID is how much of an id must be given at least.
const shortestID = 4

// lookup finds things of one kind by what people call them. A request may look thousands up, so names are gathered once.
type lookup[T any] struct {
	kind   string // "flow", for messages
	things []*T   // sorted by id
	id     func(*T) uuid.UUID
	names  func(*T) []string // that it goes by beside its id; "" is none
	text   func(*T) string   // how a message names it
	named  map[string][]*T   // made when first needed
}

// find gives the thing that goes by a name: its id, an unambiguous start of it, or one of its names.
func (l *lookup[T]) find(name string) (*T, error) {
	text := strings.ToLower(name)
	at, _ := slices.BinarySearchFunc(l.things, text, func(t *T, text string) int { return strings.Compare(l.id(t).String(), text) })
	found := slices.Clone(l.byName(name))
	for ; at < len(l.things) && len(text) >= shortestID && strings.HasPrefix(l.id(l.things[at]).String(), text); at++ {
		if len(l.id(l.things[at]).String()) == len(text) {
			return l.things[at], nil
		}
		if !slices.Contains(found, l.things[at]) {
			found = append(found, l.things[at])
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return nil, l.unknown(name)
	}
	ids := mapped(found, func(t *T) string { return l.id(t).String() })
	return nil, badRequest("%d %ss go by %q: give the whole id of one: %s", len(found), l.kind, clip(name), describe(ids))
}

func (l *lookup[T]) byName(name string) []*T {
	if l.named == nil {
		l.named = make(map[string][]*T, len(l.things))
		for _, t := range l.things {
			for _, n := range l.names(t) {
				if n != "" {
					l.named[n] = append(l.named[n], t)
				}
			}
		}
	}
	return l.named[name]
}

func (l *lookup[T]) unknown(name string) *northbound.Problem {
	if len(l.things) == 0 {
		return notFound("no %s goes by %q; there are none at all", l.kind, clip(name))
	}
	known := mapped(l.things, func(t *T) string { return l.id(t).String()[:8] + " (" + l.text(t) + ")" })
	return notFound("no %s goes by %q; there are: %s", l.kind, clip(name), describe(known))
}
