package flows

import "crosspoint/topology"

// Program is what an owner wants of one switch. A tracker keeps one for every flow on every switch, so those of flows are short: they
// say what tables are made of, and share that with whoever asked for them. A program is never changed.
type Program interface {
	// Compile gives the tables, which must not be changed either.
	Compile() Tables
}

var (
	_ Program = Tables{}
	_ Program = (*Branches)(nil)
	_ Program = (*Guard)(nil)
)

// Compile gives the tables as they are.
func (t Tables) Compile() Tables { return t }

// Branches is the program of one switch's part of a flow's tree in a version; see [Compile].
type Branches struct {
	Stream  *Stream
	Part    *Part
	Version Version
}

// Compile makes the entry and the group.
func (b *Branches) Compile() Tables { return Compile(*b.Stream, b.Version, *b.Part) }

// alike reports whether branches differ from others in where they lead at most, so that they have the same entry.
func (b *Branches) alike(o *Branches) bool {
	return b.Version == o.Version && b.Part.In == o.Part.In && (b.Stream == o.Stream || *b.Stream == *o.Stream)
}

// group makes the group alone.
func (b *Branches) group() Tables {
	return Tables{Groups: compileGroup(*b.Stream, b.Version, *b.Part)}
}

// Guard is the program of the switch of a flow's sender; see [CompileGuard].
type Guard struct {
	Stream  *Stream
	In      topology.PortID
	Version Version
}

// Compile makes the entry and the meter.
func (g *Guard) Compile() Tables { return CompileGuard(*g.Stream, g.Version, g.In) }
