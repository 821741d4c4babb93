package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"crosspoint/topology"
)

// OVN is Open vSwitch under OVN's control.
const OVN = "ovn"

// ovn has one logical switch with IGMP snooping and a querier for a job of one switch. All that belongs to it, Open vSwitch too, runs in a
// machine of its own, so that the system's Open vSwitch has nothing to do with it.
type ovn struct{}

func (ovn) name() string { return OVN }

// version needs both of Debian's packages.
func (ovn) version() (string, error) {
	if v, err := output("ovn-northd", "--version"); err != nil {
		return v, err
	}
	return output("ovn-controller", "--version")
}

// ovnSwitch is a running OVN.
type ovnSwitch struct {
	stations
	machine  *machine
	restored func() error // gives the system its buffers back
}

func (ovn) up(ctx context.Context, agent []string, j job) (builtNetwork, error) {
	n := &ovnSwitch{stations: stations{}}
	if err := n.build(ctx, agent, j); err != nil {
		return nil, fmt.Errorf("bring OVN up: %w", errors.Join(err, n.close()))
	}
	return n, nil
}

// ovnStart starts everything, in the order of OVN's installation guide (docs.ovn.org, "OVN on Hosts"). On a machine without Open vSwitch's
// kernel module the datapath is the one of user space; the tunnel endpoint is never used.
const ovnStart = `
cd /var/run/ovn
quiet="-vconsole:off -vsyslog:off"
ovsdb-tool create /var/run/openvswitch/conf.db /usr/share/openvswitch/vswitch.ovsschema
ovsdb-server $quiet --log-file --pidfile --detach --remote=punix:/var/run/openvswitch/db.sock /var/run/openvswitch/conf.db
ovs-vsctl --no-wait init
ovs-vsctl --no-wait set open_vswitch . external_ids:system-id=bench external_ids:ovn-remote=unix:/var/run/ovn/ovnsb_db.sock \
	external_ids:ovn-encap-type=geneve external_ids:ovn-encap-ip=127.0.0.1 external_ids:ovn-bridge-datapath-type=netdev
ovs-vswitchd $quiet --log-file --pidfile --detach
for half in nb sb; do
	ovsdb-tool create /var/run/ovn/$half.db /usr/share/ovn/ovn-$half.ovsschema
	ovsdb-server $quiet --log-file=/var/log/ovn/$half.log --pidfile=/var/run/ovn/ovn${half}_db.pid --unixctl=/var/run/ovn/ovn${half}_db.ctl \
		--detach --remote=punix:/var/run/ovn/ovn${half}_db.sock /var/run/ovn/$half.db
done
ovn-nbctl init
ovn-sbctl init
ovn-northd $quiet --log-file --pidfile --detach
ovn-controller $quiet --log-file --pidfile --detach
ovn-nbctl ls-add bench -- set logical_switch bench other_config:mcast_snoop=true other_config:mcast_querier=true \
	other_config:mcast_eth_src=02:00:00:00:00:fe other_config:mcast_ip4_src=10.0.255.254
`

func (n *ovnSwitch) build(ctx context.Context, agent []string, j job) (err error) {
	if n.restored, err = raiseBuffers(); err != nil {
		return err
	}
	n.machine, err = newMachine(ctx, "root", "/var/run/openvswitch", "/var/run/ovn", "/etc/openvswitch", "/var/log/openvswitch", "/var/log/ovn")
	if err != nil {
		return err
	}
	if _, err := n.machine.run(ctx, ovnStart); err != nil {
		return err
	}
	var ports strings.Builder
	for _, h := range j.topo.Hosts {
		if err := n.addStation(ctx, h, n.machine, "to-"+h.Name); err != nil {
			return err
		}
		fmt.Fprintf(&ports, "ip link set to-%[1]s up\novs-vsctl --may-exist add-br br-int -- add-port br-int to-%[1]s -- set interface to-%[1]s external_ids:iface-id=%[1]s\n", h.Name)
		fmt.Fprintf(&ports, "ovn-nbctl lsp-add bench %[1]s -- lsp-set-addresses %[1]s '%[2]s %[3]s'\n", h.Name, topology.MAC(h.MAC), h.Addr)
	}
	if err := n.startAgents(ctx, agent, j.topo.Hosts); err != nil {
		return err
	}
	_, err = n.machine.run(ctx, ports.String()+"ovn-nbctl --timeout=60 wait-until Logical_Switch_Port "+j.topo.Hosts[0].Name+" up=true\novn-nbctl --timeout=60 --wait=hv sync")
	return err
}

// SetLink has nothing to do anything with: there is one switch.
func (n *ovnSwitch) SetLink(context.Context, string, string, bool) (time.Time, error) {
	return time.Time{}, errors.New("the logical switch of OVN has no links")
}

func (n *ovnSwitch) close() (err error) {
	n.closeAll()
	if n.machine != nil {
		n.machine.close()
	}
	if n.restored != nil {
		err = n.restored()
	}
	return err
}

// raiseBuffers gives the sockets of Open vSwitch the room that the lab gives them, or a stream loses packets at them, and the function that
// puts the old value back.
func raiseBuffers() (restore func() error, err error) {
	const path, room = "/proc/sys/net/core/rmem_default", 8 << 20
	old, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if n, err := strconv.Atoi(strings.TrimSpace(string(old))); err != nil || n >= room {
		return func() error { return nil }, err
	}
	return func() error { return os.WriteFile(path, old, 0o644) }, os.WriteFile(path, []byte(strconv.Itoa(room)), 0o644)
}
