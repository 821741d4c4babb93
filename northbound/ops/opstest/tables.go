package opstest

import (
	"maps"

	"crosspoint/flows"
	"crosspoint/openflow"
	"crosspoint/topology"
)

func leaf1Want() flows.Tables {
	camera := flows.Stream{
		Object: CleanObject, Source: addr("10.0.0.1"), Group: addr("239.1.1.1"), SenderMAC: mac(1), Rate: 26041667, DSCP: "AF41",
	}
	second := camera
	second.Object, second.Group, second.Rate, second.DSCP = SecondObject, addr("239.1.1.2"), 3*topology.Mbit, "CS0"
	return union(
		base(),
		flows.CompileGuard(camera, 0, 2), flows.Compile(camera, 0, flows.Part{In: 2, Sender: true, Links: []topology.PortID{1}}),
		flows.CompileGuard(second, 0, 2), flows.Compile(second, 0, flows.Part{In: 2, Sender: true, Edges: []topology.PortID{3}}),
		flows.CompileHost(flows.Station{Object: CameraObject, MAC: mac(1), At: port(Leaf1, 2)}, Leaf1, 2),
		flows.CompileHost(flows.Station{Object: MonitorObject, MAC: mac(2), At: port(Leaf1, 3)}, Leaf1, 3),
		flows.CompileDrop(99, flows.Intruder{Port: 3, MAC: mac(2), Source: addr("10.0.0.2"), Group: addr("239.1.1.9")}),
	)
}

func leaf1Have() flows.Tables {
	t := leaf1Want()
	group := t.Groups[openflow.GroupID(CleanObject)]
	group.Buckets = append([]openflow.Bucket{}, group.Buckets...)
	group.Buckets = append(group.Buckets, openflow.Bucket{
		WatchPort: openflow.PortAny, WatchGroup: openflow.GroupAny, Actions: []openflow.Action{openflow.Output{Port: 3}},
	})
	t.Groups[openflow.GroupID(CleanObject)] = group
	toMonitor := openflow.NewMatch(openflow.EthDst(openflow.MAC(mac(2))))
	maps.DeleteFunc(t.Flows, func(k flows.EntryKey, _ flows.Entry) bool {
		return k.Table == flows.TableUnicast && k.Match == toMonitor
	})
	t.Flows[flows.EntryKey{Table: 0, Priority: 1000, Match: openflow.NewMatch(openflow.InPort(4))}] = flows.Entry{Cookie: 0xbeef}
	return t
}

// base is a little of what flows.Base holds, so that golden files stay when the pipeline gets another entry.
func base() flows.Tables {
	t := flows.NewTables()
	cookie := flows.OwnerBase.Cookie()
	t.Meters[2] = flows.Meter{
		Flags: openflow.MeterPktps | openflow.MeterBurst, Bands: []openflow.Band{{Type: openflow.BandDrop, Rate: 4400, Burst: 8800}},
	}
	igmp := openflow.NewMatch(openflow.EthType(0x0800), openflow.IPProto(2))
	t.Flows[flows.EntryKey{Table: flows.TableClassify, Priority: 700, Match: igmp}] = flows.Entry{
		Cookie: cookie, Instructions: []openflow.Instruction{openflow.GotoTable{Table: flows.TableMembership}},
	}
	t.Flows[flows.EntryKey{Table: flows.TableMembership}] = flows.Entry{Cookie: cookie, Instructions: []openflow.Instruction{
		openflow.UseMeter{Meter: 2},
		openflow.ApplyActions{Actions: []openflow.Action{openflow.Output{Port: openflow.PortController, MaxLen: 2048}}},
	}}
	for _, table := range []openflow.TableID{flows.TableClassify, flows.TableUnicast} {
		t.Flows[flows.EntryKey{Table: table}] = flows.Entry{Cookie: cookie}
	}
	return t
}

// union puts tables with different keys together.
func union(parts ...flows.Tables) flows.Tables {
	all := flows.NewTables()
	for _, t := range parts {
		maps.Copy(all.Flows, t.Flows)
		maps.Copy(all.Groups, t.Groups)
		maps.Copy(all.Meters, t.Meters)
	}
	return all
}
