package ovs

import (
	"context"
	"errors"
	"fmt"
	"strings"
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
		return time.Time{}, fmt.Errorf("link %s–%s: not in topology %s", a, b, f.Topology().Name)
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
		return fmt.Errorf("silent drop: switch %s has no port to %s in topology %s", a, b, f.Topology().Name)
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

// SetSilent has everything vanish between two switches, both ways, or ends that.
func (f *Fabric) SetSilent(ctx context.Context, a, b string, silent bool) error {
	return errors.Join(f.SilentDrop(ctx, a, b, silent), f.SilentDrop(ctx, b, a, silent))
}

// watchPatience is how long sessions of BFD may take to come up: seconds, as they begin slowly (RFC 5880 §6.8.3).
const watchPatience = 30 * time.Second

// WatchLinks has Open vSwitch run BFD on every link between switches (ovs-vswitchd.conf.db(5)), and waits until all sessions are up.
func (f *Fabric) WatchLinks(ctx context.Context, every time.Duration) error {
	var args []string
	var ports []string
	for _, p := range f.linkPorts() {
		ports = append(ports, p.Name)
		args = append(args, "--", "set", "interface", p.Name, "bfd:enable=true",
			fmt.Sprintf("bfd:min_tx=%d", every.Milliseconds()), fmt.Sprintf("bfd:min_rx=%d", every.Milliseconds()))
	}
	if _, err := runTool(ctx, "ovs-vsctl", args...); err != nil {
		return fmt.Errorf("watch links: %w", err)
	}
	for deadline := time.Now().Add(watchPatience); ; {
		waiting, err := f.unwatched(ctx, ports)
		if err != nil || len(waiting) == 0 {
			return err
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("watch links: after %v BFD is not up at %s", watchPatience, strings.Join(waiting, ", "))
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// unwatched lists the ports whose session of BFD is not up.
func (f *Fabric) unwatched(ctx context.Context, ports []string) (waiting []string, err error) {
	for _, p := range ports {
		state, err := runTool(ctx, "ovs-vsctl", "--if-exists", "get", "interface", p, "bfd_status:state")
		if err != nil {
			return nil, fmt.Errorf("watch links: %w", err)
		}
		if strings.TrimSpace(state) != "up" {
			waiting = append(waiting, p)
		}
	}
	return waiting, nil
}

// linkPorts lists the ports between switches.
func (f *Fabric) linkPorts() []testbed.PortNo {
	t := f.Topology()
	return t.Ports()[:2*len(t.Links)]
}

// portsTo lists the ports of a switch that lead to a switch or host.
func (f *Fabric) portsTo(sw, peer string) (ports []testbed.PortNo) {
	for _, p := range f.Topology().Ports() {
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
