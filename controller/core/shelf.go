package core

import (
	"slices"
	"sort"
)

// shelf holds the views of one kind, sorted, each immutable. A list that was given out stays as it is: what changes makes a new one, which
// shares all views that did not change.
type shelf[K comparable, V any] struct {
	list    []*V
	key     func(*V) K
	compare func(a, b K) int
}

// exchange is what went from a shelf and what came in its place.
type exchange[V any] struct{ gone, here []*V }

// renew makes the views of some keys anew. view gives nil for what is there no more.
func (sh *shelf[K, V]) renew(keys map[K]struct{}, view func(K) *V) exchange[V] {
	var x exchange[V]
	if len(keys) == 0 {
		return x
	}
	rest := sh.list
	next := make([]*V, 0, len(rest)+len(keys))
	for _, k := range sortedKeysBy(keys, sh.compare) {
		i, found := slices.BinarySearchFunc(rest, k, func(v *V, k K) int { return sh.compare(sh.key(v), k) })
		next, rest = append(next, rest[:i]...), rest[i:]
		if found {
			x.gone, rest = append(x.gone, rest[0]), rest[1:]
		}
		if v := view(k); v != nil {
			x.here, next = append(x.here, v), append(next, v)
		}
	}
	sh.list = append(next, rest...)
	return x
}

// marked lists the keys to renew: those that are marked, or all that are on the shelf and all that should be.
func marked[K comparable, V, T any](sh *shelf[K, V], m marks[K], there map[K]T) map[K]struct{} {
	if !m.all {
		return m.ids
	}
	all := sh.keys()
	for k := range there {
		all[k] = struct{}{}
	}
	return all
}

func (sh *shelf[K, V]) keys() map[K]struct{} {
	all := make(map[K]struct{}, len(sh.list))
	for _, v := range sh.list {
		all[sh.key(v)] = struct{}{}
	}
	return all
}

// of is the stretch of the list for which side gives 0: it is negative before and positive behind.
func (sh *shelf[K, V]) of(side func(*V) int) []*V {
	from := sort.Search(len(sh.list), func(i int) bool { return side(sh.list[i]) >= 0 })
	to := sort.Search(len(sh.list), func(i int) bool { return side(sh.list[i]) > 0 })
	return sh.list[from:to]
}
