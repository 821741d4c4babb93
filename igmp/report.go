package igmp

import (
	"net/netip"
	"slices"
	"time"
)

// Report takes in what host says, a *[Report], *[Leave] or *[ReportV3], and gives what it changes, ordered by
// group. Several records about one group give one change at most, from before the first to after the last.
// The cost depends on the records and, by a logarithm, on the number of memberships, not on anything else
// in the table.
//
// Records that a limit refuses are listed in a *[LimitError], next to the changes of the others, and leave
// everything as it was. Records that make no sense are ignored and counted. A message of another kind gives
// [ErrNotReport].
func (t *Table) Report(now time.Time, host Host, m Message) ([]Change, error) {
	records, version, err := asRecords(m)
	if err != nil {
		return nil, err
	}
	r := reception{table: t, now: now, host: host, version: version, touched: make(map[netip.Addr]touch)}
	for _, record := range records {
		r.take(record)
	}
	changes := r.finish()
	if len(r.refused) > 0 {
		return changes, &LimitError{Host: host, Refused: r.refused}
	}
	return changes, nil
}

// asRecords says in version 3 what m says (RFC 3376 §7.3.2).
func asRecords(m Message) ([]Record, Version, error) {
	switch m := m.(type) {
	case *Report:
		return []Record{{Type: ModeIsExclude, Group: m.Group}}, m.Version, nil
	case *Leave:
		return []Record{{Type: ChangeToInclude, Group: m.Group}}, V2, nil
	case *ReportV3:
		return m.Records, V3, nil
	}
	return nil, 0, ErrNotReport
}

// reception is one report on its way into the table.
type reception struct {
	table   *Table
	now     time.Time
	host    Host
	version Version
	touched map[netip.Addr]touch // by group
	refused []Refusal
}

// touch is a group as it was before the report.
type touch struct {
	member *member
	before Filter
}

// take applies one record, or refuses it and counts why.
func (r *reception) take(record Record) {
	t := r.table
	record.Sources = sortedSet(record.Sources)
	if reason, ok := checkRecord(record); !ok {
		t.counters.refused[reason]++
		return
	}
	m := r.member(record.Group)
	until := r.now.Add(t.config.GroupMembershipInterval())
	want := m.state.apply(record.Type, record.Sources, until)
	if reason, ok := t.admit(r.host, m.state, want); !ok {
		t.counters.refused[reason]++
		r.refused = append(r.refused, Refusal{record.Type, record.Group, reason})
		return
	}
	t.counters.Accepted++
	m.version = r.version
	t.put(m, want)
}

// member finds the host's membership of group, or makes one that is not in the table yet. One that a former
// record of this report has ended is still the same, so that its Since survives.
func (r *reception) member(group netip.Addr) *member {
	if touched, ok := r.touched[group]; ok {
		return touched.member
	}
	key := memberKey{r.host, group}
	m, ok := r.table.members[key]
	if !ok {
		m = &member{memberKey: key, since: r.now}
	}
	r.touched[group] = touch{member: m, before: m.state.filter()}
	return m
}

// finish gives what the report has changed.
func (r *reception) finish() []Change {
	var changes []Change
	for group, touched := range r.touched {
		after := touched.member.state.filter()
		if !after.Equal(touched.before) {
			changes = append(changes, Change{Host: r.host, Group: group, Before: touched.before, After: after})
		}
	}
	slices.SortFunc(changes, Change.Compare)
	return changes
}

// checkRecord tells whether a record makes sense, whatever the table holds.
func checkRecord(r Record) (Reason, bool) {
	switch {
	case !r.Group.Is4() || !r.Group.IsMulticast():
		return ReasonBadGroup, false
	case r.Group.IsLinkLocalMulticast():
		return ReasonLinkLocal, false
	case r.Type < ModeIsInclude || r.Type > BlockOldSources:
		return ReasonUnknownType, false
	}
	for _, s := range r.Sources {
		if !s.Is4() || s.IsMulticast() || s.IsUnspecified() {
			return ReasonBadSource, false
		}
	}
	return 0, true
}

// admit tells whether a membership of host may go from have to want within the limits. What does not grow
// is always admitted: a lower limit after a restart must not keep a host from leaving.
func (t *Table) admit(host Host, have, want state) (Reason, bool) {
	c := t.config
	if want.size() > c.MaxSourcesPerGroup && want.size() > have.size() {
		return ReasonSourcesPerGroup, false
	}
	if want.none() || !have.none() {
		return 0, true
	}
	groups := len(t.byHost[host])
	switch {
	case groups >= c.MaxGroupsPerHost:
		return ReasonGroupsPerHost, false
	case groups == 0 && len(t.byHost) >= c.MaxHosts:
		return ReasonHosts, false
	case groups == 0 && len(t.byPort[host.Key()]) >= c.MaxHostsPerPort:
		return ReasonHostsPerPort, false
	case len(t.members) >= c.MaxMemberships:
		return ReasonMemberships, false
	}
	return 0, true
}
