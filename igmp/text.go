package igmp

import (
	"fmt"
	"net/netip"
	"strings"
)

// String gives the name that RFC 3376 §4.2.12 uses, such as "MODE_IS_INCLUDE".
func (t RecordType) String() string {
	switch t {
	case ModeIsInclude:
		return "MODE_IS_INCLUDE"
	case ModeIsExclude:
		return "MODE_IS_EXCLUDE"
	case ChangeToInclude:
		return "CHANGE_TO_INCLUDE_MODE"
	case ChangeToExclude:
		return "CHANGE_TO_EXCLUDE_MODE"
	case AllowNewSources:
		return "ALLOW_NEW_SOURCES"
	case BlockOldSources:
		return "BLOCK_OLD_SOURCES"
	}
	return fmt.Sprintf("RECORD_TYPE_%d", uint8(t))
}

// String gives, for example, "IGMPv3 query 239.1.1.1 {10.0.0.1} max-resp 10s".
func (q *Query) String() string {
	var s strings.Builder
	fmt.Fprintf(&s, "%v query", q.Version)
	if q.General() {
		s.WriteString(" general")
	} else {
		fmt.Fprintf(&s, " %v", q.Group)
	}
	if len(q.Sources) > 0 {
		s.WriteString(" " + joinSources(q.Sources))
	}
	if q.Version != V1 {
		fmt.Fprintf(&s, " max-resp %v", q.MaxResp)
	}
	if q.Version == V3 || q.Version == MLDv2 {
		fmt.Fprintf(&s, " interval %v robustness %d", q.Interval, q.Robustness)
	}
	if q.SuppressRouter {
		s.WriteString(" suppress")
	}
	return s.String()
}

// String gives, for example, "IGMPv2 report 239.1.1.1".
func (r *Report) String() string { return fmt.Sprintf("%v report %v", r.Version, r.Group) }

// String gives, for example, "IGMPv2 leave 239.1.1.1".
func (l *Leave) String() string { return fmt.Sprintf("%v leave %v", l.version(), l.Group) }

// String gives, for example, "IGMPv3 report ALLOW_NEW_SOURCES 239.1.1.1 {10.0.0.1}", records separated by
// commas.
func (r *ReportV3) String() string {
	parts := make([]string, len(r.Records))
	for i, rec := range r.Records {
		parts[i] = rec.String()
	}
	return strings.TrimSpace(fmt.Sprintf("%v report %s", r.version(), strings.Join(parts, ", ")))
}

// String gives, for example, "BLOCK_OLD_SOURCES 239.1.1.1 {10.0.0.1 10.0.0.2}".
func (r Record) String() string {
	return fmt.Sprintf("%v %v %s", r.Type, r.Group, joinSources(r.Sources))
}

// joinSources writes sources in their order as "{a b}".
func joinSources(sources []netip.Addr) string {
	parts := make([]string, len(sources))
	for i, a := range sources {
		parts[i] = a.String()
	}
	return "{" + strings.Join(parts, " ") + "}"
}
