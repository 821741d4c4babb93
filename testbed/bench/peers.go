package bench

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"time"

	"crosspoint/testbed"
	"crosspoint/testbed/ovs"
	"crosspoint/testbed/traffic"
)

// errNotHere says that a peer is not installed.
var errNotHere = errors.New("not installed: run testbed/setup/install.sh --peers")

// peer is a contender that may not be there, and that has a version.
type peer interface {
	contender
	// version is what the peer says of itself; errNotHere when it is not installed.
	version() (string, error)
}

// output is the first line that a program prints.
func output(program string, args ...string) (string, error) {
	path, err := exec.LookPath(program)
	if err != nil {
		return "", errNotHere
	}
	out, err := exec.Command(path, args...).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w: %.200s", program, strings.Join(args, " "), err, out)
	}
	line, _, _ := strings.Cut(string(out), "\n")
	return strings.TrimSpace(line), nil
}

// snooping is Open vSwitch without a controller that snoops IGMP itself (ovs-vswitchd.conf.db(5), mcast_snooping_enable): it forwards to
// whoever asks. Packets of groups that nobody asked for are not flooded, else there would be nothing to measure.
type snooping struct{ job job }

func (c *snooping) name() string                                   { return Snooping }
func (c *snooping) pid() int                                       { return 0 }
func (c *snooping) stop() error                                    { return nil }
func (c *snooping) version() (string, error)                       { return output("ovs-vswitchd", "--version") }
func (c *snooping) start(_ context.Context, j job) (string, error) { c.job = j; return "", nil }

func (c *snooping) prepare(_ context.Context, _ *ovs.Fabric) error {
	for _, sw := range c.job.topo.Switches {
		_, err := output("ovs-vsctl", "set-fail-mode", sw.Name, "standalone", "--", "set", "Bridge", sw.Name,
			"mcast_snooping_enable=true", "other_config:mcast-snooping-disable-flood-unregistered=true")
		if err != nil {
			return err
		}
	}
	return nil
}

func peerWorkloads() []Workload {
	return slices.Concat([]Workload{{
		Name: "peers.v2", About: "one switch, a stream of 10,000 packets/s, IGMPv2 joins and leaves, by all that can be had", OVS: true, Peers: true,
		Series: []string{"v2", "v2.leave"}, Run: runPeers,
	}, {
		Name: "peers.work", About: "IGMPv2 joins at a switch that only talks: one after the other, and 10,000 at once over 1,000 groups", Peers: true,
		Series: []string{"v2.work", "v2.storm"}, Run: runPeerWork,
	}}, learnWorkloads(), routedWorkloads())
}

func peerRows() []Row {
	return slices.Concat([]Row{
		{Name: "v2.join.p50", Title: "IGMPv2 report on the wire → first packet, beside peers", Unit: "ms", Series: "v2", Stat: Median, Floor: Raw},
		{Name: "v2.join.p99", Title: "the slowest 1 % of these", Unit: "ms", Series: "v2", Stat: P99, Floor: Raw},
		{Name: "v2.leave.p50", Title: "IGMPv2 leave on the wire → last packet, beside peers", Unit: "ms", Series: "v2.leave", Stat: Median, Floor: Raw},
		{Name: "v2.leave.p99", Title: "the slowest 1 % of these", Unit: "ms", Series: "v2.leave", Stat: P99, Floor: Raw},
		{Name: "v2.work.p50", Title: "IGMPv2 join at the switch's end of the connection: PACKET_IN written → first change read", Unit: "µs", Series: "v2.work", Stat: Median, Floor: Raw},
		{Name: "v2.work.p99", Title: "the slowest 1 % of these", Unit: "µs", Series: "v2.work", Stat: P99, Floor: Raw},
		{Name: "v2.storm", Title: "10,000 IGMPv2 joins at once over 1,000 groups", Unit: "/s", Series: "v2.storm", Floor: Raw, HigherIsBetter: true},
	}, learnRows(), routedRows())
}

// named is who a figure belongs to.
type named interface{ name() string }

// isHere says loudly that a peer cannot be had, here and in the report.
func (s *Stand) isHere(p interface {
	named
	version() (string, error)
}) bool {
	v, err := p.version()
	if err != nil {
		s.say("        %-12s SKIPPED: %s: %v", s.now.Name, p.name(), err)
		s.Absent[p.name()] = err.Error()
		return false
	}
	if s.Versions[p.name()] == "" {
		s.say("        %-12s beside %s: %s", s.now.Name, p.name(), v)
	}
	s.Versions[p.name()] = v
	return true
}

// here gives those peers that can be had.
func (s *Stand) here(all ...peer) (have []contender) {
	for _, p := range all {
		if s.isHere(p) {
			have = append(have, p)
		}
	}
	return have
}

func runPeers(ctx context.Context, s *Stand) error {
	j := newJob(testbed.Single(3), onJoinFlow(0, "h1", "h2"))
	all := func() []player {
		return s.players(append(s.contenders(), s.here(&snooping{}, &osken{folder: s.folder, app: oskenIGMP})...), ovn{})
	}
	return s.byTurns(ctx, s.rounds(3), all, j, func(p player, g ground) error {
		if err := j.send(ctx, g, 0, streamRate); err != nil {
			return err
		}
		settle(ctx, 300*time.Millisecond)
		return s.timeJoins(ctx, p, g, "h2", "v2", j.probing(40, traffic.ByV2))
	})
}

// runPeerWork has no snooping: that is within the switch.
func runPeerWork(ctx context.Context, s *Stand) error {
	const groups = 1_000
	j := stormJob(groups)
	for round := range s.rounds(3) {
		for _, c := range append(s.contenders(), s.here(&osken{folder: s.folder, app: oskenIGMP})...) {
			err := s.onFake(ctx, c, j, func(f *fakeSwitch) error { return s.peerWork(ctx, c, f, groups) })
			_, isPeer := c.(peer)
			if err = s.excuse(ctx, c, isPeer, round, err); err != nil {
				return err
			}
		}
	}
	return nil
}

// peerWork joins and leaves one by one, with time for what comes after the first change, and then joins all at once.
func (s *Stand) peerWork(ctx context.Context, c contender, f *fakeSwitch, groups int) error {
	f.by = traffic.ByV2
	settle(ctx, 300*time.Millisecond)
	var each []float64
	for i := range 300 {
		host, g := stormJoin(i, groups)
		for _, join := range []bool{true, false} {
			before, start := f.modified(), time.Now()
			if err := f.conn.Send(f.report(host, groupAt(g), join)); err != nil {
				return err
			}
			last, err := f.wait(ctx, "an answer to a join", func(changed, _ int) bool { return changed+f.flows > before })
			if err != nil {
				return err
			}
			if join {
				each = append(each, float64(last.Sub(start))/float64(time.Microsecond))
			}
			settle(ctx, 2*time.Millisecond)
		}
	}
	s.Book.Add("v2.work", c.name(), each...)
	rate, err := burst(ctx, c, f, groups, true)
	if err == nil {
		s.Book.Add("v2.storm", c.name(), rate)
	}
	return err
}
