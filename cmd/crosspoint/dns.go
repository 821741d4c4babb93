package main

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"time"

	"github.com/spf13/cobra"

	"crosspoint/northbound/dnssd"
	"crosspoint/northbound/is06"
)

const dnsLong = `Print the DNS records by which broadcast controllers find a controller, in the form of zone files, or put
them into a name server.

A client browses DOMAIN for _nmos-netctrl._tcp. The PTR, SRV and TXT records lead it to the controller's
host and port; the A and AAAA records give the host's addresses. Include what is printed in the zone of
DOMAIN. Controllers that stand in for each other share the PTR records: print and include each one's, with
another --host. Clients try the lowest --pri first; from 100 on it is for development.

With --update the records are not printed but sent to the zone's primary server as one dynamic update,
signed with a key: made by 'tsig-keygen NAME', known to the server, and allowed there to update the zone.
What the server has of the same name and type is replaced; PTR records are added. It may be repeated.
--withdraw takes the controller's own PTR, SRV and TXT records away again, and leaves the host's addresses.

Other programs can see a secret on a command line: rather use --key-file. It holds what tsig-keygen writes,
or NAME:ALGORITHM:SECRET.`

const dnsExample = `  crosspoint dns --domain example.com --host nc1 --address 192.0.2.1
  crosspoint dns --domain example.com --host nc2 --address 192.0.2.2 --address 2001:db8::2 --pri 10
  crosspoint dns --domain example.com --host nc1 --address 192.0.2.1 --update 192.0.2.53 --key-file nc.key`

// dnsOptions are the options of dns.
type dnsOptions struct {
	*streams
	domain    string
	host      string
	instance  string
	addresses []string
	port      uint16
	tls, auth bool
	priority  int
	ttl       time.Duration
	update    string
	zone      string
	key       string
	keyFile   string
	withdraw  bool
}

func newDNSCmd(s *streams) *cobra.Command {
	o := &dnsOptions{streams: s}
	cmd := &cobra.Command{
		Use:     "dns",
		Short:   "Print or update the DNS records by which a controller is found",
		Long:    dnsLong,
		Example: dnsExample,
		Args:    between(0, 0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.check(cmd); err != nil {
				return err
			}
			return runDNS(cmd.Context(), o)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.domain, "domain", "", "domain that clients browse")
	f.StringVar(&o.host, "host", "", "name of the controller's host in the domain")
	f.StringArrayVar(&o.addresses, "address", nil, "IPv4 or IPv6 address of the host; may be given again")
	f.Uint16Var(&o.port, "port", 8080, "port of the HTTP APIs")
	f.StringVar(&o.instance, "instance", "", "name that people see in a browser; the host's when not given")
	f.BoolVar(&o.tls, "tls", false, "clients have to use https, as with a proxy in front of the controller")
	f.BoolVar(&o.auth, "auth", false, "clients have to authorize themselves")
	f.IntVar(&o.priority, "pri", 0, "which controller clients try first: the lowest; 100 and above for development")
	f.DurationVar(&o.ttl, "ttl", time.Hour, "how long resolvers may keep the records")
	f.StringVar(&o.update, "update", "", "name server to update, as HOST or HOST:PORT, instead of printing")
	f.StringVar(&o.zone, "zone", "", "zone to update when it is one above the domain")
	f.StringVar(&o.key, "key", "", "key to sign with, as NAME:ALGORITHM:SECRET; SECRET in base64")
	f.StringVar(&o.keyFile, "key-file", "", "file with that key")
	f.BoolVar(&o.withdraw, "withdraw", false, "take the records out of the name server")
	return cmd
}

// check tells what makes no sense together.
func (o *dnsOptions) check(cmd *cobra.Command) error {
	given := cmd.Flags().Changed
	for _, name := range []string{"domain", "host", "address"} {
		if !given(name) {
			return misused(cmd, "--%s is missing", name)
		}
	}
	keys := given("key") || given("key-file")
	switch {
	case given("update") && o.update == "":
		return misused(cmd, "--update \"\": want a name server")
	case o.update == "" && (keys || o.withdraw || given("zone")):
		return misused(cmd, "--key, --key-file, --zone and --withdraw go with --update")
	case given("key") && given("key-file"):
		return misused(cmd, "give --key or --key-file")
	case o.update != "" && !keys:
		return misused(cmd, "--update needs --key or --key-file")
	}
	return nil
}

func runDNS(ctx context.Context, o *dnsOptions) error {
	s, err := o.service()
	if err != nil {
		return err
	}
	records, err := dnssd.Zone(s, o.domain, o.ttl)
	if err != nil {
		return fmt.Errorf("make records: %w", err)
	}
	if o.update == "" {
		return dnssd.WriteZone(o.out, records)
	}
	u := dnssd.Updater{Server: o.update, Zone: o.domain}
	if o.zone != "" {
		u.Zone = o.zone
	}
	if u.Key, err = o.readKey(); err != nil {
		return err
	}
	if o.withdraw {
		if err := u.Withdraw(ctx, records); err != nil {
			return err
		}
		fmt.Fprintf(o.out, "withdrew %q from %s at %s\n", s.Instance, o.domain, o.update)
		return nil
	}
	if err := u.Publish(ctx, records); err != nil {
		return err
	}
	fmt.Fprintf(o.out, "published %q in %s at %s: %d records\n", s.Instance, o.domain, o.update, len(records))
	return nil
}

func (o *dnsOptions) service() (dnssd.Service, error) {
	s := dnssd.Service{
		Instance: o.instance, Host: o.host, Port: o.port,
		Text: dnssd.Text{TLS: o.tls, Versions: []string{is06.Version}, Auth: o.auth, Priority: o.priority},
	}
	if s.Instance == "" {
		s.Instance = o.host
	}
	for _, text := range o.addresses {
		a, err := netip.ParseAddr(text)
		if err != nil {
			return dnssd.Service{}, fmt.Errorf("--address %q: want an IPv4 or IPv6 address", text)
		}
		if a.Zone() != "" || a.IsLinkLocalUnicast() {
			return dnssd.Service{}, errors.New("--address " + text + ": a link-local address means nothing on other links")
		}
		s.Addrs = append(s.Addrs, a)
	}
	return s, nil
}

func (o *dnsOptions) readKey() (dnssd.Key, error) {
	if o.keyFile == "" {
		return dnssd.ParseKey(o.key)
	}
	text, err := os.ReadFile(o.keyFile)
	if err != nil {
		return dnssd.Key{}, fmt.Errorf("read key: %w", err)
	}
	k, err := dnssd.ParseKeyFile(string(text))
	if err != nil {
		return dnssd.Key{}, fmt.Errorf("read key from %s: %w", o.keyFile, err)
	}
	return k, nil
}
