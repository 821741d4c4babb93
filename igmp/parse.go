package igmp

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"time"
)

// Units of the codes of a query (RFC 3376 §4.1.1, §4.1.7).
const (
	maxRespUnit  = 100 * time.Millisecond
	intervalUnit = time.Second
)

// Parse reads one IGMP message. b is exactly the payload of the IPv4 packet: the checksum covers all of it,
// so padding behind the packet must be gone. Bytes behind the message but inside the payload are ignored
// (RFC 3376 §4.1.10, §4.2.11).
//
// Errors are a *[ParseError], or [ErrUnknownType] for a sound message of an unknown type. The auxiliary data
// of a record stays a part of b; nothing else of the result does.
func Parse(b []byte) (Message, error) {
	if len(b) < headerLen {
		return nil, parseErr("message", 0, "%d bytes, need %d", len(b), headerLen)
	}
	if len(b) > maxTotalLen {
		return nil, parseErr("message", 0, "%d bytes, no IPv4 packet holds them", len(b))
	}
	if checksum(b) != 0 {
		return nil, parseErr("checksum", 2, "0x%04x is wrong", binary.BigEndian.Uint16(b[2:]))
	}
	switch b[0] {
	case typeQuery:
		return parseQuery(b)
	case typeReportV1:
		return &Report{Version: V1, Group: addrAt(b, 4, addrLen)}, nil
	case typeReportV2:
		return &Report{Version: V2, Group: addrAt(b, 4, addrLen)}, nil
	case typeLeave:
		return &Leave{Group: addrAt(b, 4, addrLen)}, nil
	case typeReportV3:
		r, err := parseReportV3(b, addrLen)
		if err != nil {
			return nil, err
		}
		return r, nil
	}
	return nil, fmt.Errorf("%w 0x%02x", ErrUnknownType, b[0])
}

// parseQuery tells the versions apart by length and code (RFC 3376 §7.1). b has at least headerLen bytes.
func parseQuery(b []byte) (Message, error) {
	code, group := b[1], addrAt(b, 4, addrLen)
	switch {
	case len(b) == headerLen && code == 0:
		// RFC 1112 appendix I: the group is zero when sent and ignored when received.
		return &Query{Version: V1, Group: netip.IPv4Unspecified()}, nil
	case len(b) == headerLen:
		return &Query{Version: V2, MaxResp: time.Duration(code) * maxRespUnit, Group: group}, nil
	case len(b) < queryV3Len:
		return nil, parseErr("query", 0, "%d bytes is the length of no version", len(b))
	}
	q := &Query{Version: V3, MaxResp: time.Duration(DecodeCode(code)) * maxRespUnit, Group: group}
	if err := parseQueryTail(b, headerLen, addrLen, q); err != nil {
		return nil, err
	}
	return q, nil
}

// parseQueryTail reads what a query of IGMPv3 and one of MLDv2 have in common: the flags at offset at, the
// interval and the sources (RFC 3376 §4.1.5 to §4.1.9, RFC 3810 §5.1.7 to §5.1.11). b holds all of it but the
// sources; width is the length of an address.
func parseQueryTail(b []byte, at, width int, q *Query) error {
	q.SuppressRouter = b[at]&suppressFlag != 0
	q.Robustness = b[at] & robustnessMask
	q.Interval = time.Duration(DecodeCode(b[at+1])) * intervalUnit
	count, body := int(binary.BigEndian.Uint16(b[at+2:])), at+4
	if count > 0 && q.General() {
		return parseErr("query", at+2, "%d sources in a general query", count)
	}
	if have := len(b) - body; count*width > have {
		return parseErr("query", at+2, "%d sources in %d bytes", count, have)
	}
	q.Sources = addrsAt(b, body, width, count)
	return nil
}

// parseReportV3 reads a report of IGMPv3 or MLDv2 and all its records, which differ in the width of an address
// only (RFC 3376 §4.2, RFC 3810 §5.2). b has at least headerLen bytes.
func parseReportV3(b []byte, width int) (*ReportV3, error) {
	count := int(binary.BigEndian.Uint16(b[6:]))
	if have := len(b) - headerLen; count*(recordHead+width) > have {
		return nil, parseErr("report", 6, "%d group records in %d bytes", count, have)
	}
	r := &ReportV3{Records: make([]Record, count)}
	at := headerLen
	for i := range r.Records {
		next, err := parseRecord(b, at, width, &r.Records[i])
		if err != nil {
			return nil, err
		}
		at = next
	}
	return r, nil
}

// parseRecord reads the group record at offset at and gives the offset behind it (RFC 3376 §4.2.4, RFC 3810
// §5.2.4).
func parseRecord(b []byte, at, width int, r *Record) (next int, err error) {
	body := at + recordHead + width
	if have := len(b) - at; have < body-at {
		return 0, parseErr("group record", at, "%d bytes, need %d", have, body-at)
	}
	auxLen := int(b[at+1]) * 4
	count := int(binary.BigEndian.Uint16(b[at+2:]))
	if have := len(b) - body; count*width+auxLen > have {
		return 0, parseErr("group record", at, "%d sources and %d bytes of auxiliary data in %d bytes",
			count, auxLen, have)
	}
	r.Type = RecordType(b[at])
	r.Group = addrAt(b, at+recordHead, width)
	r.Sources = addrsAt(b, body, width, count)
	aux := body + count*width
	next = aux + auxLen
	if auxLen > 0 {
		r.Aux = b[aux:next:next]
	}
	return next, nil
}

// addrAt reads the address of width bytes at offset at, which the caller has checked.
func addrAt(b []byte, at, width int) netip.Addr {
	if width == addrLen {
		return netip.AddrFrom4([addrLen]byte(b[at : at+addrLen]))
	}
	return netip.AddrFrom16([addr6Len]byte(b[at : at+addr6Len]))
}

// addrsAt reads count addresses at offset at, which the caller has checked. It gives nil for none.
func addrsAt(b []byte, at, width, count int) []netip.Addr {
	if count == 0 {
		return nil
	}
	addrs := make([]netip.Addr, count)
	for i := range addrs {
		addrs[i] = addrAt(b, at+i*width, width)
	}
	return addrs
}
