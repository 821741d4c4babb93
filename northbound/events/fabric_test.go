package events

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"crosspoint/controller/core"
	"crosspoint/flows"
	"crosspoint/northbound/ops"
	"crosspoint/testbed"
	"crosspoint/testbed/onsim"
	"crosspoint/topology"
)

// network is a controller that counts how often it is looked at.
type network struct {
	*onsim.Network
	t     *testing.T
	looks atomic.Int32
}

// Snapshot counts, so that a test knows when the first look is over.
func (n *network) Snapshot(ctx context.Context) (*core.Snapshot, error) {
	n.looks.Add(1)
	return n.Network.Snapshot(ctx)
}

// TestOverFabric follows a flow from its PUT to its DELETE, and a join that is denied, with the controller and switches over real sockets.
func TestOverFabric(t *testing.T) {
	n := &network{Network: onsim.Start(t, nil), t: t}
	a, _ := run(t, Config{Controller: n, Interval: 5 * time.Millisecond})
	server := serve(t, a)
	got := watch(t, Client{Base: server.URL}, a.ring.newest())
	eventually(t, "the first look is over", func() bool { return n.looks.Load() > 1 })
	topo := testbed.LeafSpine(2, 2, 2)
	fabric := n.Connect(topo)
	n.Register(topo)
	id := onsim.ID("camera")
	label := "Camera 1"
	n.Must(core.PutFlow{Flow: flows.NetworkFlow{
		ID: id, Group: netip.MustParseAddr("239.1.1.1"), Sender: onsim.ID("h1"), Receivers: []uuid.UUID{onsim.ID("h3")}, Bandwidth: topology.Mbit,
		Profile: flows.ProfileConstant, Forward: true, DSCP: flows.DSCPDefault, Label: &label,
	}})
	of := func(resource Resource, id string) []Event {
		return slices.DeleteFunc(got.events(), func(e Event) bool { return e.Resource != resource || e.ID != id })
	}
	receiver := id.String() + "/" + onsim.ID("h3").String()
	state := func() ops.DeliveryState {
		list := of(Receivers, receiver)
		if len(list) == 0 || list[len(list)-1].After == nil {
			return ""
		}
		return decode[Delivery](t, list[len(list)-1].After).State
	}
	eventually(t, "forwarding", func() bool { return state() == ops.DeliveryForwarding })
	more := "Camera 1, clean"
	n.Must(core.PatchFlow{ID: id, Patch: flows.FlowPatch{Label: &more}})
	eventually(t, "label", func() bool { return len(of(Flows, id.String())) == 2 })
	require.NoError(t, fabric.Join(context.Background(), "h4", testbed.Join{Group: netip.MustParseAddr("239.1.1.1")}))
	eventually(t, "denied", func() bool {
		return slices.ContainsFunc(got.events(), func(e Event) bool { return e.Resource == Denials && e.Action == Created })
	})
	n.Must(core.Drain{What: core.SwitchOrCable{Switch: 1}})
	eventually(t, "drained", func() bool { return len(of(Drains, topology.SwitchID(1).String())) == 1 })
	n.Must(core.Undrain{What: core.SwitchOrCable{Switch: 1}})
	eventually(t, "given back", func() bool {
		list := of(Drains, topology.SwitchID(1).String())
		return len(list) == 2 && list[1].Action == Deleted && decode[ops.DrainedPart](t, list[1].Before).SwitchName == "sp1"
	})
	backup := flows.NetworkFlow{
		ID: onsim.ID("backup"), Group: netip.MustParseAddr("239.1.1.2"), Sender: onsim.ID("h1"), Receivers: []uuid.UUID{onsim.ID("h3")}, Bandwidth: topology.Mbit,
		Profile: flows.ProfileConstant, Forward: true, DSCP: flows.DSCPDefault,
	}
	n.Must(core.PutFlow{Flow: backup})
	n.Must(core.PairFlows{Name: "camera", Legs: [2]uuid.UUID{id, backup.ID}})
	eventually(t, "paired", func() bool {
		list := of(Pairs, "camera")
		return len(list) > 0 && decode[ops.Pair](t, list[len(list)-1].After).Separation == ops.SeparateSwitches
	})
	n.Must(core.UnpairFlows{Name: "camera"})
	eventually(t, "parted", func() bool { list := of(Pairs, "camera"); return list[len(list)-1].Action == Deleted })
	n.Must(core.DeleteFlow{ID: backup.ID})
	n.Must(core.DeleteFlow{ID: id})
	eventually(t, "deleted", func() bool {
		list := of(Flows, id.String())
		return list[len(list)-1].Action == Deleted
	})

	var actions []Action
	for _, e := range of(Flows, id.String()) {
		actions = append(actions, e.Action)
	}
	assert.Equal(t, []Action{Created, Updated, Deleted}, actions)
	updated := of(Flows, id.String())[1]
	assert.Equal(t, label, decode[map[string]any](t, updated.Before)["label"])
	assert.Equal(t, more, decode[map[string]any](t, updated.After)["label"])
	deliveries := of(Receivers, receiver)
	assert.Equal(t, Deleted, deliveries[len(deliveries)-1].Action)
	assert.Greater(t, of(Flows, id.String())[2].Cursor, deliveries[len(deliveries)-1].Cursor, "a flow goes after its receivers")
	assert.Less(t, of(Flows, id.String())[0].Cursor, deliveries[0].Cursor, "and comes before them")
	n.whole(got)
}

// whole holds that the events, applied one after the other, give what the controller shows, and that cursors grow.
func (n *network) whole(got *collector) {
	n.t.Helper()
	eventually(n.t, "the events add up to what is there", func() bool {
		s, err := n.Snapshot(context.Background())
		have, wrong := applied(got.events())
		return err == nil && wrong == "" && assert.ObjectsAreEqual(documents(n.t, s), have)
	})
}

// applied carries out events on nothing, and tells of the first that does not fit.
func applied(events []Event) (have map[string]string, wrong string) {
	have = map[string]string{}
	var last Cursor
	for _, e := range events {
		key := string(e.Resource) + " " + e.ID
		if e.Cursor <= last || have[key] != string(e.Before) && e.Resource != Denials {
			return have, fmt.Sprintf("%s of %s at %s", e.Action, key, e.Cursor)
		}
		last = e.Cursor
		if delete(have, key); e.After != nil && e.Resource != Denials {
			have[key] = string(e.After)
		}
	}
	return have, ""
}
