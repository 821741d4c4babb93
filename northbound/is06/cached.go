package is06

import (
	"bytes"
	"iter"
	"slices"

	"github.com/google/uuid"

	"crosspoint/controller/core"
)

// item is what a list is of: what names it, its times, and whether another would be written the same.
type item[T any] interface {
	key() uuid.UUID
	stamps() times
	equal(other T) bool
}

// cached is a list and the snapshot that it was made of. It is never changed.
type cached[T item[T]] struct {
	snapshot *core.Snapshot
	items    []*written[T] // sorted by key
	listing  *listing
}

// written is an item and how it is written.
type written[T item[T]] struct {
	item T
	*resource
}

// next makes the list of another snapshot from its items, which are sorted by key. With ten thousand of them and one changed, it must not
// cost what ten thousand cost: what is as it was is not written again, and keeps its place in both orders.
func (c *cached[T]) next(s *core.Snapshot, items iter.Seq[T]) (*cached[T], error) {
	n := &cached[T]{snapshot: s, items: make([]*written[T], 0, len(c.items)+1)}
	var added []*resource
	gone := make(map[*resource]bool)
	old := c.items
	for it := range items {
		key := it.key()
		for len(old) > 0 && bytes.Compare(old[0].id[:], key[:]) < 0 {
			gone[old[0].resource], old = true, old[1:]
		}
		if len(old) > 0 && old[0].id == key && old[0].item.equal(it) {
			n.items, old = append(n.items, old[0]), old[1:]
			continue
		}
		r, err := newResource(key, it.stamps(), it)
		if err != nil {
			return nil, err
		}
		n.items, added = append(n.items, &written[T]{it, r}), append(added, r)
	}
	for _, w := range old {
		gone[w.resource] = true
	}
	n.listing = c.listing.next(gone, added)
	return n, nil
}

// byKey sorts items, of which there are few.
func byKey[T item[T]](all []T) iter.Seq[T] {
	slices.SortFunc(all, func(a, b T) int {
		i, j := a.key(), b.key()
		return bytes.Compare(i[:], j[:])
	})
	return slices.Values(all)
}
