package bench

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"crosspoint/testbed"
)

// FRR is the fabric of routers that one would build without a controller.
const FRR = "frr"

// frr has a router for every switch of a topology: FRRouting's OSPF for unicast, PIM for multicast, BFD to find dead links, and the
// kernel's own forwarding. Hosts ask by IGMPv3 for a source, so that neither a rendezvous point nor a shared tree is on the way (RFC 4607).
type frr struct{}

// frrPrograms is where Debian has its daemons, which are in nobody's path.
const frrPrograms = "/usr/lib/frr"

func (frr) name() string { return FRR }

// version also sees whether the kernel routes multicast at all.
func (frr) version() (string, error) {
	if _, err := os.Stat("/proc/net/ip_mr_vif"); err != nil {
		return "", errors.New("this kernel does not route multicast (CONFIG_IP_MROUTE)")
	}
	v, err := output(filepath.Join(frrPrograms, "pimd"), "--version")
	return strings.TrimPrefix(v, "pimd version "), err
}

// routers are a running network of FRR.
type routers struct {
	stations
	job      job
	machines map[string]*machine // by switch
}

func (frr) up(ctx context.Context, agent []string, j job) (builtNetwork, error) {
	r := &routers{stations: stations{}, job: j, machines: map[string]*machine{}}
	if err := r.build(ctx, agent); err != nil {
		return nil, fmt.Errorf("bring FRR up: %w", errors.Join(err, r.close()))
	}
	return r, nil
}

func (r *routers) build(ctx context.Context, agent []string) error {
	for _, sw := range r.job.topo.Switches {
		m, err := newMachine(ctx, "frr", "/var/run/frr", "/var/tmp/frr")
		if err != nil {
			return err
		}
		r.machines[sw.Name] = m
	}
	if err := r.cable(ctx); err != nil {
		return err
	}
	if err := r.startAgents(ctx, agent, r.job.topo.Hosts); err != nil {
		return err
	}
	each := r.job.topo.Switches
	if _, err := inParallel(len(each), len(each), func(i int) error { return r.startRouter(ctx, each[i]) }); err != nil {
		return err
	}
	return r.converged(ctx)
}

// cable connects routers with each other and with hosts; their ports are named and numbered as those of the switches.
func (r *routers) cable(ctx context.Context) error {
	next := map[string]int{}
	port := func(sw string) string {
		next[sw]++
		return fmt.Sprintf("%s-eth%d", sw, next[sw])
	}
	for _, l := range r.job.topo.Links {
		if err := connect(ctx, r.machines[l.A].pid(), port(l.A), r.machines[l.B].pid(), port(l.B)); err != nil {
			return err
		}
	}
	for _, h := range r.job.topo.Hosts {
		if err := r.addStation(ctx, h, r.machines[h.Switch], port(h.Switch)); err != nil {
			return err
		}
	}
	return nil
}

// routerPort is a port of a router: its name, its address, and whether it leads to another router.
type routerPort struct {
	name string
	addr netip.Prefix
	link bool
}

// ports are those of a router. The n-th link has 10.255.n.0/31; the addresses of hosts are as inSubnets gives them.
func (r *routers) ports(sw string) (out []routerPort) {
	for _, p := range r.job.peers[sw] {
		if !r.job.isSwitch(p.Peer) {
			gateway := r.job.host(p.Peer).Addr.Prev()
			out = append(out, routerPort{p.Name, netip.PrefixFrom(gateway, 24), false})
			continue
		}
		for n, l := range r.job.topo.Links {
			a, b := netip.AddrFrom4([4]byte{10, 255, byte(n), 0}), netip.AddrFrom4([4]byte{10, 255, byte(n), 1})
			switch {
			case l.A == sw && l.B == p.Peer:
				out = append(out, routerPort{p.Name, netip.PrefixFrom(a, 31), true})
			case l.B == sw && l.A == p.Peer:
				out = append(out, routerPort{p.Name, netip.PrefixFrom(b, 31), true})
			}
		}
	}
	return out
}

// The configuration is what FRR's manual has for such a network (docs.frrouting.org, chapters BFD, OSPFv2, PIM). BFD sends as often as it
// can; with its three missing packets sessions break whenever a small machine is busy, with ten they hold. Leaving a group takes two queries,
// RFC 3376 §4.1.2: 100 ms each, where the default is 1 s.
//
// Hellos, retransmissions and the times between two LSAs of one router are short. They decide how soon a network that starts, or a link that came
// back, is used, and nothing that is measured: a router that was quiet for a while says at once what it lost, by the defaults too (gaps and joins
// are the same with them). But by the defaults of 5 s for each (RFC 2328 appendix B, MinLSInterval, and C.3, RxmtInterval), and with LSAs refused that
// come within a second of the last (MinLSArrival), a router tells of its neighbours when these have told of themselves, 5 s later each, and such
// a network takes 7 to 12 s to come up, and 20 on a busy machine.
const (
	frrBFD = "bfd\n profile fast\n  detect-multiplier 10\n  transmit-interval 10\n  receive-interval 10\n"

	frrOSPFLink = "interface %s\n ip ospf area 0\n ip ospf network point-to-point\n ip ospf bfd profile fast\n ip ospf hello-interval 1\n ip ospf dead-interval 4\n ip ospf retransmit-interval 1\n"
	frrOSPFEdge = "interface %s\n ip ospf area 0\n ip ospf passive\n"
	frrOSPF     = "router ospf\n ospf router-id 10.254.0.%d\n timers throttle lsa all 100\n timers lsa min-arrival 50\n"

	frrPIMLink = "interface %s\n ip pim\n ip pim hello 5 18\n ip pim bfd profile fast\n"
	frrPIMEdge = "interface %s\n ip pim\n ip igmp\n ip igmp last-member-query-interval 1\n ip igmp last-member-query-count 2\n"
	frrPIM     = "ip prefix-list streams permit 239.0.0.0/8 le 32\nip pim ssm prefix-list streams\nip pim ecmp\n"
)

// startRouter gives a router its addresses and its configuration, and starts its daemons, zebra first.
func (r *routers) startRouter(ctx context.Context, sw testbed.Switch) error {
	var ospf, pim, script strings.Builder
	script.WriteString("sysctl -q -w net.ipv4.ip_forward=1 net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0\n")
	for _, p := range r.ports(sw.Name) {
		fmt.Fprintf(&script, "ip addr add %s dev %s\nip link set %s up\n", p.addr, p.name, p.name)
		if p.link {
			fmt.Fprintf(&ospf, frrOSPFLink, p.name)
			fmt.Fprintf(&pim, frrPIMLink, p.name)
		} else {
			fmt.Fprintf(&ospf, frrOSPFEdge, p.name)
			fmt.Fprintf(&pim, frrPIMEdge, p.name)
		}
	}
	fmt.Fprintf(&ospf, frrOSPF, sw.DPID)
	pim.WriteString(frrPIM)
	m := r.machines[sw.Name]
	for _, d := range []struct{ name, config string }{{"zebra", ""}, {"bfdd", frrBFD}, {"ospfd", ospf.String()}, {"pimd", pim.String()}} {
		config := "/var/run/frr/" + d.name + ".conf"
		if err := m.write(ctx, config, d.config); err != nil {
			return fmt.Errorf("router %s: %w", sw.Name, err)
		}
		// Niced as Debian's service has it. The ports of the command line of each are off; vtysh speaks to it by a socket in the machine.
		fmt.Fprintf(&script, "nice -n -5 %s/%s -d -f %s -P 0 --log file:/var/run/frr/%s.log\n", frrPrograms, d.name, config, d.name)
	}
	if _, err := m.run(ctx, script.String()); err != nil {
		return fmt.Errorf("router %s: start daemons: %w", sw.Name, err)
	}
	return nil
}

// converged waits until every router has all its neighbours by OSPF, PIM and BFD, and a route to every host.
func (r *routers) converged(ctx context.Context) error {
	for _, sw := range r.job.topo.Switches {
		links := 0
		for _, p := range r.ports(sw.Name) {
			if p.link {
				links++
			}
		}
		err := until(ctx, "router "+sw.Name+" to have its neighbours and routes", func() (bool, error) {
			settle(ctx, 100*time.Millisecond) // three vtysh take as long, on processors that the daemons need
			out, err := r.machines[sw.Name].run(ctx, `vtysh -c "show ip ospf neighbor" -c "show ip pim neighbor" -c "show bfd peers brief"; ip -4 route show`)
			if err != nil {
				return false, err
			}
			if missing := missingNeighbours(out, links); missing != "" {
				return false, errors.New(missing)
			}
			for _, h := range r.job.topo.Hosts {
				if !strings.Contains(out, netip.PrefixFrom(h.Addr, 24).Masked().String()+" ") {
					return false, fmt.Errorf("no route to %s", h.Name)
				}
			}
			return true, nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// missingNeighbours reads what vtysh shows of neighbours: "" when there are as many as links, by all three protocols.
func missingNeighbours(shown string, links int) string {
	ospf, pim, bfd := 0, 0, 0
	for line := range strings.Lines(shown) {
		fields := strings.Fields(line)
		switch {
		case strings.Contains(line, " Full/"):
			ospf++
		case len(fields) == 5 && strings.Contains(fields[0], "-eth"):
			pim++
		case len(fields) == 4 && fields[3] == "up":
			bfd++
		}
	}
	if ospf == links && pim == links && bfd == links {
		return ""
	}
	return fmt.Sprintf("of %d neighbours there are %d by OSPF, %d by PIM, %d by BFD", links, ospf, pim, bfd)
}

// SetLink takes a link between routers down at a's end, or up.
func (r *routers) SetLink(ctx context.Context, a, b string, up bool) (time.Time, error) {
	state := "down"
	if up {
		state = "up"
	}
	i := slices.IndexFunc(r.job.peers[a], func(p testbed.PortNo) bool { return p.Peer == b })
	if i < 0 {
		return time.Time{}, fmt.Errorf("link %s–%s: not in topology %s", a, b, r.job.topo.Name)
	}
	at := time.Now()
	_, err := r.machines[a].run(ctx, "ip link set "+r.job.peers[a][i].Name+" "+state)
	return at, err
}

// nextHop is where a router of the tree of a flow sends it, as the kernel has it.
func (r *routers) nextHop(ctx context.Context, sw string, f jobFlow) (string, error) {
	out, err := r.machines[sw].run(ctx, "ip mroute show")
	if err != nil {
		return "", err
	}
	from := fmt.Sprintf("(%s,%s)", r.job.host(f.sender).Addr, f.group)
	for line := range strings.Lines(out) {
		if !strings.HasPrefix(line, from) {
			continue
		}
		_, to, _ := strings.Cut(line, "Oifs: ")
		for _, p := range r.job.peers[sw] {
			if slices.Contains(strings.Fields(to), p.Name) {
				return p.Peer, nil
			}
		}
	}
	return "", fmt.Errorf("router %s forwards %s nowhere", sw, f.name)
}

// rested waits until all links are used by all, and until OSPF may say again at once that something changed.
func (r *routers) rested(ctx context.Context) error {
	if err := r.converged(ctx); err != nil {
		return err
	}
	settle(ctx, time.Second)
	return ctx.Err()
}

func (r *routers) close() error {
	r.closeAll()
	var all sync.WaitGroup
	for _, m := range r.machines {
		all.Go(m.close)
	}
	all.Wait()
	return nil
}
