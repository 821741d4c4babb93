package is06

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"unicode"

	"github.com/google/uuid"

	"crosspoint/flows"
	"crosspoint/northbound"
	"crosspoint/topology"
)

// Bounds on what a client may have the controller keep.
const (
	maxLabel     = 4096 // bytes
	maxLLDPID    = 255  // bytes; IEEE 802.1AB §8.5.2 and §8.5.3
	maxReceivers = 65536
)

func asBool(v northbound.Value) (bool, error) { return v.Bool() }

func asLabel(v northbound.Value) (string, error) {
	s, err := v.Text()
	if err == nil && len(s) > maxLabel {
		err = fmt.Errorf("has %d bytes: at most %d are taken", len(s), maxLabel)
	}
	return s, err
}

func asUUID(v northbound.Value) (uuid.UUID, error) {
	s, err := v.Text()
	if err != nil {
		return uuid.Nil, err
	}
	id, ok := parseUUID(s)
	if !ok {
		return uuid.Nil, fmt.Errorf("want a UUID in lower case of version 1 to 5, not %s", quote(s))
	}
	return id, nil
}

// parseUUID takes what IS-06's pattern takes:
// ^[0-9a-f]{8}-[0-9a-f]{4}-[1-5][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$
func parseUUID(s string) (uuid.UUID, bool) {
	id, err := uuid.Parse(s)
	version := id.Version()
	if err != nil || id.String() != s || id.Variant() != uuid.RFC4122 || version < 1 || version > 5 {
		return uuid.Nil, false
	}
	return id, true
}

// asMAC takes a port_id: a MAC address with dashes, in lower case.
func asMAC(v northbound.Value) (topology.MAC, error) {
	s, err := v.Text()
	if err != nil {
		return topology.MAC{}, err
	}
	mac, err := topology.ParseMAC(s)
	if err != nil || mac.Dashed() != s {
		return topology.MAC{}, fmt.Errorf(`want a MAC address in lower case with dashes, such as "02-00-00-00-00-0a", not %s`, quote(s))
	}
	if mac.IsZero() {
		return topology.MAC{}, fmt.Errorf("%s is no interface's address", s)
	}
	return mac, nil
}

// asChassisID takes an LLDP chassis id, or null, which gives "".
func asChassisID(v northbound.Value) (string, error) {
	if v.IsNull() {
		return "", nil
	}
	return asLLDPID(v)
}

// asLLDPID takes a chassis or port id. IS-06's pattern is ^.+$, which no line break passes; LLDP bounds the length.
func asLLDPID(v northbound.Value) (string, error) {
	s, err := v.Text()
	switch {
	case err != nil:
		return "", err
	case s == "":
		return "", errors.New("want some text, not the empty string")
	case len(s) > maxLLDPID:
		return "", fmt.Errorf("has %d bytes: LLDP has room for %d", len(s), maxLLDPID)
	case strings.ContainsFunc(s, unicode.IsControl):
		return "", errors.New("has control characters")
	}
	return s, nil
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

func asAddr(v northbound.Value) (netip.Addr, error) {
	s, err := v.Text()
	if err != nil {
		return netip.Addr{}, err
	}
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

// asHostAddr takes an address that one interface can have.
func asHostAddr(v northbound.Value) (netip.Addr, error) {
	addr, err := asAddr(v)
	if err != nil {
		return addr, err
	}
	broadcast := netip.AddrFrom4([4]byte{255, 255, 255, 255})
	if addr.IsUnspecified() || addr.IsMulticast() || addr.IsLoopback() || addr == broadcast {
		return netip.Addr{}, fmt.Errorf("%s is no address that an interface can send and receive with", addr)
	}
	return addr, nil
}

func asGroup(v northbound.Value) (netip.Addr, error) {
	if v.IsNull() {
		return netip.Addr{}, flows.CheckGroup(netip.Addr{})
	}
	group, err := asAddr(v)
	if err != nil {
		return group, err
	}
	return group, flows.CheckGroup(group)
}

func asBandwidth(v northbound.Value) (topology.Bandwidth, error) {
	s, err := v.Text()
	if err != nil {
		return 0, err
	}
	rate, err := topology.ParseBandwidth(s)
	if err != nil {
		return 0, fmt.Errorf(`%w; right is, for instance, "1.5Gbit/s"`, err)
	}
	return rate, nil
}

// oneOf takes the strings that an enumeration lists.
func oneOf[T ~string](all ...T) func(northbound.Value) (T, error) {
	return func(v northbound.Value) (T, error) {
		s, err := v.Text()
		if err != nil || slices.Contains(all, T(s)) {
			return T(s), err
		}
		names := make([]string, len(all))
		for i, one := range all {
			names[i] = string(one)
		}
		return "", fmt.Errorf("want one of %s, not %s", strings.Join(names, ", "), quote(s))
	}
}

func asRole(v northbound.Value) (flows.Role, error) {
	return oneOf(flows.RoleSender, flows.RoleReceiver, flows.RoleBoth)(v)
}

func asProfile(v northbound.Value) (flows.Profile, error) { return oneOf(flows.Profiles()...)(v) }

func asDSCP(v northbound.Value) (flows.DSCP, error) { return oneOf(flows.DSCPs()...)(v) }

// asReceivers takes a list of endpoint ids without repetition.
func asReceivers(v northbound.Value) ([]uuid.UUID, error) {
	ids, err := northbound.Each(v, maxReceivers, asUUID)
	if err != nil {
		return nil, err
	}
	first := make(map[uuid.UUID]int, len(ids))
	for i, id := range ids {
		if at, twice := first[id]; twice {
			return nil, fmt.Errorf("item %d repeats item %d, %s", i, at, id)
		}
		first[id] = i
	}
	return ids, nil
}

// asMoreReceivers takes at least one.
func asMoreReceivers(v northbound.Value) ([]uuid.UUID, error) {
	ids, err := asReceivers(v)
	if err == nil && len(ids) == 0 {
		err = errors.New("is empty: name at least one receiver")
	}
	return ids, err
}

// quote repeats a client's text in a message, and keeps it short.
func quote(s string) string {
	const most = 64
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return fmt.Sprintf("%q", s)
}
