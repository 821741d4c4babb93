package topology

import (
	"cmp"
	"slices"
)

// spoilt is how much less whole flows of the usual sizes find room for, once need is taken
// of what is free: summed over the sizes, in bit/s. Of 9 Gbit/s, 2 spoil the room of a flow
// of 8, and 0.5 do not. What is too small for a flow of a size is worth nothing to it, so a
// flow that goes where it spoils least leaves the whole rooms to those that need them.
func spoilt(free, need Bandwidth, usual []Bandwidth) Bandwidth {
	var less Bandwidth
	for _, size := range usual {
		less += whole(free, size) - whole(sub(free, need), size)
	}
	return less
}

// whole is the part of what is free that flows of a size can use.
func whole(free, size Bandwidth) Bandwidth { return free - free%size }

// usualSizes bounds how many sizes are asked about a link.
const usualSizes = 8

// sizes counts the sizes of what is reserved. The zero value is empty.
type sizes struct {
	count map[Bandwidth]int
	all   []Bandwidth // largest first
}

// replace counts b in place of a; zero is no reservation.
func (s *sizes) replace(a, b Bandwidth) {
	if b > 0 {
		s.add(b)
	}
	if a > 0 {
		s.drop(a)
	}
}

func (s *sizes) add(b Bandwidth) {
	if s.count == nil {
		s.count = map[Bandwidth]int{}
	}
	if s.count[b]++; s.count[b] == 1 {
		i, _ := s.find(b)
		s.all = slices.Insert(s.all, i, b)
	}
}

func (s *sizes) drop(b Bandwidth) {
	if s.count[b]--; s.count[b] == 0 {
		delete(s.count, b)
		i, _ := s.find(b)
		s.all = slices.Delete(s.all, i, i+1)
	}
}

func (s *sizes) find(b Bandwidth) (int, bool) {
	return slices.BinarySearchFunc(s.all, b, func(have, b Bandwidth) int { return cmp.Compare(b, have) })
}

// largest lists the largest sizes there are, largest first: it is not to be written to, and is
// good until the next change.
func (s *sizes) largest() []Bandwidth { return s.all[:min(len(s.all), usualSizes)] }
