package core

import (
	"crosspoint/openflow"
	"crosspoint/topology"
)

// PortOf reads a port description (OpenFlow 1.3.5 §7.2.1), which gives speeds in kbit/s.
func PortOf(p openflow.Port) topology.Port {
	return topology.Port{
		ID: topology.PortID(p.No), Name: p.Name, MAC: topology.MAC(p.HWAddr),
		AdminUp: p.Config&openflow.PortDown == 0, LinkUp: p.State&openflow.PortLinkDown == 0, Live: p.State&openflow.PortLive != 0,
		Speed: topology.Bandwidth(p.CurrSpeed) * topology.Kbit,
	}
}
