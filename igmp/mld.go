package igmp

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"time"
)

// Types of ICMPv6 message that belong to MLD (RFC 2710 §3, RFC 3810 §5).
const (
	typeMLDQuery  = 130 // both versions (RFC 3810 §5.1)
	typeMLDReport = 131 // RFC 2710 §3.1
	typeMLDDone   = 132 // RFC 2710 §3.1
	typeMLDv2     = 143 // the report of version 2 (RFC 3810 §5.2)
)

// Lengths of the fixed parts, in bytes, and the unit of the Maximum Response Code (RFC 3810 §5.1.3).
const (
	addr6Len      = 16
	mldLen        = 24 // every message of version 1
	queryMLDv2Len = 28 // the query of version 2 without its sources
	delayUnit     = time.Millisecond
	maxDelay      = 65535 // what the linear field of version 1 can say
)

// maxMLDLen is the longest message that fits an IPv6 packet with a Router Alert option.
const maxMLDLen = maxTotalLen - hopByHopLen

// ParseMLD reads one MLD message that came from src to dst, between which its checksum was made (RFC 4443 §2.3).
// b is exactly the payload behind the extension headers. Bytes behind the message but inside the payload are
// ignored (RFC 3810 §5.1.12, §5.2.11), and so are the code and what is reserved.
//
// Errors are a *[ParseError], or [ErrUnknownType] for a sound ICMPv6 message of another type. The auxiliary data
// of a record stays a part of b; nothing else of the result does.
func ParseMLD(b []byte, src, dst netip.Addr) (Message, error) {
	if len(b) < headerLen {
		return nil, parseErr("MLD message", 0, "%d bytes, need %d", len(b), headerLen)
	}
	if len(b) > maxTotalLen {
		return nil, parseErr("MLD message", 0, "%d bytes, no IPv6 packet holds them", len(b))
	}
	if checksumICMPv6(src.As16(), dst.As16(), b) != 0 {
		return nil, parseErr("checksum", 2, "0x%04x is wrong", binary.BigEndian.Uint16(b[2:]))
	}
	switch b[0] {
	case typeMLDQuery:
		return parseMLDQuery(b)
	case typeMLDReport, typeMLDDone:
		if len(b) < mldLen {
			return nil, parseErr("MLD message", 0, "%d bytes, need %d", len(b), mldLen)
		}
		if b[0] == typeMLDDone {
			return &Leave{Group: addrAt(b, 8, addr6Len)}, nil
		}
		return &Report{Version: MLDv1, Group: addrAt(b, 8, addr6Len)}, nil
	case typeMLDv2:
		r, err := parseReportV3(b, addr6Len)
		if err != nil {
			return nil, err
		}
		r.MLD = true
		return r, nil
	}
	return nil, fmt.Errorf("%w: ICMPv6 %d", ErrUnknownType, b[0])
}

// parseMLDQuery tells the versions apart by their length (RFC 3810 §8.1).
func parseMLDQuery(b []byte) (Message, error) {
	switch {
	case len(b) == mldLen:
		delay := time.Duration(binary.BigEndian.Uint16(b[4:])) * delayUnit
		return &Query{Version: MLDv1, MaxResp: delay, Group: addrAt(b, 8, addr6Len)}, nil
	case len(b) < queryMLDv2Len:
		return nil, parseErr("query", 0, "%d bytes is the length of no version", len(b))
	}
	q := &Query{
		Version: MLDv2, MaxResp: time.Duration(DecodeDelay(binary.BigEndian.Uint16(b[4:]))) * delayUnit,
		Group: addrAt(b, 8, addr6Len),
	}
	if err := parseQueryTail(b, mldLen, addr6Len, q); err != nil {
		return nil, err
	}
	return q, nil
}

// AppendMLD writes m to the end of b, with the checksum that it has between src and dst. It gives an error, and b
// as it was, for the reasons that [Append] has, or when m is a message of IGMP.
func AppendMLD(b []byte, m Message, src, dst netip.Addr) ([]byte, error) {
	start := len(b)
	out, err := appendMLDMessage(b, m)
	if err != nil {
		return b, err
	}
	if n := len(out) - start; n > maxMLDLen {
		return b, tooLong(m, n, maxMLDLen)
	}
	binary.BigEndian.PutUint16(out[start+2:], checksumICMPv6(src.As16(), dst.As16(), out[start:]))
	return out, nil
}

// appendMLDMessage writes m with a checksum of zero.
func appendMLDMessage(b []byte, m Message) ([]byte, error) {
	switch m := m.(type) {
	case *Query:
		return appendMLDQuery(b, m)
	case *Report:
		if m.Version != MLDv1 {
			return b, fmt.Errorf("append report: %v has another form or none", m.Version)
		}
		return appendMLDHeader(b, typeMLDReport, 0, m.Group)
	case *Leave:
		return appendMLDHeader(b, typeMLDDone, 0, m.Group)
	case *ReportV3:
		if !m.MLD {
			return b, errors.New("append report: it is one of IGMP")
		}
		return appendRecords(append(b, typeMLDv2, 0, 0, 0, 0, 0), m.Records, addr6Len)
	}
	return b, errNilMessage()
}

// appendMLDHeader writes the 24 bytes that a message of version 1 consists of (RFC 2710 §3).
func appendMLDHeader(b []byte, typ uint8, code uint16, group netip.Addr) ([]byte, error) {
	b = binary.BigEndian.AppendUint16(append(b, typ, 0, 0, 0), code)
	return appendAddr(append(b, 0, 0), group, addr6Len)
}

// appendMLDQuery writes the form of RFC 2710 §3 or that of RFC 3810 §5.1.
func appendMLDQuery(b []byte, q *Query) ([]byte, error) {
	group := q.Group
	if q.General() {
		group = netip.IPv6Unspecified()
	}
	switch q.Version {
	case MLDv1:
		delay, err := units(q.MaxResp, delayUnit, maxDelay)
		if err != nil || q.hasV3Fields() {
			return b, fmt.Errorf("append query: MLDv1 has a max resp of up to 65.535s (not %v), "+
				"no sources, flag, robustness and interval", q.MaxResp)
		}
		return appendMLDHeader(b, typeMLDQuery, uint16(delay), group)
	case MLDv2:
		delay, err := units(q.MaxResp, delayUnit, MaxDelayUnits)
		if err != nil {
			return b, fmt.Errorf("append query: max resp: %w", err)
		}
		if b, err = appendMLDHeader(b, typeMLDQuery, EncodeDelay(delay), group); err != nil {
			return b, err
		}
		return appendQueryTail(b, q, addr6Len)
	}
	return b, fmt.Errorf("append query: %v is no version of MLD", q.Version)
}
