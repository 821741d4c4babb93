package openflow

import (
	"fmt"
	"strconv"
	"strings"
)

// reservedPorts are the names that ovs-ofctl uses, in the order of PortInPort to PortAny. Never written.
var reservedPorts = [...]string{"IN_PORT", "TABLE", "NORMAL", "FLOOD", "ALL", "CONTROLLER", "LOCAL", "ANY"}

// String is the number, or the name of a reserved port as in "LOCAL".
func (p PortNo) String() string {
	if p >= PortInPort {
		return reservedPorts[p-PortInPort]
	}
	return utoa(uint64(p))
}

// ParsePortNo reads a number, or the name of a reserved port in any case.
func ParsePortNo(s string) (PortNo, error) {
	for i, name := range reservedPorts {
		if strings.EqualFold(s, name) {
			return PortInPort + PortNo(i), nil
		}
	}
	v, err := parseUint(s, 32)
	if err != nil {
		return 0, fmt.Errorf("port %q: want a number or a name such as LOCAL", s)
	}
	return PortNo(v), nil
}

// parseUint reads a number in decimal, or in hexadecimal behind 0x.
func parseUint(s string, bits int) (uint64, error) {
	base := 10
	if hex, ok := strings.CutPrefix(s, "0x"); ok {
		s, base = hex, 16
	}
	v, err := strconv.ParseUint(s, base, bits)
	if err != nil {
		return 0, fmt.Errorf("number %q: want one of at most %d bits", s, bits)
	}
	return v, nil
}
