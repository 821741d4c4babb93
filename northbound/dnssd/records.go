package dnssd

import (
	"bytes"
	"net/netip"
	"slices"

	"github.com/miekg/dns"
)

// TTLs in seconds (RFC 6762 §10): what names a host is forgotten sooner.
const (
	hostTTL  = 120
	otherTTL = 4500
	// legacyTTL bounds what clients that know no mDNS keep (RFC 6762 §6.7).
	legacyTTL = 10
)

// flushBit is the top bit of the class: in a record it flushes what caches had (RFC 6762 §10.2), in a question it asks for a unicast
// response (§5.4).
const flushBit = 1 << 15

const enumeration = "_services._dns-sd._udp."

// names are the names under which a service is published in one domain.
type names struct {
	enumeration, service, instance, host string
}

// namesIn takes a domain with its final dot.
func namesIn(s Service, domain string) names {
	return names{
		enumeration: enumeration + domain,
		service:     Type + "." + domain,
		instance:    escape(s.Instance) + "." + Type + "." + domain,
		host:        s.Host + "." + domain,
	}
}

// unique tells the names that one responder owns alone.
func (n names) unique() []string { return []string{n.instance, n.host} }

func (n names) owns(name string) bool { return sameName(name, n.instance) || sameName(name, n.host) }

func header(name string, rrtype uint16, ttl uint32) dns.RR_Header {
	return dns.RR_Header{Name: name, Rrtype: rrtype, Class: dns.ClassINET, Ttl: ttl}
}

func pointer(name, to string, ttl uint32) dns.RR {
	return &dns.PTR{Hdr: header(name, dns.TypePTR, ttl), Ptr: to}
}

// serviceRecords are the SRV and TXT records of the instance.
func serviceRecords(s Service, n names, srvTTL, txtTTL uint32) []dns.RR {
	return []dns.RR{
		&dns.SRV{Hdr: header(n.instance, dns.TypeSRV, srvTTL), Port: s.Port, Target: n.host},
		&dns.TXT{Hdr: header(n.instance, dns.TypeTXT, txtTTL), Txt: s.Text.Strings()},
	}
}

func addrRecords(host string, addrs []netip.Addr, ttl uint32) []dns.RR {
	var out []dns.RR
	for _, a := range sortedAddrs(addrs) {
		if a.Is4() {
			out = append(out, &dns.A{Hdr: header(host, dns.TypeA, ttl), A: a.AsSlice()})
		} else {
			out = append(out, &dns.AAAA{Hdr: header(host, dns.TypeAAAA, ttl), AAAA: a.AsSlice()})
		}
	}
	return out
}

// linkRecords are all records of one link, the shared ones first. The unique ones carry the flush bit.
func linkRecords(s Service, n names, addrs []netip.Addr) []dns.RR {
	unique := slices.Concat(serviceRecords(s, n, hostTTL, otherTTL), addrRecords(n.host, addrs, hostTTL))
	unique = append(unique, absence(n.instance, unique), absence(n.host, unique))
	for _, rr := range unique {
		rr.Header().Class |= flushBit
	}
	shared := []dns.RR{pointer(n.enumeration, n.service, otherTTL), pointer(n.service, n.instance, otherTTL)}
	return append(shared, unique...)
}

// absence says which types a name has, and so that it has no others (RFC 6762 §6.1).
func absence(name string, records []dns.RR) dns.RR {
	var types []uint16
	for _, rr := range records {
		if sameName(rr.Header().Name, name) {
			types = append(types, rr.Header().Rrtype)
		}
	}
	slices.Sort(types)
	return &dns.NSEC{Hdr: header(name, dns.TypeNSEC, hostTTL), NextDomain: name, TypeBitMap: slices.Compact(types)}
}

func isShared(rr dns.RR) bool { return rr.Header().Rrtype == dns.TypePTR }

func isAbsence(rr dns.RR) bool { return rr.Header().Rrtype == dns.TypeNSEC }

// identity is what makes two records the same: name, type, class and data, but not TTL and flush bit. It orders as RFC 6762 §8.2 asks
// among records of one name: class, type, then data as raw bytes.
type identity struct {
	name string
	rest string
}

// identify fails for a record that cannot be written, which nothing of ours equals.
func identify(rr dns.RR) (identity, bool) {
	c := dns.Copy(rr)
	h := c.Header()
	h.Name, h.Class, h.Ttl = dns.CanonicalName(h.Name), h.Class&^flushBit, 0
	switch c := c.(type) {
	case *dns.PTR:
		c.Ptr = dns.CanonicalName(c.Ptr)
	case *dns.SRV:
		c.Target = dns.CanonicalName(c.Target)
	case *dns.NSEC:
		c.NextDomain = dns.CanonicalName(c.NextDomain)
	}
	wire := make([]byte, dns.Len(c)+16)
	end, err := dns.PackRR(c, wire, 0, nil, false)
	if err != nil {
		return identity{}, false
	}
	start, err := skipName(wire)
	if err != nil {
		return identity{}, false
	}
	// Name, type, class, TTL and length, data: class goes before type.
	head := []byte{wire[start+2], wire[start+3], wire[start], wire[start+1]}
	return identity{name: h.Name, rest: string(bytes.Join([][]byte{head, wire[start+10 : end]}, nil))}, true
}

func skipName(wire []byte) (int, error) {
	_, n, err := dns.UnpackDomainName(wire, 0)
	return n, err
}

// withTTL gives copies with another TTL.
func withTTL(records []dns.RR, ttl uint32) []dns.RR {
	out := make([]dns.RR, len(records))
	for i, rr := range records {
		out[i] = dns.Copy(rr)
		out[i].Header().Ttl = ttl
	}
	return out
}
