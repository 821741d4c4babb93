package bench

import (
	"net/netip"

	"crosspoint/flows"
	"crosspoint/testbed"
	"crosspoint/topology"
)

// job is a fabric and the flows on it: the same for all contenders.
type job struct {
	topo  testbed.Topology
	flows []jobFlow
	hosts map[string]testbed.Host
	dpids map[string]topology.SwitchID
	// peers are the ports of each switch in order, and byPeer the same by the neighbour that they lead to.
	peers  map[string][]testbed.PortNo
	byPeer map[[2]string]topology.PortID
}

func newJob(t testbed.Topology, all ...jobFlow) job {
	j := job{
		topo: t, flows: all, hosts: map[string]testbed.Host{}, dpids: map[string]topology.SwitchID{},
		peers: map[string][]testbed.PortNo{}, byPeer: map[[2]string]topology.PortID{},
	}
	for _, h := range t.Hosts {
		j.hosts[h.Name] = h
	}
	for _, s := range t.Switches {
		j.dpids[s.Name] = topology.SwitchID(s.DPID)
	}
	for _, p := range t.Ports() {
		j.peers[p.Switch] = append(j.peers[p.Switch], p)
		j.byPeer[[2]string{p.Switch, p.Peer}] = topology.PortID(p.No)
	}
	return j
}

// jobFlow is one flow. Receivers get it at once, or when they join.
type jobFlow struct {
	name      string
	group     netip.Addr
	sender    string
	receivers []string
	onJoin    bool
	bandwidth string
	rate      topology.Bandwidth // the same in bits a second
}

// groupAt numbers groups from 239.20.0.0.
func groupAt(i int) netip.Addr { return netip.AddrFrom4([4]byte{239, 20, byte(i >> 8), byte(i)}) }

func (j job) host(name string) testbed.Host        { return j.hosts[name] }
func (j job) dpid(sw string) topology.SwitchID     { return j.dpids[sw] }
func (j job) isSwitch(name string) bool            { return j.dpids[name] != 0 }
func (j job) port(sw, peer string) topology.PortID { return j.byPeer[[2]string{sw, peer}] }

// stream is what switches need to know of the flow with a number.
func (j job) stream(i int) flows.Stream {
	f := j.flows[i]
	sender := j.host(f.sender)
	return flows.Stream{
		Object: flows.FirstObject + flows.ObjectID(i), Source: sender.Addr, Group: f.group,
		SenderMAC: topology.MAC(sender.MAC), Rate: f.rate, DSCP: flows.DSCPDefault,
	}
}

// ports are those of a switch that lead to other switches, and those that lead to hosts.
func (j job) ports(sw string) (links, edges []topology.PortID) {
	for _, p := range j.peers[sw] {
		if j.isSwitch(p.Peer) {
			links = append(links, topology.PortID(p.No))
		} else {
			edges = append(edges, topology.PortID(p.No))
		}
	}
	return links, edges
}

// tree is each switch's part in the shortest tree of a flow to some receivers, by way of what comes first in the topology, without the
// switches to be avoided.
func (j job) tree(f jobFlow, receivers []string, avoid ...string) map[string]flows.Part {
	from := j.towards(j.host(f.sender).Switch, avoid)
	parts := map[string]flows.Part{}
	root := j.host(f.sender).Switch
	parts[root] = flows.Part{In: j.port(root, f.sender), Sender: true}
	for _, r := range receivers {
		at := j.host(r).Switch
		p, known := parts[at]
		p.Edges = append(p.Edges, j.port(at, r))
		for {
			up, more := from[at]
			if more && !known {
				p.In = j.port(at, up)
			}
			parts[at] = p
			if known || !more {
				break
			}
			out := j.port(up, at)
			at = up
			p, known = parts[at]
			p.Links = append(p.Links, out)
		}
	}
	return parts
}

// towards gives each switch's neighbour on the way to a root, by breadth first.
func (j job) towards(root string, avoid []string) map[string]string {
	up, seen := map[string]string{}, map[string]bool{root: true}
	for _, a := range avoid {
		seen[a] = true
	}
	for queue := []string{root}; len(queue) > 0; queue = queue[1:] {
		for _, p := range j.peers[queue[0]] {
			if j.isSwitch(p.Peer) && !seen[p.Peer] {
				seen[p.Peer] = true
				up[p.Peer] = queue[0]
				queue = append(queue, p.Peer)
			}
		}
	}
	return up
}
