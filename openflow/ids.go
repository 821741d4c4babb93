package openflow

import (
	"fmt"
	"strconv"
	"strings"
)

// Version is the one wire version this package speaks: OpenFlow 1.3.
const Version uint8 = 0x04

// HeaderLen is the length in bytes of the header that starts every message (OpenFlow 1.3.5 §7.1).
const HeaderLen = 8

// MaxMessageLen is the longest message the 16-bit length field of the header can tell, in bytes.
const MaxMessageLen = 0xffff

// DatapathID names a switch: 16 implementer-defined bits above a 48-bit MAC address (OpenFlow 1.3.5 §7.3.1).
type DatapathID uint64

// String writes the id as 16 hexadecimal digits, as Open vSwitch does.
func (d DatapathID) String() string { return fmt.Sprintf("%016x", uint64(d)) }

// ParseDatapathID reads an id in hexadecimal, with or without a leading 0x.
func ParseDatapathID(s string) (DatapathID, error) {
	v, err := strconv.ParseUint(strings.TrimPrefix(s, "0x"), 16, 64)
	if err != nil {
		return 0, fmt.Errorf("parse datapath id %q: want up to 16 hexadecimal digits", s)
	}
	return DatapathID(v), nil
}

// PortNo is a port number; numbers above PortMax are reserved (OpenFlow 1.3.5 §7.2.1).
type PortNo uint32

// Reserved port numbers (OpenFlow 1.3.5 §7.2.1, enum ofp_port_no).
const (
	PortMax        PortNo = 0xffffff00
	PortInPort     PortNo = 0xfffffff8
	PortTable      PortNo = 0xfffffff9
	PortNormal     PortNo = 0xfffffffa
	PortFlood      PortNo = 0xfffffffb
	PortAll        PortNo = 0xfffffffc
	PortController PortNo = 0xfffffffd
	PortLocal      PortNo = 0xfffffffe
	PortAny        PortNo = 0xffffffff
)

// TableID numbers a flow table (OpenFlow 1.3.5 §7.3.4.1).
type TableID uint8

// Reserved table numbers.
const (
	TableMax TableID = 0xfe
	TableAll TableID = 0xff
)

// GroupID numbers a group (OpenFlow 1.3.5 §7.3.4.2).
type GroupID uint32

// Reserved group numbers.
const (
	GroupMax GroupID = 0xffffff00
	GroupAll GroupID = 0xfffffffc
	GroupAny GroupID = 0xffffffff
)

// MeterID numbers a meter; valid ids start at 1 (OpenFlow 1.3.5 §7.3.4.4).
type MeterID uint32

// Reserved meter numbers.
const (
	MeterMax        MeterID = 0xffff0000
	MeterSlowpath   MeterID = 0xfffffffd
	MeterController MeterID = 0xfffffffe
	MeterAll        MeterID = 0xffffffff
)

// NoBuffer says that a message carries its packet itself instead of naming a buffer of the switch.
const NoBuffer uint32 = 0xffffffff

// MAC is an Ethernet address.
type MAC [6]byte

// String writes the address as six pairs of hexadecimal digits with colons.
func (m MAC) String() string {
	return fmt.Sprintf("%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2], m[3], m[4], m[5])
}
