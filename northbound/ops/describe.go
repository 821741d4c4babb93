package ops

import (
	"github.com/google/uuid"

	"crosspoint/controller/core"
)

// Describer puts single things of one snapshot into the words of this API, for whoever tells of them elsewhere.
type Describer struct{ x *index }

// Describe makes a describer of a snapshot.
func Describe(s *core.Snapshot) Describer { return Describer{newIndex(s)} }

// Receiver is what a receiver of a flow gets, as far as the controller knows: whether the sender sends is not looked at.
func (d Describer) Receiver(f *core.FlowView, r *core.ReceiverView) ReceiverStatus {
	return d.x.receiverStatus(f, r)
}

// Flow names a flow, by its id alone if there is none.
func (d Describer) Flow(id uuid.UUID) FlowRef { return d.x.flow(id) }

// Denial names who was denied what.
func (d Describer) Denial(denied *core.Denial) Denial { return d.x.denialView(denied) }

// Drained names what was taken out of use.
func (d Describer) Drained(p core.SwitchOrCable) DrainedPart { return d.x.drainedPart(p) }

// Pair names an essence that is sent twice, and tells how far its trees are apart.
func (d Describer) Pair(p *core.PairView) Pair { return d.x.pairView(*p) }
