package is06

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"unicode"

	"github.com/google/uuid"

	"crosspoint/flows"
	"crosspoint/northbound"
	"crosspoint/topology"
)

// asBool and the like read what the document has let through.
func asBool(v northbound.Value) (bool, error) { return v.Bool() }

func asLabel(v northbound.Value) (string, error) { return v.Text() }

func asUUID(v northbound.Value) (uuid.UUID, error) { return reading(uuid.Parse)(v) }

func asMAC(v northbound.Value) (topology.MAC, error) { return reading(parseMAC)(v) }

func asLLDPID(v northbound.Value) (string, error) { return reading(parseLLDPID)(v) }

func asHostAddr(v northbound.Value) (netip.Addr, error) { return reading(parseHostAddr)(v) }

func asBandwidth(v northbound.Value) (topology.Bandwidth, error) { return reading(parseBandwidth)(v) }

// asChassisID takes null too, which gives "".
func asChassisID(v northbound.Value) (string, error) {
	if v.IsNull() {
		return "", nil
	}
	return asLLDPID(v)
}

func asGroup(v northbound.Value) (netip.Addr, error) {
	if v.IsNull() {
		return netip.Addr{}, errUnicast()
	}
	return reading(parseGroup)(v)
}

func asAttachment(v northbound.Value) (flows.Attachment, error) {
	form, err := v.Form()
	if err != nil {
		return flows.Attachment{}, err
	}
	attached := flows.Attachment{
		ChassisID: northbound.Required(form, "chassis_id", asLLDPID),
		PortID:    northbound.Required(form, "port_id", asLLDPID),
	}
	return attached, form.Err()
}

// named takes a string that the document enumerates.
func named[T ~string](v northbound.Value) (T, error) {
	text, err := v.Text()
	return T(text), err
}

func asReceivers(v northbound.Value) ([]uuid.UUID, error) {
	return northbound.Each(v, maxReceivers, asUUID)
}

// maxReceivers is the document's bound on one request's receivers.
const maxReceivers = 65536

// parseMAC takes a port_id: a MAC address with dashes, in lower case.
func parseMAC(s string) (topology.MAC, error) {
	mac, err := topology.ParseMAC(s)
	if err != nil || mac.Dashed() != s {
		return topology.MAC{}, fmt.Errorf(`want a MAC address in lower case with dashes, such as "02-00-00-00-00-0a", not %s`, quote(s))
	}
	if mac.IsZero() {
		return topology.MAC{}, fmt.Errorf("%s is no interface's address", s)
	}
	return mac, nil
}

// maxLLDPID bounds a chassis or port id, in bytes (IEEE 802.1AB §8.5.2 and §8.5.3).
const maxLLDPID = 255

// parseLLDPID takes a chassis or port id. IS-06's pattern is ^.+$, which no line break passes; LLDP bounds the length.
func parseLLDPID(s string) (string, error) {
	switch {
	case s == "":
		return "", errors.New("want some text, not the empty string")
	case len(s) > maxLLDPID:
		return "", fmt.Errorf("has %d bytes: LLDP has room for %d", len(s), maxLLDPID)
	case strings.ContainsFunc(s, unprintable):
		return "", errors.New("has control characters or line breaks")
	}
	return s, nil
}

// unprintable is what a line of text does not have. ECMA 262, whose patterns IS-06's are, has two line breaks beyond the control characters.
func unprintable(c rune) bool { return unicode.IsControl(c) || c == '\u2028' || c == '\u2029' }

func parseAddr(s string) (netip.Addr, error) {
	addr, err := netip.ParseAddr(s)
	switch {
	case err != nil:
		return netip.Addr{}, fmt.Errorf("want an IPv4 or IPv6 address, not %s", quote(s))
	case addr.Zone() != "":
		return netip.Addr{}, fmt.Errorf("%s has a zone, which means something on one host only: leave it out", quote(s))
	case addr.Is4In6():
		return netip.Addr{}, fmt.Errorf("%s is an IPv4 address written as IPv6: give %s", quote(s), addr.Unmap())
	}
	return addr, nil
}

// parseHostAddr takes an address that one interface can have.
func parseHostAddr(s string) (netip.Addr, error) {
	addr, err := parseAddr(s)
	if err != nil {
		return addr, err
	}
	return addr, flows.CheckHostAddr(addr)
}

func parseGroup(s string) (netip.Addr, error) {
	group, err := parseAddr(s)
	if err != nil {
		return group, err
	}
	return group, flows.CheckGroup(group)
}

// errUnicast is what a group of null is told.
func errUnicast() error { return flows.CheckGroup(netip.Addr{}) }

// maxBandwidth is far above any link, and so far below what 64 bits hold that the rates of all flows can be added up.
const maxBandwidth = 100_000 * topology.Gbit

func parseBandwidth(s string) (topology.Bandwidth, error) {
	rate, err := topology.ParseBandwidth(s)
	switch {
	case err != nil:
		return 0, fmt.Errorf(`%w; right is, for instance, "1.5Gbit/s"`, err)
	case rate > maxBandwidth:
		return 0, fmt.Errorf("%s is more than any link carries: at most %s are taken", quote(s), maxBandwidth)
	}
	return rate, nil
}

// parseCursor takes a time as the lists' headers give it.
func parseCursor(s string) (flows.TAI, error) {
	t, err := flows.ParseTAI(s)
	if err != nil {
		return 0, fmt.Errorf("want <seconds>:<nanoseconds>, such as 1520976651:318744030, not %s", quote(s))
	}
	return t, nil
}

// quote repeats a client's text in a message, and keeps it short.
func quote(s string) string {
	const most = 64
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return fmt.Sprintf("%q", s)
}
