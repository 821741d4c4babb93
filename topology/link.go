package topology

import (
	"cmp"
	"time"
)

// Link is one direction of a cable: what From sends, To receives.
type Link struct{ From, To PortRef }

// Reverse is the other direction of the same cable.
func (l Link) Reverse() Link { return Link{From: l.To, To: l.From} }

// Compare orders by From, then by To.
func (l Link) Compare(o Link) int { return cmp.Or(l.From.Compare(o.From), l.To.Compare(o.To)) }

// String gives both ends with an arrow between.
func (l Link) String() string { return l.From.String() + "->" + l.To.String() }

// Channel is where the link's traffic is accounted for: the egress of From.
func (l Link) Channel() Channel { return Channel{PortRef: l.From} }

// LinkState is a directed link and how well it is known.
type LinkState struct {
	Link
	// Usable tells whether traffic may be sent over the link now; see [Graph.Usable].
	Usable bool
	// Confirmed tells whether this direction was sighted, or restored, since the
	// ports at its ends last came up.
	Confirmed bool
	// Restored tells whether the link is remembered from before a restart and has
	// not been sighted since.
	Restored bool
	// Last is when this direction was last sighted; zero if only restored.
	Last time.Time
}

// link is what the graph keeps for one direction. base is where the time to live
// counts from and means something only while counting is set.
type link struct {
	Link
	confirmed, restored bool
	last, base          time.Time
	counting            bool
}
