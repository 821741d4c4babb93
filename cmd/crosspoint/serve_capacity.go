package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"crosspoint/controller/core"
	"crosspoint/flows"
	"crosspoint/topology"
)

// capacityOptions say how much of what flows may reserve.
type capacityOptions struct {
	limit, unicast float64
	speeds, peaks  []string
}

func (o *capacityOptions) addFlags(cmd *cobra.Command) {
	f, defaults := cmd.Flags(), core.DefaultConfig()
	f.Float64Var(&o.limit, "reserve-limit", defaults.ReserveLimit, "share of a link's capacity that flows may reserve, above 0, at most 1")
	f.Float64Var(&o.unicast, "unicast-share", defaults.UnicastShare, "share of a link's capacity that flows must leave to unicast, from 0, below 1")
	f.StringArrayVar(&o.speeds, "speed", nil, "capacity of a port, as SWITCH:PORT=RATE, instead of what the switch reports; may be given again")
	f.StringArrayVar(&o.peaks, "peak", nil, "factor from a flow's bandwidth to what is reserved, as PROFILE=FACTOR; may be given again")
}

// apply puts the options into the state machine's settings.
func (o *capacityOptions) apply(c *core.Config) error {
	c.ReserveLimit, c.UnicastShare = o.limit, o.unicast
	for _, text := range o.speeds {
		name, speed, err := parseSpeed(text)
		if err != nil {
			return fmt.Errorf("--speed %q: %w", text, err)
		}
		if c.Speeds == nil {
			c.Speeds = map[core.PortName]topology.Bandwidth{}
		}
		c.Speeds[name] = speed
	}
	for _, text := range o.peaks {
		if err := setPeak(&c.Peaks, text); err != nil {
			return fmt.Errorf("--peak %q: %w", text, err)
		}
	}
	return nil
}

// parseSpeed reads "lf1:lf1-eth1=1G": a port and a rate.
func parseSpeed(text string) (core.PortName, topology.Bandwidth, error) {
	port, rate, ok := strings.Cut(text, "=")
	if !ok {
		return core.PortName{}, 0, fmt.Errorf("want SWITCH:PORT=RATE, like lf1:lf1-eth1=1G")
	}
	name, err := parsePortName(port)
	if err != nil {
		return core.PortName{}, 0, err
	}
	if !strings.HasSuffix(rate, "bit/s") {
		rate += "bit/s"
	}
	speed, err := topology.ParseBandwidth(rate)
	if err == nil && speed == 0 {
		err = fmt.Errorf("a port without capacity carries nothing; take it down instead")
	}
	return name, speed, err
}

// setPeak reads "wide=1.2".
func setPeak(p *flows.Peaks, text string) error {
	profile, factor, _ := strings.Cut(text, "=")
	of := map[string]*flows.Peak{"constant": &p.Constant, "narrow": &p.Narrow, "wide": &p.Wide, "unknown": &p.Unknown}[profile]
	if of == nil {
		return fmt.Errorf("want constant, narrow, wide or unknown, = and a factor, like wide=1.2")
	}
	peak, err := flows.ParsePeak(factor)
	if err == nil {
		*of = peak
	}
	return err
}
