package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"net"
	"os"
	"time"

	"github.com/sirupsen/logrus"
	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"crosspoint/controller"
	"crosspoint/controller/core"
	"crosspoint/controller/store"
	"crosspoint/northbound"
	"crosspoint/northbound/events"
	"crosspoint/northbound/is06"
	"crosspoint/northbound/ops"
	"crosspoint/openflow/ofconn"
)

const serveLong = `Run the controller until it is interrupted.

Switches connect to --openflow. A switch that listens itself (Open vSwitch: ovs-vsctl set-controller BRIDGE
ptcp:6654) is dialled with --dial HOST:6654. Broadcast controllers and the other commands of this program connect
to --http: IS-06 is under /x-nmos/netctrl/v1.0, what people look at under /api/v1.

What clients were promised, and the trees as they are installed, are kept in --store. A controller that is
stopped, killed or restarted changes nothing in the switches: it reads them back and goes on.

A port's capacity is what --speed says, or what the switch reports. Flows may reserve --reserve-limit of it, and
never so much that less than --unicast-share is left. A flow reserves its bandwidth times its profile's peak factor.

Clocks and names need no flow: the groups of --infrastructure (by default those of PTP and mDNS) go from every host
to every other over one tree, each host's share bounded by --infrastructure-rate.

IPv6 routers may advertise themselves where --router-port says so, and nowhere without it. Hosts hear them over the same tree;
what hosts send through a router goes to it as to any registered endpoint.

A link that fails without a word is noticed by its missing probes within --link-ttl: for half a second of outage at
most use --lldp-interval 100ms --link-ttl 350ms.

Hosts are asked for their memberships at every edge port by IGMPv3 and MLDv2. --querier says it otherwise, for all ports or
for one: --querier lf1:lf1-eth3=igmpv2,interval=60s. The settings are igmpv1, igmpv2, igmpv3, no-igmp, mldv1, mldv2,
no-mld; igmpv2+v3 and mldv1+v2 (ask in both, for hosts that do not understand the newer; all hosts speak the older then);
obey (be silent where another querier wins the election) and ignore; interval=, response=, robustness=,
last-member-interval=, last-member-count=, startup-interval=, startup-count= and source=. What is left out follows the
standards from what is said. Reports above --port-report-rate and --host-report-rate, and what is beyond
--membership-limits, are dropped, counted, and among 'crosspoint get denials'.

A port that is lost --flap-losses times within --flap-window is held down until it was up for --flap-hold.

With --mdns clients find it by themselves (DNS-SD, _nmos-netctrl._tcp) on the interfaces where --http can be
reached: with 127.0.0.1 on this machine only, with 0.0.0.0 on all that can multicast. For more than a lab records
in a name server are the better way: see 'crosspoint dns'.

With --capture what the controller and the switches say to each other is written to a file, in the clear even
when it goes over TLS: look at it with 'wireshark FILE' or 'tshark -r FILE -V -O openflow_v4'. Where the port is not
6653, add -d tcp.port==PORT,openflow. The file is for its owner alone to read.`

// serveOptions are the options of serve.
type serveOptions struct {
	*streams
	openflow string
	http     string
	store    string
	dial     []string
	logLevel string
	audit    string
	lldp     time.Duration
	linkTTL  time.Duration
	querier  querierOptions
	flapping flappingOptions
	deadline time.Duration
	capacity capacityOptions
	groups   infrastructureOptions
	mdns     mdnsOptions
	capture  captureOptions
	profile  profileOptions
}

func newServeCmd(s *streams) *cobra.Command { return serveCmd(&serveOptions{streams: s}) }

func serveCmd(o *serveOptions) *cobra.Command {
	defaults := core.DefaultConfig()
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Run the controller",
		Long:  serveLong,
		Example: "  crosspoint serve\n" +
			"  crosspoint serve --openflow 0.0.0.0:6653 --store /var/lib/crosspoint/crosspoint.db\n" +
			"  crosspoint serve --dial 192.0.2.1:6654 --dial 192.0.2.2:6654",
		Args: between(0, 0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error { return runServe(cmd.Context(), o) },
	}
	f := cmd.Flags()
	f.StringVar(&o.openflow, "openflow", "127.0.0.1:6653", "address and port where switches connect; \"\" for none")
	f.StringVar(&o.http, "http", "127.0.0.1:8080", "address and port of the HTTP APIs")
	f.StringVar(&o.store, "store", defaultStore, "file that keeps what must survive a restart; \"\" keeps nothing")
	f.StringArrayVar(&o.dial, "dial", nil, "address and port of a switch that listens; may be given again")
	f.StringVar(&o.logLevel, "log-level", "info", "error, warn, info or debug")
	f.StringVar(&o.audit, "audit-log", "", "file to append denials, admissions and API writes to, as JSON lines; \"\" for the log")
	f.DurationVar(&o.lldp, "lldp-interval", defaults.LLDPInterval, "time between two probes of a link")
	f.DurationVar(&o.linkTTL, "link-ttl", 0, "how long a link lives without a probe: the longest that a silent failure goes unnoticed; by default three and a half probes")
	f.DurationVar(&o.deadline, "deadline", defaults.Deadline, "how long a request may wait for the switches before it is undone")
	o.capacity.addFlags(cmd)
	o.groups.addFlags(cmd)
	o.querier.addFlags(cmd)
	o.flapping.addFlags(cmd)
	o.mdns.addFlags(cmd)
	o.capture.addFlags(cmd)
	o.profile.addFlags(cmd)
	return cmd
}

// runServe opens everything that could be in the way first, so that a controller that runs is one that works.
func runServe(ctx context.Context, o *serveOptions) error {
	log, audit, closeAudit, err := o.logs()
	if err != nil {
		return err
	}
	defer closeAudit()
	machine, err := o.coreConfig()
	if err != nil {
		return err
	}
	cfg := controller.Config{Core: machine, OpenFlow: ofconn.Config{Log: log}, Log: log, Audit: audit}
	closeStore, err := o.openStore(&cfg)
	if err != nil {
		return err
	}
	defer closeStore()
	closeCapture, err := o.capture.open(&cfg.OpenFlow, log)
	if err != nil {
		return err
	}
	defer closeCapture()
	c, err := controller.New(cfg)
	if err != nil {
		return err
	}
	web, err := net.Listen("tcp", o.http)
	if err != nil {
		return fmt.Errorf("open HTTP port: %w; is a controller running already? choose another with --http", err)
	}
	finder, err := o.mdns.advertiser(web.Addr(), log)
	if err != nil {
		_ = web.Close()
		return err
	}
	var switches *ofconn.Listener
	if o.openflow != "" {
		if switches, err = ofconn.Listen(ctx, o.openflow, cfg.OpenFlow); err != nil {
			_ = web.Close()
			return fmt.Errorf("open OpenFlow port: %w; is a controller running already? choose another with --openflow", err)
		}
		log.WithField("address", switches.Addr()).Info("switches may connect")
	}
	log.WithField("address", web.Addr()).Info("HTTP is served")
	news := events.New(events.Config{Controller: c, Log: log})
	api := &ops.API{Controller: c, Version: buildVersion(), Log: log, Beside: []string{events.Name}}
	server := northbound.New(northbound.Config{APIs: []northbound.API{is06.New(c), news, api}, Log: log, Audit: audit})
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return c.Run(ctx, switches, o.dial) })
	g.Go(func() error { return server.Serve(ctx, web) })
	g.Go(func() error { return news.Run(ctx) })
	g.Go(func() error { return advertise(ctx, finder) })
	g.Go(func() error { return o.profile.serve(ctx) })
	return g.Wait()
}

func (o *serveOptions) coreConfig() (core.Config, error) {
	c := core.DefaultConfig()
	c.LLDPInterval, c.LinkTTL = o.lldp, cmp.Or(o.linkTTL, 7*o.lldp/2)
	c.Deadline = o.deadline
	o.flapping.apply(&c)
	if err := o.querier.apply(&c); err != nil {
		return c, err
	}
	if err := o.capacity.apply(&c); err != nil {
		return c, err
	}
	return c, o.groups.apply(&c)
}

// openStore opens the store, or makes do without: then links are authenticated by a key of this run.
func (o *serveOptions) openStore(cfg *controller.Config) (closeStore func(), err error) {
	if o.store == "" {
		cfg.Core.LLDPKey = make([]byte, 32)
		_, err := rand.Read(cfg.Core.LLDPKey)
		return func() {}, err
	}
	s, err := store.Open(o.store)
	if err != nil {
		return nil, err
	}
	if cfg.Core.LLDPKey, err = s.LLDPKey(); err != nil {
		return nil, err
	}
	cfg.Store = s
	return func() {
		if err := s.Close(); err != nil {
			cfg.Log.WithError(err).Error("store not closed")
		}
	}, nil
}

// logs opens the log on standard error, and the audit log where it was asked for.
func (o *serveOptions) logs() (log, audit *logrus.Logger, closeAudit func(), err error) {
	level, err := logrus.ParseLevel(o.logLevel)
	if err != nil {
		return nil, nil, nil, fmt.Errorf("--log-level %q: want error, warn, info or debug", o.logLevel)
	}
	log = newLogger(o.err, level, &logrus.TextFormatter{FullTimestamp: true, TimestampFormat: "15:04:05.000"})
	if o.audit == "" {
		return log, log, func() {}, nil
	}
	f, err := os.OpenFile(o.audit, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, nil, nil, fmt.Errorf("open audit log: %w", err)
	}
	audit = newLogger(f, logrus.InfoLevel, &logrus.JSONFormatter{})
	return log, audit, func() { _ = f.Close() }, nil
}

func newLogger(to io.Writer, level logrus.Level, format logrus.Formatter) *logrus.Logger {
	l := logrus.New()
	l.SetOutput(to)
	l.SetLevel(level)
	l.SetFormatter(format)
	return l
}
