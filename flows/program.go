package flows

import (
	"slices"

	"crosspoint/openflow"
	"crosspoint/topology"
)

// Program is what an owner wants of one switch. A tracker keeps one for every flow on every switch, so those of flows are short: they
// say what tables are made of, and share that with whoever asked for them. A program is never changed.
type Program interface {
	// Compile gives the tables, which must not be changed either.
	Compile() Tables
	// size is how many entries and groups there are.
	size() (entries, groups int)
}

var (
	_ Program = Tables{}
	_ Program = (*Branches)(nil)
	_ Program = (*Guard)(nil)
)

// Compile gives the tables as they are.
func (t Tables) Compile() Tables { return t }

func (t Tables) size() (entries, groups int) { return len(t.Flows), len(t.Groups) }

// Branches is the program of one switch's part of a flow's tree in a version; see [Compile].
type Branches struct {
	Stream *Stream
	Part   *Part
	// Was is the port that the flow came in by before the tree moved in place, when the entry for it is to stay for now; else 0, which is no port
	// (OpenFlow 1.3.5 §7.2.1).
	Was     topology.PortID
	Version Version
}

// Compile makes the entries and the group.
func (b *Branches) Compile() Tables {
	t := Compile(*b.Stream, b.Version, *b.Part)
	if b.Was != 0 {
		key, entry := branchEntry(b.Stream, b.Version, b.Was)
		t.Flows[key] = entry
	}
	return t
}

func (b *Branches) size() (entries, groups int) {
	if b.Was == 0 || b.Was == b.Part.In {
		return 1, 1
	}
	return 2, 1
}

// ins are the ports that there are entries for.
func (b *Branches) ins() []topology.PortID {
	ports := []topology.PortID{b.Part.In, b.Was}
	entries, _ := b.size()
	return ports[:entries]
}

// akin reports whether branches are of the same packets, so that they have the same group, and an entry for a port is the same.
func (b *Branches) akin(o *Branches) bool {
	s, t := b.Stream, o.Stream
	return b.Version == o.Version && (s == t || s.Object == t.Object && s.Source == t.Source && s.Group == t.Group)
}

// leadAlike reports whether branches that are akin have the same buckets.
func (b *Branches) leadAlike(o *Branches) bool {
	if b.Part.Equal(*o.Part) {
		return true
	}
	var room [2][32]topology.PortID
	mine, theirs := b.Part.outputs(room[0][:0]), o.Part.outputs(room[1][:0])
	return slices.EqualFunc(mine, theirs, func(p, q topology.PortID) bool {
		return p == q && (b.Version == 0 || slices.Contains(b.Part.Links, p) == slices.Contains(o.Part.Links, p))
	})
}

func (b *Branches) compileGroup() Group {
	return Group{Type: openflow.GroupTypeAll, Buckets: branches(b.Stream, b.Version, b.Part)}
}

// Guard is the program of the switch of a flow's sender; see [CompileGuard].
type Guard struct {
	Stream  *Stream
	In      topology.PortID
	Version Version
}

// Compile makes the entry and the meter.
func (g *Guard) Compile() Tables { return CompileGuard(*g.Stream, g.Version, g.In) }

func (g *Guard) size() (entries, groups int) { return 1, 0 }

// compiled gives the tables of a program that may be nil.
func compiled(p Program) Tables {
	if p == nil {
		return Tables{}
	}
	return p.Compile()
}

func sizeOf(p Program) (entries, groups int) {
	if p == nil {
		return 0, 0
	}
	return p.size()
}

// alike reports whether two programs have the same tables.
func alike(a, b Program) bool {
	entries, groups := sizeOf(a)
	if e, g := sizeOf(b); e != entries || g != groups {
		return false
	}
	switch a := a.(type) {
	case *Branches:
		if b, is := b.(*Branches); is && a.akin(b) {
			return a == b || a.leadAlike(b) && sameSet(a.ins(), b.ins())
		}
	case *Guard:
		if b, is := b.(*Guard); is && (a == b || a.In == b.In && a.Version == b.Version && *a.Stream == *b.Stream) {
			return true
		}
	}
	return compiled(a).Equal(compiled(b))
}

// sameSet compares lists of at most two ports without regard to order.
func sameSet(a, b []topology.PortID) bool {
	return len(a) == len(b) && !slices.ContainsFunc(a, func(p topology.PortID) bool { return !slices.Contains(b, p) })
}
