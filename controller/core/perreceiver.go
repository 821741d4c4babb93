package core

import (
	"bytes"
	"slices"

	"github.com/google/uuid"
)

// perReceiver holds a value for some of a flow's receivers, sorted by receiver. Every flow has some of these, and a map of so few takes several times
// the memory. The zero value holds nothing.
type perReceiver[V any] []ofReceiver[V]

type ofReceiver[V any] struct {
	receiver uuid.UUID
	value    V
}

func (p perReceiver[V]) find(r uuid.UUID) (at int, has bool) {
	return slices.BinarySearchFunc(p, r, func(of ofReceiver[V], r uuid.UUID) int { return bytes.Compare(of.receiver[:], r[:]) })
}

// get gives the value of a receiver; the zero value and false when it has none.
func (p perReceiver[V]) get(r uuid.UUID) (v V, has bool) {
	at, has := p.find(r)
	if has {
		v = p[at].value
	}
	return v, has
}

// put gives a receiver a value.
func (p *perReceiver[V]) put(r uuid.UUID, v V) {
	at, has := p.find(r)
	if has {
		(*p)[at].value = v
	} else {
		*p = slices.Insert(*p, at, ofReceiver[V]{r, v})
	}
}

// drop takes the value of a receiver away.
func (p *perReceiver[V]) drop(r uuid.UUID) {
	if at, has := p.find(r); has {
		*p = slices.Delete(*p, at, at+1)
	}
}
