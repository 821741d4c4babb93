package igmp

import (
	"net/netip"
	"time"
)

// Message types, the first byte of a message (RFC 3376 §4).
const (
	typeQuery    = 0x11 // every version (§4.1)
	typeReportV1 = 0x12 // RFC 1112 appendix I
	typeReportV2 = 0x16 // RFC 2236 §2.1
	typeLeave    = 0x17 // RFC 2236 §2.1
	typeReportV3 = 0x22 // §4.2
)

// Lengths of the fixed parts, in bytes.
const (
	headerLen  = 8  // every version 1 and 2 message; the version 3 report without its records
	queryV3Len = 12 // the version 3 query without its sources
	recordHead = 4  // a group record up to its group
	addrLen    = 4
)

// maxLen is the longest message that fits an IPv4 packet with a Router Alert option.
const maxLen = maxTotalLen - ipHeaderLen - routerAlertLen

// Message is one message of IGMP or MLD: a *[Query], *[Report], *[Leave] or *[ReportV3], and nothing else.
type Message interface {
	// String describes the message on one line.
	String() string
	isMessage()
}

var (
	_ Message = (*Query)(nil)
	_ Message = (*Report)(nil)
	_ Message = (*Leave)(nil)
	_ Message = (*ReportV3)(nil)
)

// Query is a Membership Query of any version (RFC 3376 §4.1, RFC 2236 §2, RFC 1112 appendix I; RFC 3810 §5.1,
// RFC 2710 §3).
type Query struct {
	// Version says which form the query has. The fields below it that a version lacks must be zero.
	Version Version
	// MaxResp is the longest that a host may wait before it answers (§4.1.1), in steps of 100 ms.
	// Version 1 has none. Version 2 needs at least one step, since zero means version 1, and carries
	// up to 25.5 s; version 3 up to 3174.4 s, rounded down to what its floating-point form can say.
	// MLD has steps of 1 ms: version 1 up to 65.535 s, version 2 up to 8387.584 s (RFC 3810 §5.1.3).
	MaxResp time.Duration
	// Group is the group asked about (§4.1.3). Unspecified, or the zero Addr, makes a general query.
	// Version 1 knows only the general query.
	Group netip.Addr
	// Sources asks about these sources of the group only (§4.1.9). Version 3, MLDv2.
	Sources []netip.Addr
	// SuppressRouter is the S flag (§4.1.5): routers that hear this do not change their timers. Version 3,
	// MLDv2.
	SuppressRouter bool
	// Robustness is the querier's robustness variable (§4.1.6). More than 7 is sent as 0, which means
	// that the querier does not say. Version 3, MLDv2.
	Robustness uint8
	// Interval is the querier's query interval (§4.1.7), in steps of 1 s, up to 31744 s, rounded down to
	// what its floating-point form can say. Version 3, MLDv2.
	Interval time.Duration
}

// General tells whether q asks about all groups (RFC 3376 §4.1.11).
func (q *Query) General() bool { return !q.Group.IsValid() || q.Group.IsUnspecified() }

// Report is a Membership Report of version 1 or 2, or of MLDv1 (RFC 2710 §3): the host wants all sources of the
// group.
type Report struct {
	Version Version // V1, V2 or MLDv1
	Group   netip.Addr
}

// Leave is the Leave Group message of version 2 (RFC 2236 §2.1), or the Multicast Listener Done of MLDv1 (RFC
// 2710 §3), as the family of the group says.
type Leave struct {
	Group netip.Addr
}

// ReportV3 is the Membership Report of version 3 (RFC 3376 §4.2), or that of MLDv2 (RFC 3810 §5.2).
type ReportV3 struct {
	// MLD says that it is one of MLDv2.
	MLD     bool
	Records []Record
}

// Record is one group record of a version 3 report (RFC 3376 §4.2.4, RFC 3810 §5.2.4).
type Record struct {
	Type    RecordType
	Group   netip.Addr
	Sources []netip.Addr
	// Aux is auxiliary data, a whole number of 32-bit words up to 1,020 bytes. IGMPv3 and MLDv2 define none
	// (§4.2.10); it is kept so that a message is passed on as it came. Parse makes it a part of its input.
	Aux []byte
}

// RecordType says what a group record tells (RFC 3376 §4.2.12). Other values than those below are parsed
// and otherwise ignored.
type RecordType uint8

// The types of group record, the first two current state, the next two a change of filter mode, the last
// two a change of source list (RFC 3376 §4.2.12).
const (
	ModeIsInclude   RecordType = 1 // IS_IN
	ModeIsExclude   RecordType = 2 // IS_EX
	ChangeToInclude RecordType = 3 // TO_IN
	ChangeToExclude RecordType = 4 // TO_EX
	AllowNewSources RecordType = 5 // ALLOW
	BlockOldSources RecordType = 6 // BLOCK
)

func (*Query) isMessage()    {}
func (*Report) isMessage()   {}
func (*Leave) isMessage()    {}
func (*ReportV3) isMessage() {}
