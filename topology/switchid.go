package topology

import (
	"fmt"
	"strconv"
	"strings"
)

// SwitchID is an OpenFlow datapath id: a MAC address in the low 48 bits and a
// number that the switch's maker chooses above (OpenFlow 1.3.5 §7.3.1).
type SwitchID uint64

// String gives all 16 hexadecimal digits, as ovs-vsctl writes them.
func (id SwitchID) String() string { return fmt.Sprintf("%016x", uint64(id)) }

// ChassisID is the low 48 bits as a MAC address with dashes. It is what our LLDP
// frames carry and what IS-06 shows as chassis_id.
func (id SwitchID) ChassisID() string { return id.chassisMAC().Dashed() }

func (id SwitchID) chassisMAC() MAC {
	return MAC{byte(id >> 40), byte(id >> 32), byte(id >> 24), byte(id >> 16), byte(id >> 8), byte(id)}
}

// ParseSwitchID reads one to 16 hexadecimal digits, with or without 0x before them.
func ParseSwitchID(s string) (SwitchID, error) {
	digits := strings.TrimPrefix(strings.TrimPrefix(s, "0x"), "0X")
	if len(digits) > 16 || strings.ContainsAny(digits, "_+-") {
		return 0, fmt.Errorf("parse switch id %q: want at most 16 hexadecimal digits", clip(s))
	}
	n, err := strconv.ParseUint(digits, 16, 64)
	if err != nil {
		return 0, fmt.Errorf("parse switch id %q: want at most 16 hexadecimal digits", clip(s))
	}
	return SwitchID(n), nil
}

// MarshalText is String.
func (id SwitchID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText is [ParseSwitchID].
func (id *SwitchID) UnmarshalText(text []byte) (err error) {
	*id, err = ParseSwitchID(string(text))
	return err
}

// clip keeps foreign text in an error message short.
func clip(s string) string {
	const most = 64
	if len(s) <= most {
		return s
	}
	return s[:most] + "…"
}
