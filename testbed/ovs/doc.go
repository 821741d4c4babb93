// Package ovs runs a testbed.Topology on real Open vSwitch, in Mininet.
//
//	Fabric ══ JSON line ══▶ lab.py (python3) ─┬─ ovsdb-server, ovs-vswitchd   unless they run
//	   │                                      ├─ bridges, one for each switch  in the root namespace
//	   │                                      └─ a shell for each host         in a network namespace of its own
//	   ├══ JSON lines ══▶ an agent for each host (package traffic), in the host's namespace
//	   └── ovs-ofctl, tc, and ioctl on the ports of switches
//
// lab.py makes everything and takes everything down again. It lives until its standard input ends, which also happens when the
// program that holds the Fabric is killed. What it makes is recorded before it is made, so that the next Start can clean up
// after a lab.py that was killed too.
//
// Invariants:
//   - Only what a lab made is ever removed: bridges that carry the mark crosspoint-lab in their external ids, and the interfaces
//     and processes of the state file. A foreign bridge or interface with a name that is needed is refused, and named.
//   - Open vSwitch runs in its default run directory, so that ovs-vsctl and ovs-ofctl work beside the lab. Daemons that ran before
//     go on running after; daemons that the lab started end with it.
//   - Kernel parameters that are raised are put back, unless someone changed them meanwhile.
//   - Close looks for itself whether anything is left, and says what.
//
// While a lab runs, /run/crosspoint-lab has its state file and the logs of the daemons it started. One lab runs at a time.
//
// Standards: none of its own; the switches speak OpenFlow 1.3 and are in fail_mode secure.
//
// Limits: Linux, root. Switches use the userspace datapath, so no kernel module is needed and rates are those of one CPU.
package ovs
