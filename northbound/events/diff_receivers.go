package events

import (
	"slices"

	"github.com/google/uuid"

	"crosspoint/controller/core"
	"crosspoint/northbound"
)

// receivers tells what changed for the receivers of a flow. Mostly they are the same, in the same order; sameFlow says that the flow is.
func (d *diff) receivers(before, after *core.FlowView, sameFlow bool) {
	was, is := deliveries(before), deliveries(after)
	named := sameFlow && !d.renamed && !d.moved[after.Sender]
	same := func(a, b core.ReceiverView) bool { return named && !d.moved[a.Endpoint] && sameDelivery(a, b) }
	if slices.EqualFunc(was, is, same) {
		return
	}
	old := make(map[uuid.UUID]*core.ReceiverView, len(was))
	for i := range was {
		old[was[i].Endpoint] = &was[i]
	}
	for i := range is {
		r := &is[i]
		b := old[r.Endpoint]
		delete(old, r.Endpoint)
		if b == nil || !same(*b, *r) {
			d.receiver(before, b, after, r)
		}
	}
	for i := range was {
		if r := &was[i]; old[r.Endpoint] != nil {
			d.receiver(before, r, after, nil)
		}
	}
}

func deliveries(f *core.FlowView) []core.ReceiverView {
	if f == nil {
		return nil
	}
	return f.Delivery
}

func sameDelivery(a, b core.ReceiverView) bool {
	return a.Endpoint == b.Endpoint && a.State == b.State && a.Reason == b.Reason && a.Joined == b.Joined &&
		a.Since.Equal(b.Since) && slices.Equal(a.Path, b.Path)
}

func (d *diff) receiver(oldFlow *core.FlowView, was *core.ReceiverView, newFlow *core.FlowView, is *core.ReceiverView) {
	c := change{resource: Receivers}
	c.before = encode(d, was, func(r *core.ReceiverView) (string, []byte, error) { return d.delivery(0, oldFlow, r) }, &c)
	c.after = encode(d, is, func(r *core.ReceiverView) (string, []byte, error) { return d.delivery(1, newFlow, r) }, &c)
	d.tell(rankReceivers, c)
}

// delivery encodes what a receiver gets, with the names as they are on that side.
func (d *diff) delivery(side int, f *core.FlowView, r *core.ReceiverView) (string, []byte, error) {
	names := d.describer(side)
	text, err := northbound.Encode(Delivery{Flow: names.Flow(f.ID), ReceiverStatus: names.Receiver(f, r)})
	return f.ID.String() + "/" + r.Endpoint.String(), text, err
}
