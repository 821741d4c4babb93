package events

import (
	"net/netip"
	"slices"
	"testing"

	"github.com/google/uuid"

	"crosspoint/controller/core"
	"crosspoint/flows"
)

// large is a network of so many flows, each with four receivers.
func large(n int) *core.Snapshot {
	w := newWorld()
	for i := range n {
		id := idOf("endpoint", i)
		w.endpoints[id] = &core.EndpointView{Endpoint: flows.Endpoint{
			ID: id, Addr: netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}), Created: w.tick(), Updated: w.stamp,
		}}
		f := &core.FlowView{NetworkFlow: flows.NetworkFlow{
			ID: idOf("flow", i), Group: netip.AddrFrom4([4]byte{239, byte(i >> 16), byte(i >> 8), byte(i)}), Sender: id, Created: w.tick(), Updated: w.stamp,
		}}
		for j := range 4 {
			r := idOf("endpoint", (i+j+1)%n)
			f.Receivers = append(f.Receivers, r)
			f.Delivery = append(f.Delivery, core.ReceiverView{Endpoint: r, State: core.Forwarding})
		}
		w.flows[f.ID] = f
	}
	return w.snapshot()
}

// BenchmarkDifferences is one look at 10,000 flows of which none or one has changed.
func BenchmarkDifferences(b *testing.B) {
	before := large(10_000)
	same, changed := *before, *before
	b.Run("none", func(b *testing.B) {
		for b.Loop() {
			if changes, _ := differences(before, &same); len(changes) != 0 {
				b.Fatal(len(changes))
			}
		}
	})
	f, label := *before.Flows[17], uuid.NewString()
	f.Updated++
	f.Delivery, f.Label = slices.Clone(f.Delivery), &label
	f.Delivery[0].State = core.Reserved
	changed.Flows = slices.Clone(before.Flows)
	changed.Flows[17] = &f
	b.Run("one", func(b *testing.B) {
		for b.Loop() {
			if changes, _ := differences(before, &changed); len(changes) != 5 {
				b.Fatal(len(changes))
			}
		}
	})
}
