package flows

import (
	"flag"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"crosspoint/openflow"
	"crosspoint/topology"
)

var update = flag.Bool("update", false, "write the golden files anew")

func camera() Stream {
	return Stream{
		Object: 17, Source: netip.MustParseAddr("10.0.0.1"), Group: netip.MustParseAddr("239.1.1.1"),
		SenderMAC: topology.MAC{0, 0, 0, 0, 0, 1}, Rate: 20_000_000, DSCP: "AF41",
	}
}

// camera6 is the same over IPv6.
func camera6() Stream {
	s := camera()
	s.Source, s.Group = netip.MustParseAddr("fd00::1"), netip.MustParseAddr("ff3e::8000:1")
	return s
}

func intruder6() Intruder {
	return Intruder{Port: 5, MAC: topology.MAC{0, 0, 0, 0, 0, 9}, Source: netip.MustParseAddr("fd00::9"), Group: netip.MustParseAddr("ff3e::9")}
}

// TestGolden holds what each piece of the pipeline puts into a switch, in the notation of ovs-ofctl.
func TestGolden(t *testing.T) {
	cases := map[string]Tables{
		"base":        Base([]topology.PortID{1, 2}, []topology.PortID{3, 4}),
		"base-router": BaseWith([]topology.PortID{1, 2}, []topology.PortID{3, 4}, BaseOptions{Routers: []topology.PortID{4}, Reports: 9999, ReportBurst: 1}),
		"infrastructure-router": CompileInfrastructure(
			Infrastructure{Groups: defaultInfrastructureGroups()[:1], Rate: 100, Routers: true},
			InfrastructurePorts{Links: []topology.PortID{1}, Edges: []topology.PortID{3, 4}, Routers: []topology.PortID{4}},
		),
		"guard":           CompileGuard(camera(), 0, 3),
		"guard-1":         CompileGuard(camera(), 1, 3),
		"flow-sender":     Compile(camera(), 0, Part{In: 3, Sender: true, Edges: []topology.PortID{4, 1, 4}}),
		"flow-idle":       Compile(camera(), 0, Part{In: 3, Sender: true}),
		"flow-transit":    Compile(camera(), 0, Part{In: 1, Links: []topology.PortID{2}, Edges: []topology.PortID{3}}),
		"flow-transit-1":  Compile(camera(), 1, Part{In: 1, Links: []topology.PortID{2}, Edges: []topology.PortID{3}}),
		"flow-hairpin":    Compile(camera(), 0, Part{In: 3, Sender: true, Edges: []topology.PortID{3}}),
		"host-own-switch": CompileHost(Station{Object: 18, MAC: topology.MAC{0, 0, 0, 0, 0, 2}, At: topology.PortRef{Switch: 1, Port: 4}}, 1, 4),
		"host-elsewhere":  CompileHost(Station{Object: 18, MAC: topology.MAC{0, 0, 0, 0, 0, 2}, At: topology.PortRef{Switch: 1, Port: 4}}, 2, 1),
		"guard-ipv6":      CompileGuard(camera6(), 0, 3),
		"flow-ipv6":       Compile(camera6(), 0, Part{In: 3, Sender: true, Edges: []topology.PortID{4}}),
		"flow-ipv6-1":     Compile(camera6(), 1, Part{In: 3, Sender: true, Edges: []topology.PortID{4}}),
		"denied-ipv6":     CompileDrop(2, intruder6()),
		"denied-sender": CompileDrop(1, Intruder{
			Port: 5, MAC: topology.MAC{0, 0, 0, 0, 0, 9}, Source: netip.MustParseAddr("10.0.0.9"), Group: netip.MustParseAddr("239.9.9.9"),
		}),
	}
	for name, tables := range cases {
		t.Run(name, func(t *testing.T) {
			var text strings.Builder
			for _, l := range tables.Lines() {
				text.WriteString(l.Text + "\n")
			}
			path := filepath.Join("testdata", name+".txt")
			if *update {
				require.NoError(t, os.WriteFile(path, []byte(text.String()), 0o644))
			}
			golden, err := os.ReadFile(path)
			require.NoError(t, err)
			assert.Equal(t, string(golden), text.String())
		})
	}
}

// TestOwnersNeverShareKeys holds what Tracker relies on.
func TestOwnersNeverShareKeys(t *testing.T) {
	other := camera()
	other.Object, other.Group = 19, netip.MustParseAddr("239.1.1.2")
	all := []Tables{
		Base([]topology.PortID{1}, []topology.PortID{3}), CompileGuard(camera(), 0, 3),
		Compile(camera(), 0, Part{In: 3, Sender: true, Edges: []topology.PortID{4}}),
		Compile(camera(), 1, Part{In: 3, Sender: true, Edges: []topology.PortID{4}}),
		CompileGuard(camera6(), 0, 3), Compile(camera6(), 0, Part{In: 3, Sender: true, Edges: []topology.PortID{4}}), CompileDrop(2, intruder6()),
		CompileGuard(other, 1, 3), Compile(other, 0, Part{In: 3, Sender: true, Edges: []topology.PortID{4}}),
		CompileHost(Station{Object: 18, MAC: topology.MAC{0, 0, 0, 0, 0, 2}, At: topology.PortRef{Switch: 1, Port: 4}}, 1, 4),
		CompileDrop(1, Intruder{Port: 3, MAC: topology.MAC{0, 0, 0, 0, 0, 1}, Source: netip.MustParseAddr("10.0.0.1"), Group: netip.MustParseAddr("239.1.1.1")}),
	}
	seen := map[EntryKey]bool{}
	for _, tables := range all {
		for k := range tables.Flows {
			assert.False(t, seen[k], "%v is in two owners' tables", k)
			seen[k] = true
			assert.Equal(t, k.Match.Canonical(), k.Match, "keys are canonical, or reading back would never match")
			assert.NoError(t, k.Match.Validate())
		}
	}
}

func TestCookie(t *testing.T) {
	for _, o := range []Owner{OwnerBase, BranchesOf(17, 0), BranchesOf(17, 1), GuardOf(17), {Kind: KindHost, Object: LastObject}, {Kind: KindDenied, Object: 1}} {
		assert.Equal(t, o, OwnerOf(o.Cookie()))
	}
	assert.Equal(t, KindForeign, OwnerOf(0).Kind)
	assert.Equal(t, KindForeign, OwnerOf(0x1234<<48|17).Kind)
}

// TestOwnersByNumber holds that groups and meters, which have no cookie, are found to belong to whom their entries belong to.
func TestOwnersByNumber(t *testing.T) {
	for _, v := range []Version{0, 1} {
		for id := range Compile(camera(), v, Part{In: 1, Edges: []topology.PortID{2}}).Groups {
			assert.Equal(t, BranchesOf(17, v), groupOwner(id))
		}
		guard := CompileGuard(camera(), v, 3)
		for id := range guard.Meters {
			assert.Equal(t, GuardOf(17), meterOwner(id))
		}
		found, any := GuardVersion(guard)
		assert.True(t, any)
		assert.Equal(t, v, found)
	}
	assert.Equal(t, OwnerInfrastructure, groupOwner(groupInfrastructure))
	for first, owner := range map[openflow.MeterID]Owner{
		firstInfrastructureMeter: OwnerInfrastructure, firstMembershipMeter: OwnerBase, firstNeighboursMeter: OwnerBase,
	} {
		for _, port := range []topology.PortID{1, portMeters - 1, portMeters, topology.PortMax} {
			assert.Equal(t, owner, meterOwner(portMeter(first, port)))
		}
	}
	assert.LessOrEqual(t, endOfPortMeters, openflow.MeterID(1<<18), "more than Open vSwitch has")
	assert.Equal(t, KindForeign, meterOwner(endOfPortMeters).Kind)
	for _, id := range []openflow.GroupID{0, 2, openflow.GroupID(FirstObject) - 1, 2 * groupVersionBit, groupVersionBit + 1, openflow.GroupAll} {
		assert.Equal(t, KindForeign, groupOwner(id).Kind, "%x", id)
	}
	_, any := GuardVersion(Compile(camera(), 0, Part{In: 1, Edges: []topology.PortID{2}}))
	assert.False(t, any)
}

func TestParseDropReadsWhatCompileDropMade(t *testing.T) {
	four := Intruder{Port: 5, MAC: topology.MAC{0, 0, 0, 0, 0, 9}, Source: netip.MustParseAddr("10.0.0.9"), Group: netip.MustParseAddr("239.9.9.9")}
	for _, want := range []Intruder{four, intruder6()} {
		for k := range CompileDrop(1, want).Flows {
			got, ok := ParseDrop(k)
			require.True(t, ok)
			assert.Equal(t, want, got)
		}
	}
	for k := range Base(nil, nil).Flows {
		_, ok := ParseDrop(k)
		assert.False(t, ok)
	}
}
