package ovs

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sys/unix"

	"crosspoint/testbed"
)

// SetLink takes the port of a, or of b when a is a host, down or up; the other end loses its carrier. Parallel links between
// the same two all go. The time is just before the kernel was told: a veth passes no more packets within microseconds of
// it, while the call itself may take longer.
func (f *Fabric) SetLink(_ context.Context, a, b string, up bool) (time.Time, error) {
	ports := f.portsTo(a, b)
	if len(ports) == 0 {
		ports = f.portsTo(b, a)
	}
	if len(ports) == 0 {
		return time.Time{}, fmt.Errorf("link %s–%s: not in topology %s", a, b, f.topology.Name)
	}
	at := time.Now()
	for _, p := range ports {
		if err := setUp(p.Name, up); err != nil {
			return time.Time{}, fmt.Errorf("link %s–%s: %w", a, b, err)
		}
	}
	return at, nil
}

// SilentDrop has everything vanish that switch a sends towards b, or ends that. Ports stay up, so nobody is told: only probes
// can find out. For both directions of a link between switches, call it for both.
func (f *Fabric) SilentDrop(ctx context.Context, a, b string, on bool) error {
	ports := f.portsTo(a, b)
	if len(ports) == 0 {
		return fmt.Errorf("silent drop: switch %s has no port to %s in topology %s", a, b, f.topology.Name)
	}
	for _, p := range ports {
		// A token bucket of less than the smallest frame lets none through (tc-tbf(8)).
		args := []string{"qdisc", "replace", "dev", p.Name, "root", "tbf", "rate", "8bit", "burst", "10b", "limit", "10b"}
		if !on {
			args = []string{"qdisc", "del", "dev", p.Name, "root"}
		}
		if _, err := runTool(ctx, "tc", args...); err != nil {
			return fmt.Errorf("silent drop from %s to %s: %w", a, b, err)
		}
	}
	return nil
}

// portsTo lists the ports of a switch that lead to a switch or host.
func (f *Fabric) portsTo(sw, peer string) (ports []testbed.PortNo) {
	for _, p := range f.topology.Ports() {
		if p.Switch == sw && p.Peer == peer {
			ports = append(ports, p)
		}
	}
	return ports
}

// setUp changes IFF_UP of an interface in our namespace (netdevice(7)).
func setUp(iface string, up bool) error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("open socket: %w", err)
	}
	defer func() { _ = unix.Close(fd) }()
	request, err := unix.NewIfreq(iface)
	if err != nil {
		return fmt.Errorf("interface %s: %w", iface, err)
	}
	if err := unix.IoctlIfreq(fd, unix.SIOCGIFFLAGS, request); err != nil {
		return fmt.Errorf("read flags of %s: %w", iface, err)
	}
	flags := request.Uint16() &^ unix.IFF_UP
	if up {
		flags |= unix.IFF_UP
	}
	request.SetUint16(flags)
	if err := unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, request); err != nil {
		return fmt.Errorf("set flags of %s: %w", iface, err)
	}
	return nil
}
