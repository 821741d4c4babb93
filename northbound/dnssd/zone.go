package dnssd

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/miekg/dns"
)

// Zone gives the records with which clients find a service by ordinary DNS: the domain as one to browse (RFC 6763 §11), the types of
// service in it (§9), and the service. ttl is rounded down to seconds; 0 and less are refused. Controllers of one domain share the PTR
// records, so the records of several can be put into one zone.
func Zone(s Service, domain string, ttl time.Duration) ([]dns.RR, error) {
	if err := s.Check(); err != nil {
		return nil, err
	}
	if len(s.Addrs) == 0 {
		return nil, errors.New("no address")
	}
	domain, err := fullDomain(domain)
	if err != nil {
		return nil, err
	}
	if ttl < time.Second || ttl/time.Second > 1<<31-1 { // RFC 2181 §8
		return nil, fmt.Errorf("TTL %v: want 1 s to %d s", ttl, 1<<31-1)
	}
	seconds, n := uint32(ttl/time.Second), namesIn(s, domain)
	for _, name := range n.unique() {
		if _, ok := dns.IsDomainName(name); !ok {
			return nil, fmt.Errorf("name %s is too long for DNS", name)
		}
	}
	records := []dns.RR{
		pointer("b._dns-sd._udp."+domain, domain, seconds),
		pointer("lb._dns-sd._udp."+domain, domain, seconds),
		pointer(n.enumeration, n.service, seconds),
		pointer(n.service, n.instance, seconds),
	}
	records = append(records, serviceRecords(s, n, seconds, seconds)...)
	return append(records, addrRecords(n.host, s.Addrs, seconds)...), nil
}

// fullDomain gives a domain with its final dot.
func fullDomain(domain string) (string, error) {
	bare := strings.TrimSuffix(domain, ".")
	if bare == "" {
		return "", errors.New("no domain")
	}
	for label := range strings.SplitSeq(bare, ".") {
		if !isHostLabel(strings.ReplaceAll(label, "_", "x")) {
			return "", fmt.Errorf("domain %q: want labels of letters, digits, hyphens and underscores", domain)
		}
	}
	if strings.EqualFold(bare, "local") {
		return "", errors.New("domain local is for mDNS: want one of a name server")
	}
	return bare + ".", nil
}

// WriteZone writes records in the form of zone files (RFC 1035 §5), every name in full, so that it can be included anywhere.
func WriteZone(w io.Writer, records []dns.RR) error {
	for _, rr := range records {
		if _, err := fmt.Fprintln(w, rr); err != nil {
			return err
		}
	}
	return nil
}
