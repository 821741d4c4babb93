package main

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"crosspoint/controller/core"
	"crosspoint/igmp"
)

// querierOptions say how hosts are asked for their memberships, and how many answers are taken in.
type querierOptions struct {
	interval           time.Duration
	settings           []string
	portRate, hostRate string
	limits             []string
}

func (o *querierOptions) addFlags(cmd *cobra.Command) {
	f, defaults := cmd.Flags(), igmp.DefaultQuerierConfig()
	f.DurationVar(&o.interval, "query-interval", defaults.QueryInterval, "time between two IGMP general queries")
	f.StringArrayVar(&o.settings, "querier", nil, "how hosts are asked, as SETTING,… for all ports or SWITCH:PORT=SETTING,… for one; may be given again")
	f.StringVar(&o.portRate, "port-report-rate", rateText(defaults.PortRate, defaults.PortBurst), "IGMP and MLD reports a second that one port may send, as RATE or RATE:BURST")
	f.StringVar(&o.hostRate, "host-report-rate", rateText(defaults.HostRate, defaults.HostBurst), "the same for one host with a membership")
	f.StringSliceVar(&o.limits, "membership-limits", nil, "how much hosts may ask for, as LIMIT=NUMBER,…: "+limitsText(defaults.Config))
}

// membershipLimit is one that has a name on the command line.
type membershipLimit struct {
	name string
	of   func(*igmp.Config) *int
}

// membershipLimits are those that there are.
func membershipLimits() []membershipLimit {
	return []membershipLimit{
		{"hosts", func(c *igmp.Config) *int { return &c.MaxHosts }},
		{"hosts-per-port", func(c *igmp.Config) *int { return &c.MaxHostsPerPort }},
		{"groups-per-port", func(c *igmp.Config) *int { return &c.MaxGroupsPerPort }},
		{"groups-per-host", func(c *igmp.Config) *int { return &c.MaxGroupsPerHost }},
		{"sources-per-group", func(c *igmp.Config) *int { return &c.MaxSourcesPerGroup }},
		{"memberships", func(c *igmp.Config) *int { return &c.MaxMemberships }},
	}
}

// limitsText lists the limits with their values, as they are given.
func limitsText(c igmp.Config) string {
	var all []string
	for _, l := range membershipLimits() {
		all = append(all, fmt.Sprintf("%s=%d", l.name, *l.of(&c)))
	}
	return strings.Join(all, ",")
}

// applyLimits sets what was said of limits; whether the numbers are good tells the validation of the whole.
func (o *querierOptions) applyLimits(c *igmp.Config) error {
	for _, text := range o.limits {
		name, value, _ := strings.Cut(text, "=")
		i := slices.IndexFunc(membershipLimits(), func(l membershipLimit) bool { return l.name == name })
		n, err := strconv.Atoi(value)
		if i < 0 || err != nil {
			return fmt.Errorf("--membership-limits %q: want LIMIT=NUMBER, like %s", text, limitsText(*c))
		}
		*membershipLimits()[i].of(c) = n
	}
	return nil
}

// apply puts the options into the state machine's settings. A port's own begin with those of all ports, in whatever order they are given.
func (o *querierOptions) apply(c *core.Config) error {
	all := askedPort{port: c.Querier.Port()}
	all.port.QueryInterval = o.interval
	ports := map[core.PortName]string{}
	for _, text := range o.settings {
		name, settings, err := splitQuerier(text)
		if err == nil && name != (core.PortName{}) {
			if _, twice := ports[name]; twice {
				err = fmt.Errorf("the port is named twice")
			}
			ports[name] = settings
		} else if err == nil {
			err = all.setEach(settings)
		}
		if err != nil {
			return fmt.Errorf("--querier %q: %w", text, err)
		}
	}
	general := all.settled()
	c.Querier.Timing, c.Querier.Asking = general.Timing, general.Asking
	for name, settings := range ports {
		own := all
		if err := own.setEach(settings); err != nil {
			return fmt.Errorf("--querier %s:%s=%s: %w", name.Switch, name.Port, settings, err)
		}
		if c.QuerierPorts == nil {
			c.QuerierPorts = map[core.PortName]igmp.PortConfig{}
		}
		c.QuerierPorts[name] = own.settled()
	}
	if err := o.applyLimits(&c.Querier.Config); err != nil {
		return err
	}
	return o.applyRates(c)
}

func (o *querierOptions) applyRates(c *core.Config) (err error) {
	if c.Querier.PortRate, c.Querier.PortBurst, err = parseReportRate(o.portRate); err != nil {
		return fmt.Errorf("--port-report-rate %q: %w", o.portRate, err)
	}
	if c.Querier.HostRate, c.Querier.HostBurst, err = parseReportRate(o.hostRate); err != nil {
		return fmt.Errorf("--host-report-rate %q: %w", o.hostRate, err)
	}
	return nil
}

// splitQuerier tells "lf1:lf1-eth3=igmpv2,interval=60s" from "igmpv2,interval=60s": a port has a colon before the first "=".
func splitQuerier(text string) (name core.PortName, settings string, err error) {
	before, after, _ := strings.Cut(text, "=")
	if !strings.Contains(before, ":") {
		return name, text, nil
	}
	if name, err = parsePortName(before); err != nil {
		return name, "", err
	}
	return name, after, nil
}

// askedPort is a port's configuration in the making. What was not said follows what was (RFC 3376 §8).
type askedPort struct {
	port                                             igmp.PortConfig
	response, startup, startupCount, lastMemberCount bool // said
}

func (p *askedPort) setEach(settings string) error {
	for _, setting := range strings.Split(settings, ",") {
		name, value, _ := strings.Cut(setting, "=")
		if err := p.set(name, value); err != nil {
			return err
		}
	}
	return nil
}

// word sets what has no value, and reports whether there is such a thing.
func (p *askedPort) word(name string) bool {
	switch name {
	case "igmpv1", "igmpv2", "igmpv3", "no-igmp":
		p.port.Version, p.port.AlsoV2 = map[string]igmp.Version{"igmpv1": igmp.V1, "igmpv2": igmp.V2, "igmpv3": igmp.V3}[name], false
	case "igmpv2+v3":
		p.port.Version, p.port.AlsoV2 = igmp.V3, true
	case "mldv1", "mldv2", "no-mld":
		p.port.MLDVersion, p.port.AlsoMLDv1 = map[string]igmp.Version{"mldv1": igmp.MLDv1, "mldv2": igmp.MLDv2}[name], false
	case "mldv1+v2":
		p.port.MLDVersion, p.port.AlsoMLDv1 = igmp.MLDv2, true
	case "obey", "ignore":
		p.port.Obey = name == "obey"
	default:
		return false
	}
	return true
}

const querierSettings = "igmpv1, igmpv2, igmpv3, igmpv2+v3, no-igmp, mldv1, mldv2, mldv1+v2, no-mld, obey, ignore, " +
	"interval=, response=, robustness=, last-member-interval=, last-member-count=, startup-interval=, startup-count= and source="

func (p *askedPort) set(name, value string) (err error) {
	if value == "" && p.word(name) {
		return nil
	}
	if value == "" {
		return fmt.Errorf("%q is no setting; there are %s", name, querierSettings)
	}
	switch name {
	case "interval":
		p.port.QueryInterval, err = time.ParseDuration(value)
	case "response":
		p.response = true
		p.port.ResponseInterval, err = time.ParseDuration(value)
	case "robustness":
		p.port.Robustness, err = strconv.Atoi(value)
	case "last-member-interval":
		p.port.LastMemberInterval, err = time.ParseDuration(value)
	case "last-member-count":
		p.lastMemberCount = true
		p.port.LastMemberCount, err = strconv.Atoi(value)
	case "startup-interval":
		p.startup = true
		p.port.StartupInterval, err = time.ParseDuration(value)
	case "startup-count":
		p.startupCount = true
		p.port.StartupCount, err = strconv.Atoi(value)
	case "source":
		p.port.Source, err = netip.ParseAddr(value)
	default:
		return fmt.Errorf("%q is no setting; there are %s", name, querierSettings)
	}
	if err != nil {
		return fmt.Errorf("%s=%s: want a value like %s", name, value, exampleOf(name))
	}
	return nil
}

func exampleOf(setting string) string {
	switch setting {
	case "robustness", "last-member-count", "startup-count":
		return "2"
	case "source":
		return "10.0.0.1"
	}
	return "10s"
}

// settled has what was not said follow what was: the counts are the robustness, the first queries come at a quarter of the interval at most
// (RFC 3376 §8.6, §8.7, §8.9), and hosts answer within half of a short one.
func (p askedPort) settled() igmp.PortConfig {
	c := p.port
	if !p.startup {
		c.StartupInterval = min(c.StartupInterval, c.QueryInterval/4)
	}
	if !p.response && c.ResponseInterval >= c.QueryInterval {
		c.ResponseInterval = c.QueryInterval / 2
	}
	if !p.startupCount {
		c.StartupCount = c.Robustness
	}
	if !p.lastMemberCount {
		c.LastMemberCount = c.Robustness
	}
	return c
}

func rateText(rate, burst int) string { return fmt.Sprintf("%d:%d", rate, burst) }

// parseReportRate reads "4000:8000", or "4000" for a burst of twice that.
func parseReportRate(text string) (rate, burst int, err error) {
	first, second, both := strings.Cut(text, ":")
	if rate, err = strconv.Atoi(first); err == nil {
		burst = 2 * rate
		if both {
			burst, err = strconv.Atoi(second)
		}
	}
	if err != nil || rate < 1 || burst < 1 || rate > mostReports || burst > mostReports {
		return 0, 0, fmt.Errorf("want reports a second from 1 to %d, and after a colon how many at once, like 4000:8000", mostReports)
	}
	return rate, burst, nil
}

// mostReports bounds a rate and a burst: a port cannot send more, and sums must not overflow.
const mostReports = 100_000_000
