package dnssd

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/miekg/dns"
)

const (
	// updatePatience bounds an update as a whole.
	updatePatience = 10 * time.Second
	// fudge is how far clocks may be apart, in seconds (RFC 8945 §10).
	fudge = 300
)

// Updater changes a zone of a name server by dynamic update (RFC 2136), signed with TSIG, over TCP.
type Updater struct {
	// Server is the zone's primary, as host or host:port; 53 is the port when there is none.
	Server string
	// Zone is the zone to change: the domain, or one above it.
	Zone string
	// Key signs the request, and has to have signed the answer.
	Key Key
}

// Publish puts the records of [Zone] there. What is shared with other controllers is added to; what belongs to this instance and host
// alone takes the place of what was there of the same type. It is done as a whole or not at all, and may be repeated.
func (u Updater) Publish(ctx context.Context, records []dns.RR) error {
	return u.exchange(ctx, func(m *dns.Msg) {
		var own []dns.RR
		for _, rr := range records {
			if !isShared(rr) {
				own = append(own, rr)
			}
		}
		m.RemoveRRset(own)
		m.Insert(records)
	})
}

// Withdraw takes away the instance: its SRV and TXT records, and the PTR record that leads to it. The host's addresses and the records
// for browsing stay; others may use them.
func (u Updater) Withdraw(ctx context.Context, records []dns.RR) error {
	return u.exchange(ctx, func(m *dns.Msg) {
		for _, rr := range records {
			switch rr := rr.(type) {
			case *dns.SRV, *dns.TXT:
				m.RemoveRRset([]dns.RR{rr})
			case *dns.PTR:
				if leadsToInstance(rr, records) {
					m.Remove([]dns.RR{dns.Copy(rr)})
				}
			}
		}
	})
}

func leadsToInstance(p *dns.PTR, records []dns.RR) bool {
	for _, rr := range records {
		if rr.Header().Rrtype == dns.TypeSRV && sameName(rr.Header().Name, p.Ptr) {
			return true
		}
	}
	return false
}

// exchange sends one update.
func (u Updater) exchange(ctx context.Context, fill func(*dns.Msg)) error {
	zone, err := fullDomain(u.Zone)
	if err != nil {
		return fmt.Errorf("update zone: %w", err)
	}
	if u.Key.name == "" {
		return errors.New("update zone: no key to sign with")
	}
	m := new(dns.Msg)
	m.SetUpdate(zone)
	fill(m)
	m.SetTsig(u.Key.name, u.Key.algorithm, fudge, time.Now().Unix())
	ctx, cancel := context.WithTimeout(ctx, updatePatience)
	defer cancel()
	client := &dns.Client{Net: "tcp", Timeout: updatePatience, TsigSecret: map[string]string{u.Key.name: u.Key.secret}}
	server := withPort(u.Server)
	answer, _, err := client.ExchangeContext(ctx, m, server)
	if err := u.judge(answer, err); err != nil {
		return fmt.Errorf("update zone %s at %s: %w", zone, server, err)
	}
	return nil
}

// judge tells whether the update was made, by who has the key. A refusal may be unsigned (RFC 8945 §5.3.2), a success may not.
func (u Updater) judge(answer *dns.Msg, err error) error {
	if answer == nil {
		return err
	}
	if answer.Rcode != dns.RcodeSuccess {
		return u.refusal(answer)
	}
	if err != nil {
		return err
	}
	if answer.IsTsig() == nil {
		return errors.New("the answer is not signed: it may come from anybody")
	}
	return nil
}

func (u Updater) refusal(answer *dns.Msg) error {
	if t := answer.IsTsig(); t != nil {
		switch t.Error {
		case dns.RcodeBadKey:
			return fmt.Errorf("the server does not know key %q with this algorithm", u.Key)
		case dns.RcodeBadSig:
			return fmt.Errorf("the secret of key %q is another one at the server", u.Key)
		case dns.RcodeBadTime:
			return errors.New("the clocks of this machine and the server are too far apart")
		}
	}
	switch answer.Rcode {
	case dns.RcodeRefused:
		return fmt.Errorf("key %q may not change it", u.Key)
	case dns.RcodeNotAuth, dns.RcodeNotZone:
		return errors.New("the server has no such zone")
	}
	return fmt.Errorf("the server answered %s", dns.RcodeToString[answer.Rcode])
}

// withPort adds the port of DNS where there is none.
func withPort(server string) string {
	if _, _, err := net.SplitHostPort(server); err == nil {
		return server
	}
	return net.JoinHostPort(trimBrackets(server), "53")
}

func trimBrackets(host string) string {
	if len(host) > 1 && host[0] == '[' && host[len(host)-1] == ']' {
		return host[1 : len(host)-1]
	}
	return host
}
