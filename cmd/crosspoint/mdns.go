package main

import (
	"context"
	"net"
	"os"

	"github.com/sirupsen/logrus"
	"github.com/spf13/cobra"

	"crosspoint/northbound/dnssd"
	"crosspoint/northbound/is06"
)

// mdnsOptions say whether and how the controller is advertised over mDNS.
type mdnsOptions struct {
	on       bool
	priority int
}

func (o *mdnsOptions) addFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.BoolVar(&o.on, "mdns", false, "let clients find the HTTP APIs over mDNS, on the interfaces where --http can be reached")
	f.IntVar(&o.priority, "mdns-pri", 0, "which controller clients try first: the lowest; 100 and above for development")
}

// advertiser is nil when nothing is to be advertised.
func (o *mdnsOptions) advertiser(listener net.Addr, log logrus.FieldLogger) (*dnssd.Advertiser, error) {
	if !o.on {
		return nil, nil
	}
	machine, err := os.Hostname()
	if err != nil {
		machine = ""
	}
	machine = dnssd.HostLabel(machine)
	return dnssd.New(dnssd.Config{
		Service: dnssd.Service{
			Instance: dnssd.InstanceName("Crosspoint " + machine),
			// Not the machine's own name: that belongs to its own mDNS responder, which may say other addresses.
			Host: dnssd.HostLabel("crosspoint-" + machine),
			Text: dnssd.Text{Versions: []string{is06.Version}, Priority: o.priority},
		},
		Listener: listener,
		Log:      log,
	})
}

// advertise runs an advertiser, if there is one.
func advertise(ctx context.Context, a *dnssd.Advertiser) error {
	if a == nil {
		return nil
	}
	return a.Run(ctx)
}
