package is06

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"

	"crosspoint/controller/core"
	"crosspoint/topology"
)

// twoSwitches is a spine and a leaf with one cable between them.
func twoSwitches(f *fake) {
	port := func(id topology.PortID, name string, speed topology.Bandwidth, up bool) core.PortView {
		return core.PortView{Port: topology.Port{ID: id, Name: name, Speed: speed, AdminUp: true, LinkUp: up, Live: up}}
	}
	f.switches = []*core.SwitchView{
		{
			ID: 0x0001_0200_0000_0001, Name: "sp1", Connected: true, Remote: "10.9.0.1:4711", Created: 10, Updated: 12,
			Ports: []core.PortView{
				port(1, "sp1-eth1", 10*topology.Gbit, true), port(2, "sp1-eth2", 0, false), port(topology.PortLocal, "sp1", 0, true),
			},
		},
		{
			ID: 0x0200_0000_0002, Name: "lf1", Remote: "[fe80::2%eth0]:6653", Created: 11, Updated: 11,
			Ports: []core.PortView{port(7, "lf1-eth7", 9*topology.Gbit, true)},
		},
		{ID: 0x0200_0000_0003, Created: 13, Updated: 13},
	}
	there := topology.Link{
		From: topology.PortRef{Switch: 0x0200_0000_0002, Port: 7}, To: topology.PortRef{Switch: 0x0001_0200_0000_0001, Port: 1},
	}
	f.links = []*core.LinkView{
		{Link: there, Usable: true, Capacity: 9 * topology.Gbit, Created: 20, Updated: 23},
		{Link: there.Reverse(), Usable: true, Capacity: 10 * topology.Gbit, Created: 21, Updated: 22},
	}
}

func TestNetworkDevices(t *testing.T) {
	r := newRig(t)
	twoSwitches(r.fake)
	all := read[[]device](r.do("GET", devicesPath, "").want(200))
	if !assert.Len(t, all, 3) {
		return
	}
	spine, leaf, bare := all[1], all[2], all[0] // newest first by update
	r.do("GET", devicesPath+"/"+spine.ID.String(), "").want(200).is(`{
		"id": "` + spine.ID.String() + `", "chassis_id": "02-00-00-00-00-01", "mgmt_ip": "10.9.0.1", "mtu": 1500, "label": "sp1",
		"interfaces": [
			{"port_id": "sp1-eth1", "admin_status": "up", "oper_status": "up", "speed": "10Gbit/s"},
			{"port_id": "sp1-eth2", "admin_status": "up", "oper_status": "down", "speed": "100Mbit/s"}
		]}`)
	assert.Equal(t, "fe80::2", leaf.MgmtIP.String())
	assert.Equal(t, topology.Gbit, leaf.Interfaces[0].Speed)
	assert.Equal(t, "127.0.0.1", bare.MgmtIP.String())
	r.do("GET", devicesPath+"/"+uuid.NewString(), "").want(404).says("network device")

	found := read[[]device](r.do("GET", devicesPath+"?interfaces.oper_status=down&mtu=1500", "").want(200))
	if assert.Len(t, found, 1) {
		assert.Equal(t, spine.ID, found[0].ID)
	}
}

// TestIDsAreForever holds the derived ids to what they were in the first version.
func TestIDsAreForever(t *testing.T) {
	a, b := end{"02-00-00-00-00-01", "sp1-eth1"}, end{"02-00-00-00-00-02", "lf1-eth7"}
	assert.Equal(t, "2d6a3aed-ede0-52ed-85c2-e89c41184535", deviceID(0x0200_0000_0001).String())
	assert.Equal(t, deviceID(0x0200_0000_0001), deviceID(0x0007_0200_0000_0001), "the chassis id is what LLDP shows")
	assert.Equal(t, "f65549c1-d0a7-5488-a863-a2b8c059d0a0", linkID(a, b).String())
	assert.Equal(t, linkID(a, b), linkID(b, a))
	assert.NotEqual(t, linkID(a, b), linkID(a, end{b.chassisID, "lf1-eth8"}))
	assert.NoError(t, theContract().id.CheckText("id", linkID(a, b).String()))
}

func TestNetworkLinks(t *testing.T) {
	r := newRig(t)
	twoSwitches(r.fake)
	link := linkID(end{"02-00-00-00-00-01", "sp1-eth1"}, end{"02-00-00-00-00-02", "lf1-eth7"}).String()
	want := `{"id": "` + link + `", "speed": "9Gbit/s", "peers": [
		{"device_id": "` + deviceID(0x0200_0000_0002).String() + `", "port_id": "lf1-eth7"},
		{"device_id": "` + deviceID(0x0200_0000_0001).String() + `", "port_id": "sp1-eth1"}]}`
	a := r.do("GET", linksPath, "").want(200).is("[" + want + "]")
	assert.Equal(t, "0:23", a.header.Get("X-Paging-Until"))
	assert.Equal(t, "0:21", r.do("GET", linksPath+"?paging.order=create", "").header.Get("X-Paging-Until"))
	r.do("GET", linksPath+"/"+link, "").want(200).is(want)
	r.do("GET", linksPath+"?peers.port_id=sp1-eth1&peers.device_id="+deviceID(0x0200_0000_0002).String(), "").is("[" + want + "]")
	r.do("GET", linksPath+"?peers.port_id=sp1-eth2", "").want(200).is("[]")

	r.fake.links[1].Usable = false
	r.do("GET", linksPath, "").want(200).is("[]")
	r.do("GET", linksPath+"/"+link, "").want(404)
	r.fake.links = r.fake.links[:1]
	r.do("GET", linksPath, "").want(200).is("[]")
}

func TestLinkOfNamelessPorts(t *testing.T) {
	s := &core.Snapshot{}
	f := newFake()
	twoSwitches(f)
	s.Links = f.links
	all := cables(s)
	if assert.Len(t, all, 1) {
		assert.Equal(t, "7", wireLink(s, all[0]).Peers[0].PortID)
	}
}

func TestNamedSpeed(t *testing.T) {
	for real, want := range map[topology.Bandwidth]topology.Bandwidth{
		0: 100 * topology.Mbit, 10 * topology.Mbit: 100 * topology.Mbit, topology.Gbit - 1: 100 * topology.Mbit,
		topology.Gbit: topology.Gbit, 24 * topology.Gbit: 10 * topology.Gbit, 800 * topology.Gbit: 400 * topology.Gbit,
	} {
		assert.Equal(t, want, namedSpeed(real), "%s", real)
	}
}
