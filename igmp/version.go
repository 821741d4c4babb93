package igmp

import "fmt"

// Version is a version of IGMP. The zero value is none.
type Version uint8

// The versions of IGMP.
const (
	V1 Version = 1 // RFC 1112 appendix I
	V2 Version = 2 // RFC 2236
	V3 Version = 3 // RFC 3376, RFC 9776
)

// String gives "IGMPv3" and the like.
func (v Version) String() string { return fmt.Sprintf("IGMPv%d", uint8(v)) }
