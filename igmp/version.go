package igmp

import (
	"fmt"
	"net/netip"
)

// Version is a version of IGMP or MLD. The zero value is none. Numbers are those of persisted memberships.
type Version uint8

// The versions of IGMP, and those of MLD: MLDv1 does what V2 does, MLDv2 what V3 does.
const (
	V1    Version = 1    // RFC 1112 appendix I
	V2    Version = 2    // RFC 2236
	V3    Version = 3    // RFC 3376, RFC 9776
	MLDv1 Version = 0x61 // RFC 2710
	MLDv2 Version = 0x62 // RFC 3810, RFC 9777
)

// MLD tells whether v is a version of MLD.
func (v Version) MLD() bool { return v&mldVersions == mldVersions }

// mldVersions are the bits that the versions of MLD have and those of IGMP have not.
const mldVersions = 0x60

// older tells whether hosts of version v keep silent when they hear another's report (RFC 2236 §3, RFC 2710 §4).
func (v Version) older() bool { return v == V1 || v == V2 || v == MLDv1 }

// String gives "IGMPv3", "MLDv2" and the like.
func (v Version) String() string {
	if v.MLD() {
		return fmt.Sprintf("MLDv%d", uint8(v&^mldVersions))
	}
	return fmt.Sprintf("IGMPv%d", uint8(v))
}

// newest is the newest version that has to do with groups of addr's family.
func newest(addr netip.Addr) Version {
	if addr.Is4() {
		return V3
	}
	return MLDv2
}

// version of a leave is told by its group: the messages of IGMP and MLD have one form each.
func (l *Leave) version() Version {
	if l.Group.Is4() || !l.Group.IsValid() {
		return V2
	}
	return MLDv1
}

// version of the report.
func (r *ReportV3) version() Version {
	if r.MLD {
		return MLDv2
	}
	return V3
}
