package is06

import (
	"net/netip"

	"github.com/google/uuid"

	"crosspoint/controller/core"
	"crosspoint/flows"
	"crosspoint/topology"
)

// deviceMTU is what is said of every switch: OpenFlow does not tell.
const deviceMTU = 1500

// speeds are those that IS-06 can name, ascending (network-device.json).
func speeds() []topology.Bandwidth {
	return []topology.Bandwidth{
		100 * topology.Mbit, topology.Gbit, 10 * topology.Gbit, 25 * topology.Gbit, 40 * topology.Gbit,
		50 * topology.Gbit, 100 * topology.Gbit, 200 * topology.Gbit, 400 * topology.Gbit,
	}
}

func devices() list[core.SwitchView, device] {
	return list[core.SwitchView, device]{
		in:         func(s *core.Snapshot, o order) []*core.SwitchView { return inOrder(s.SwitchesByTime, o) },
		at:         func(sw *core.SwitchView, o order) flows.TAI { return o.of(sw.Created, sw.Updated) },
		wire:       func(_ *core.Snapshot, sw *core.SwitchView) device { return wireDevice(sw) },
		attributes: deviceAttributes(),
	}
}

func findDevice(s *core.Snapshot, id uuid.UUID) (device, bool) {
	for _, sw := range s.Switches {
		if deviceID(sw.ID) == id {
			return wireDevice(sw), true
		}
	}
	return device{}, false
}

func wireDevice(sw *core.SwitchView) device {
	d := device{
		ID: deviceID(sw.ID), ChassisID: sw.ID.ChassisID(), MgmtIP: mgmtIP(sw.Remote), MTU: deviceMTU, Label: sw.Name,
		Interfaces: make([]portOnDevice, 0, len(sw.Ports)),
	}
	for _, port := range sw.Ports {
		if port.ID.Reserved() {
			continue
		}
		d.Interfaces = append(d.Interfaces, portOnDevice{
			PortID: portID(port.Port), AdminStatus: statusOf(port.AdminUp), OperStatus: statusOf(port.LinkUp), Speed: namedSpeed(port.Speed),
		})
	}
	return d
}

// mgmtIP is where the switch's control connection comes from.
func mgmtIP(remote string) netip.Addr {
	peer, err := netip.ParseAddrPort(remote)
	if err != nil {
		return netip.AddrFrom4([4]byte{127, 0, 0, 1})
	}
	return peer.Addr().Unmap().WithZone("")
}

// namedSpeed rounds down to what IS-06 can name.
func namedSpeed(real topology.Bandwidth) topology.Bandwidth {
	named := speeds()[0]
	for _, speed := range speeds() {
		if speed <= real {
			named = speed
		}
	}
	return named
}
