package igmp

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"time"
)

// Parts of the ninth byte of a version 3 query (RFC 3376 §4.1).
const (
	suppressFlag   = 0x08
	robustnessMask = 0x07
)

// maxCode is the largest one-byte field.
const maxCode = 255

// Append writes m to the end of b with its checksum. It gives an error, and b as it was, when a field cannot
// be said on the wire: an address that is not IPv4, a duration or count out of range, a field that the
// version does not have, or a message longer than an IPv4 packet.
func Append(b []byte, m Message) ([]byte, error) {
	start := len(b)
	out, err := appendMessage(b, m)
	if err != nil {
		return b, err
	}
	if n := len(out) - start; n > maxLen {
		return b, tooLong(m, n, maxLen)
	}
	binary.BigEndian.PutUint16(out[start+2:], checksum(out[start:]))
	return out, nil
}

// tooLong says that a message of n bytes fits no packet.
func tooLong(m Message, n, limit int) error {
	return fmt.Errorf("append %T: %d bytes, at most %d fit a packet", m, n, limit)
}

// appendMessage writes m with a checksum of zero.
func appendMessage(b []byte, m Message) ([]byte, error) {
	switch m := m.(type) {
	case *Query:
		return appendQuery(b, m)
	case *Report:
		return appendReport(b, m)
	case *Leave:
		return appendHeader(b, typeLeave, 0, m.Group)
	case *ReportV3:
		if m.MLD {
			return b, errors.New("append report: it is one of MLD")
		}
		return appendRecords(append(b, typeReportV3, 0, 0, 0, 0, 0), m.Records, addrLen)
	}
	return b, errNilMessage()
}

// errNilMessage says that there is nothing to append.
func errNilMessage() error { return errors.New("append message: it is nil") }

// appendHeader writes the eight bytes that all messages of versions 1 and 2 consist of (RFC 2236 §2).
func appendHeader(b []byte, typ, code uint8, group netip.Addr) ([]byte, error) {
	return appendAddr(append(b, typ, code, 0, 0), group, addrLen)
}

func appendReport(b []byte, r *Report) ([]byte, error) {
	switch r.Version {
	case V1:
		return appendHeader(b, typeReportV1, 0, r.Group)
	case V2:
		return appendHeader(b, typeReportV2, 0, r.Group)
	}
	return b, fmt.Errorf("append report: %v has another form or none", r.Version)
}

func appendQuery(b []byte, q *Query) ([]byte, error) {
	group := q.Group
	if q.General() {
		group = netip.IPv4Unspecified()
	}
	switch q.Version {
	case V1:
		if q.MaxResp != 0 || !q.General() || q.hasV3Fields() {
			return b, errors.New("append query: version 1 has no fields")
		}
		return appendHeader(b, typeQuery, 0, group)
	case V2:
		code, err := units(q.MaxResp, maxRespUnit, maxCode)
		if err != nil || code == 0 || q.hasV3Fields() {
			return b, fmt.Errorf("append query: version 2 has a max resp of 100ms to 25.5s (not %v), "+
				"no sources, flag, robustness and interval", q.MaxResp)
		}
		return appendHeader(b, typeQuery, uint8(code), group)
	case V3:
		return appendQueryV3(b, q, group)
	}
	return b, fmt.Errorf("append query: %v does not exist", q.Version)
}

// hasV3Fields tells whether q says something that only version 3 can carry.
func (q *Query) hasV3Fields() bool {
	return len(q.Sources) > 0 || q.SuppressRouter || q.Robustness != 0 || q.Interval != 0
}

// appendQueryV3 writes the form of RFC 3376 §4.1.
func appendQueryV3(b []byte, q *Query, group netip.Addr) ([]byte, error) {
	maxResp, err := units(q.MaxResp, maxRespUnit, MaxCodeUnits)
	if err != nil {
		return b, fmt.Errorf("append query: max resp: %w", err)
	}
	if b, err = appendHeader(b, typeQuery, EncodeCode(maxResp), group); err != nil {
		return b, err
	}
	return appendQueryTail(b, q, addrLen)
}

// appendQueryTail writes what a query of IGMPv3 and one of MLDv2 have in common; see parseQueryTail.
func appendQueryTail(b []byte, q *Query, width int) ([]byte, error) {
	interval, err := units(q.Interval, intervalUnit, MaxCodeUnits)
	if err != nil {
		return b, fmt.Errorf("append query: interval: %w", err)
	}
	if q.General() && len(q.Sources) > 0 {
		return b, errors.New("append query: a general query has no sources")
	}
	b = append(b, q.flags(), EncodeCode(interval))
	if b, err = appendCount(b, q.Sources, width); err != nil {
		return b, err
	}
	return appendAddrs(b, q.Sources, width)
}

// flags is the ninth byte of a version 3 query. §4.1.6: a robustness that does not fit is sent as zero.
func (q *Query) flags() uint8 {
	var flags uint8
	if q.Robustness <= robustnessMask {
		flags = q.Robustness
	}
	if q.SuppressRouter {
		flags |= suppressFlag
	}
	return flags
}

// appendRecords writes the number of records and the records (RFC 3376 §4.2, RFC 3810 §5.2).
func appendRecords(b []byte, records []Record, width int) ([]byte, error) {
	if len(records) > maxLen/(recordHead+width) {
		return b, fmt.Errorf("append report: %d group records do not fit a packet", len(records))
	}
	b = binary.BigEndian.AppendUint16(b, uint16(len(records)))
	var err error
	for i, rec := range records {
		if b, err = appendRecord(b, rec, width); err != nil {
			return b, fmt.Errorf("append group record %d: %w", i, err)
		}
	}
	return b, nil
}

// appendRecord writes the form of RFC 3376 §4.2.4 and RFC 3810 §5.2.4.
func appendRecord(b []byte, r Record, width int) ([]byte, error) {
	if len(r.Aux)%4 != 0 || len(r.Aux)/4 > maxCode {
		return b, fmt.Errorf("%d bytes of auxiliary data, need whole words, at most 255", len(r.Aux))
	}
	b = append(b, uint8(r.Type), uint8(len(r.Aux)/4))
	b, err := appendCount(b, r.Sources, width)
	if err != nil {
		return b, err
	}
	if b, err = appendAddr(b, r.Group, width); err != nil {
		return b, err
	}
	if b, err = appendAddrs(b, r.Sources, width); err != nil {
		return b, err
	}
	return append(b, r.Aux...), nil
}

// appendCount writes the number of sources.
func appendCount(b []byte, sources []netip.Addr, width int) ([]byte, error) {
	if len(sources) > maxLen/width {
		return b, fmt.Errorf("%d sources do not fit a packet", len(sources))
	}
	return binary.BigEndian.AppendUint16(b, uint16(len(sources))), nil
}

// appendAddrs writes addresses of width bytes.
func appendAddrs(b []byte, addrs []netip.Addr, width int) ([]byte, error) {
	var err error
	for _, a := range addrs {
		if b, err = appendAddr(b, a, width); err != nil {
			return b, err
		}
	}
	return b, nil
}

// appendAddr writes an address of width bytes.
func appendAddr(b []byte, a netip.Addr, width int) ([]byte, error) {
	switch {
	case width == addrLen && a.Is4():
		four := a.As4()
		return append(b, four[:]...), nil
	case width == addrLen:
		return b, fmt.Errorf("append address: %v is not IPv4", a)
	case a.Is6() && a.Zone() == "":
		sixteen := a.As16()
		return append(b, sixteen[:]...), nil
	}
	return b, fmt.Errorf("append address: %v is not IPv6 without a zone", a)
}

// units gives the whole units in d, rounded down.
func units(d, unit time.Duration, limit uint32) (uint32, error) {
	if d < 0 || d > time.Duration(limit)*unit {
		return 0, fmt.Errorf("%v is not between 0 and %v", d, time.Duration(limit)*unit)
	}
	return uint32(d / unit), nil
}
