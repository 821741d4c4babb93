package core

import (
	"cmp"
	"slices"

	"crosspoint/flows"
)

// Timeline is a list in the two orders in which IS-06 pages it, the oldest first. No two times in it are equal, so that a page may end
// anywhere. It is never changed. The zero value is empty.
type Timeline[V any] struct {
	Updated, Created []*V
}

// stamped is a resource with the times that IS-06 goes by.
type stamped interface{ times() stamps }

func (v *SwitchView) times() stamps   { return stamps{v.Created, v.Updated} }
func (v *EndpointView) times() stamps { return stamps{v.Created, v.Updated} }
func (v *FlowView) times() stamps     { return stamps{v.Created, v.Updated} }

// timestamped is *V, whatever V is.
type timestamped[V any] interface {
	*V
	stamped
}

func updated[V any, P timestamped[V]](v *V) flows.TAI { return P(v).times().Updated }
func created[V any, P timestamped[V]](v *V) flows.TAI { return P(v).times().Created }

// after is the timeline with what changed in its place.
func after[V any, P timestamped[V]](t Timeline[V], x exchange[V]) Timeline[V] {
	if len(x.gone)+len(x.here) == 0 {
		return t
	}
	return Timeline[V]{rearrange(t.Updated, x, updated[V, P]), rearrange(t.Created, x, created[V, P])}
}

// rearrange takes out what is gone and puts in what is here, by binary search: what stays is copied, not compared.
func rearrange[V any](list []*V, x exchange[V], at func(*V) flows.TAI) []*V {
	byTime := func(a, b *V) int { return cmp.Compare(at(a), at(b)) }
	find := func(list []*V, v *V) int {
		i, _ := slices.BinarySearchFunc(list, v, byTime)
		return i
	}
	gone, here := slices.SortedFunc(slices.Values(x.gone), byTime), slices.SortedFunc(slices.Values(x.here), byTime)
	next := make([]*V, 0, len(list)+len(here))
	for len(gone)+len(here) > 0 {
		if len(here) == 0 || len(gone) > 0 && byTime(gone[0], here[0]) <= 0 {
			i := find(list, gone[0])
			next, list, gone = append(next, list[:i]...), list[i+1:], gone[1:]
			continue
		}
		i := find(list, here[0])
		next, list, here = append(append(next, list[:i]...), here[0]), list[i:], here[1:]
	}
	return append(next, list...)
}
