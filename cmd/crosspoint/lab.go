package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"crosspoint/testbed/scenario"
)

const labLong = `Bring up a network of switches and hosts, run a controller for it, and watch multicast arrive where it
may, and nowhere else.

The switches are Open vSwitch in Mininet, which needs root; where that cannot be had they are simulated,
with the same OpenFlow over the same TCP. The first line says which, and why. The hosts are registered as
endpoints over IS-06, as a broadcast controller would do it. Four flows are created: one that the API
forwards, one that receivers ask for by IGMPv3 naming its source, one that they ask for by IGMPv2 and IGMPv3
from any source, and one without a receiver. Real senders send 1,000 packets a second each. One host joins
without being listed, and sends what nobody registered.

The table tells for each receiver what it should get and what arrived since it was last reset:

  STATE      as in 'crosspoint get flows --help'
  RECEIVED   packets at the host's port, whether it joined or not; LOST, DUPLICATED and REORDERED by their numbers
  P50, P99   delay from sender to receiver that half of the packets, or 99 of 100, did not exceed
  GAP        the longest time between two packets

Below are those who were denied: what they asked for or sent, how often, and how much of it ARRIVED all the
same, which must be 0. On a fabric with spare paths a link is taken down every now and then, and up again.

While it runs, look closer from another terminal:

  crosspoint get flows --receivers
  crosspoint get denials
  crosspoint dump lf1
  ovs-ofctl -O OpenFlow13 dump-flows lf1
  avahi-browse -r _nmos-netctrl._tcp

Ctrl-C ends it, and nothing stays behind. --once runs everything for a few seconds, checks every packet,
and fails with what is wrong. --plan runs a test plan of your own in the same way; 'crosspoint lab --plans'
lists those that come with the program.`

const labExample = `  sudo crosspoint lab
  sudo crosspoint lab --topo ring --once
  crosspoint lab --fabric sim --once
  sudo crosspoint lab --plan restart
  sudo crosspoint lab --plan ./my-plan.txt`

// labOptions are the options of lab.
type labOptions struct {
	*streams
	topo     string
	fabric   string
	openflow string
	http     string
	plan     string
	plans    bool
	once     bool
	duration time.Duration
	logLevel string
	mdns     bool
}

func newLabCmd(s *streams) *cobra.Command {
	o := &labOptions{streams: s}
	cmd := &cobra.Command{
		Use:     "lab",
		Short:   "Run a controller with a network to play with",
		Long:    labLong,
		Example: labExample,
		Args:    between(0, 0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.check(cmd); err != nil {
				return err
			}
			return runLab(cmd.Context(), o)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.topo, "topo", "leaf-spine", "leaf-spine, ring or single")
	f.StringVar(&o.fabric, "fabric", fabricAuto, "auto, ovs or sim")
	f.StringVar(&o.openflow, "openflow", "127.0.0.1:6653", "address and port where switches connect; port 0 picks one")
	f.StringVar(&o.http, "http", "127.0.0.1:8080", "address and port of the HTTP APIs; port 0 picks one")
	f.StringVar(&o.plan, "plan", "", "run this test plan instead: a file, or a name from --plans")
	f.BoolVar(&o.plans, "plans", false, "list the plans that come with the program, and end")
	f.BoolVar(&o.once, "once", false, "run a few seconds, check everything, and end")
	f.DurationVar(&o.duration, "duration", 0, "end by itself after so long; 0: at Ctrl-C")
	f.StringVar(&o.logLevel, "log-level", "info", "of the controller: error, warn, info or debug")
	f.BoolVar(&o.mdns, "mdns", true, "let clients find the controller over mDNS, as one for development, where --http can be reached")
	return cmd
}

func (o *labOptions) check(cmd *cobra.Command) error {
	switch o.fabric {
	case fabricAuto, fabricOVS, fabricSim:
	default:
		return misused(cmd, "--fabric %q: want auto, ovs or sim", o.fabric)
	}
	switch o.topo {
	case "leaf-spine", "ring", "single":
	default:
		return misused(cmd, "--topo %q: want leaf-spine, ring or single", o.topo)
	}
	switch {
	case o.plan != "" && cmd.Flags().Changed("topo"):
		return misused(cmd, "a plan names its topology: give --plan or --topo")
	case o.duration < 0:
		return misused(cmd, "--duration %v: want none, or a time to come", o.duration)
	case o.duration > 0 && (o.once || o.plan != ""):
		return misused(cmd, "--duration is for a lab to look at: --once and --plan last as long as their steps")
	}
	return nil
}

// runLab brings everything up, does what was asked for, and takes everything down again.
func runLab(ctx context.Context, o *labOptions) (err error) {
	if o.plans {
		for _, name := range scenario.Names() {
			fmt.Fprintln(o.out, name)
		}
		return nil
	}
	plan, err := o.loadPlan()
	if err != nil {
		return err
	}
	l, err := startLab(ctx, o, plan)
	if err != nil {
		return interrupted(ctx, err)
	}
	defer func() { err = errors.Join(interrupted(ctx, err), l.close(err != nil)) }()
	if o.once || o.plan != "" {
		return l.runOnce(ctx)
	}
	return l.watch(ctx)
}

func (o *labOptions) loadPlan() (scenario.Plan, error) {
	if o.plan == "" {
		return scenario.Load("demo-" + o.topo)
	}
	text, err := os.ReadFile(o.plan)
	if errors.Is(err, os.ErrNotExist) {
		return scenario.Load(o.plan)
	}
	if err != nil {
		return scenario.Plan{}, fmt.Errorf("read plan: %w", err)
	}
	return scenario.Parse(o.plan, string(text))
}

// interrupted puts a plain word in place of the many ways in which things fail when Ctrl-C was pressed.
func interrupted(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil {
		return errors.New("interrupted")
	}
	return err
}
