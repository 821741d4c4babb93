package dnssd

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// Type is the service type of a network controller (IS-06, discovery).
const Type = "_nmos-netctrl._tcp"

// DevelopmentPriority is the first priority of what is not for production.
const DevelopmentPriority = 100

// maxPriority bounds pri; the standard names no bound, every known client reads it into 32 bits.
const maxPriority = 1<<31 - 1

// Service is one network controller as others find it.
type Service struct {
	// Instance is the name that people see; 1 to 63 bytes of UTF-8 without control characters.
	Instance string
	// Host is the host's name, relative to the domain: labels of letters, digits and hyphens, joined by dots; over mDNS one label.
	Host string
	// Addrs are the host's addresses. Over mDNS they are those of each interface, and these are ignored.
	Addrs []netip.Addr
	// Port is where HTTP is served; 0 is refused.
	Port uint16
	// Text is what the TXT records say.
	Text Text
}

// Text is the content of the TXT record. The zero value is plain HTTP without authorization, at the highest priority, and lacks the
// versions.
type Text struct {
	// TLS says https instead of http.
	TLS bool
	// Versions are the API's versions, such as v1.0; at least one.
	Versions []string
	// Auth says that requests need authorization.
	Auth bool
	// Priority orders controllers: clients try the lowest first. From [DevelopmentPriority] on it is not for production.
	Priority int
}

// Strings gives the record's strings (RFC 6763 §6.3), in the order of IS-06.
func (t Text) Strings() []string {
	proto := "http"
	if t.TLS {
		proto = "https"
	}
	return []string{
		"api_proto=" + proto,
		"api_ver=" + strings.Join(t.Versions, ","),
		"api_auth=" + strconv.FormatBool(t.Auth),
		"pri=" + strconv.Itoa(t.Priority),
	}
}

// Check tells what cannot be published.
func (s Service) Check() error {
	if err := checkInstance(s.Instance); err != nil {
		return err
	}
	if err := checkHost(s.Host); err != nil {
		return err
	}
	switch {
	case s.Port == 0:
		return errors.New("port 0: want the port of the HTTP API")
	case len(s.Text.Versions) == 0:
		return errors.New("no API version")
	case s.Text.Priority < 0 || s.Text.Priority > maxPriority:
		return fmt.Errorf("priority %d: want 0 to %d", s.Text.Priority, maxPriority)
	}
	for _, text := range s.Text.Strings() {
		if len(text) > 255 {
			return fmt.Errorf("TXT string %.20q… has %d bytes: want at most 255", text, len(text))
		}
	}
	return s.checkAddrs()
}

func (s Service) checkAddrs() error {
	for _, a := range s.Addrs {
		if !a.IsValid() || a.IsUnspecified() || a.IsMulticast() {
			return fmt.Errorf("address %v: want one that clients can connect to", a)
		}
	}
	return nil
}

// sortedAddrs gives the addresses without zones, each once, IPv4 first.
func sortedAddrs(addrs []netip.Addr) []netip.Addr {
	var out []netip.Addr
	for _, a := range addrs {
		out = append(out, a.Unmap().WithZone(""))
	}
	slices.SortFunc(out, func(a, b netip.Addr) int { return cmp.Or(cmp.Compare(a.BitLen(), b.BitLen()), a.Compare(b)) })
	return slices.Compact(out)
}
