package igmp

import (
	"net/netip"
	"slices"
	"time"
)

// Report takes in what host says, a *[Report], *[Leave] or *[ReportV3], and gives what it changes, ordered by
// group and host. Several records about one group give one change at most of each host, from before the first to
// after the last. The cost depends on the records, on who else of an older version wants their groups on the port,
// and, by a logarithm, on the number of memberships, not on anything else in the table.
//
// Records that a limit refuses are listed in a *[LimitError], next to the changes of the others, and leave
// everything as it was. Records that make no sense, or that the standards have ignored, are counted. A report
// beyond the rate of its port or host is dropped whole: [ErrPortRate], [ErrHostRate]. One of MLD from :: is ignored whole (RFC 3810
// §5.2.13). A message of another kind gives [ErrNotReport].
func (t *Table) Report(now time.Time, host Host, m Message) ([]Change, error) {
	t.now = now
	records, version, err := asRecords(m)
	if err != nil {
		return nil, err
	}
	p := t.port(host.Key())
	if err := t.admitReport(now, p, host, weight(records)); err != nil {
		return nil, err
	}
	_, leave := m.(*Leave)
	switch {
	case version.MLD() && host.Addr.IsUnspecified():
		t.counters.refused[ReasonNoAddress]++
		return nil, nil
	case leave && p.part(version.MLD()).inquiry.own == V1: // RFC 3376 §7.3.1
		t.counters.refused[ReasonOlderHost]++
		return nil, nil
	}
	timing := t.timing(p)
	t.reports++
	r := reception{
		table: t, port: p, now: now, host: host, version: version, timing: timing,
		until: now.Add(timing.GroupMembershipInterval()), number: t.reports,
	}
	if version.older() && !leave {
		p.part(version.MLD()).older.heard(host.MAC, now.Add(timing.OlderHostPresent()))
	}
	for _, record := range records {
		r.take(record)
	}
	changes := r.finish()
	if len(r.refused) > 0 {
		return changes, &LimitError{Host: host, Refused: r.refused}
	}
	return changes, nil
}

// Allow tells whether a port may send another message, a query say, at now, and counts it if not. Reports are counted
// by Report itself.
func (t *Table) Allow(now time.Time, key PortKey) bool {
	if t.port(key).bucket.take(now, t.config.PortRate, t.config.PortBurst, 1) {
		return true
	}
	t.counters.refused[ReasonPortRate]++
	return false
}

// recordsPerReport is how many group records count for one report against the rates: a long report must not be worth a hundred short ones, though
// it is less work than they are.
const recordsPerReport = 16

// weight is for how many reports a report counts.
func weight(records []Record) int { return max(1, (len(records)+recordsPerReport-1)/recordsPerReport) }

// admitReport tells whether a port and a host may send another report at now; if not, why. A host without a membership has
// no account of its own, so that one that makes hosts up fills none.
func (t *Table) admitReport(now time.Time, p *port, host Host, weight int) error {
	c := t.config
	if !p.bucket.take(now, c.PortRate, c.PortBurst, weight) {
		t.counters.refused[ReasonPortRate]++
		return ErrPortRate
	}
	if h := p.hosts[host]; h != nil && !h.bucket.take(now, c.HostRate, c.HostBurst, weight) {
		t.counters.refused[ReasonHostRate]++
		return ErrHostRate
	}
	return nil
}

// asRecords says in version 3 what m says (RFC 3376 §7.3.2, RFC 3810 §8.3.2).
func asRecords(m Message) ([]Record, Version, error) {
	switch m := m.(type) {
	case *Report:
		return []Record{{Type: ModeIsExclude, Group: m.Group}}, m.Version, nil
	case *Leave:
		return []Record{{Type: ChangeToInclude, Group: m.Group}}, m.version(), nil
	case *ReportV3:
		return m.Records, m.version(), nil
	}
	return nil, 0, ErrNotReport
}

// reception is one report on its way into the table.
type reception struct {
	table   *Table
	port    *port
	now     time.Time
	host    Host
	version Version
	timing  Timing
	until   time.Time // when the timers that it starts run out
	number  uint64
	touched []touch
	refused []Refusal
}

// touch is a membership as it was before the report.
type touch struct {
	member *member
	before state
}

// take applies one record, or refuses it and counts why.
func (r *reception) take(record Record) {
	t := r.table
	reason, ok := checkRecord(r.version, record)
	if !ok {
		t.counters.refused[reason]++
		return
	}
	m := r.member(record.Group)
	typ, sources, ok := inMode(m.mode(r.now), record.Type, sortedSet(record.Sources))
	if !ok {
		t.counters.refused[ReasonOlderHost]++
		return
	}
	before := m.state
	want, asked := r.want(m, typ, sources)
	if reason, ok := t.admit(r.port, m, want); !ok {
		t.counters.refused[reason]++
		r.refused = append(r.refused, Refusal{record.Type, record.Group, reason})
		return
	}
	t.counters.Accepted++
	if m.report != r.number {
		m.report = r.number
		r.touched = append(r.touched, touch{m, before})
	}
	r.put(m, typ, want)
	if r.version.older() && typ == ChangeToInclude && r.sharesGroup(m) {
		asked.group = true
	}
	if !asked.none() && r.part().inquiry.asks(r.now) {
		r.ask(m, asked)
	}
	if r.version.older() && typ == ModeIsExclude {
		r.refreshOthers(m)
	}
}

// want is the state of m after a record. Where others may want what it takes away who have kept silent, that is asked
// about first, as long as there is room for what stays meanwhile.
func (r *reception) want(m *member, typ RecordType, sources []netip.Addr) (state, question) {
	takesAway := typ == BlockOldSources || typ == ChangeToInclude || typ == ChangeToExclude
	if !takesAway || m.state.none() || !r.part().older.others(r.host.MAC, r.now) {
		return m.state.apply(typ, sources, r.until), question{}
	}
	want, q := m.state.applyAsking(typ, sources, r.until)
	if want.size() > r.table.config.sourceLimit(m.group) {
		return m.state.apply(typ, sources, r.until), question{}
	}
	if !r.part().inquiry.asks(r.now) {
		return want, question{} // the timers are lowered by the queries of who asks (§6.6.1)
	}
	return want.ask(q, r.now.Add(r.timing.LastMemberTime()))
}

// put makes want the state of m, and notes what a record says of its host besides.
func (r *reception) put(m *member, typ RecordType, want state) {
	if typ != ChangeToInclude { // a leave is no report
		m.heard(r.version, r.now.Add(r.timing.OlderHostPresent()))
	}
	m.leaving = typ == ChangeToInclude && want.mode == Exclude
	r.table.put(m, want)
}

// member finds the host's membership of group, or makes one that is not in the table yet. One that a former
// record of this report has ended is still the same, so that its Since survives.
func (r *reception) member(group netip.Addr) *member {
	if m := r.port.find(r.host, group); m != nil {
		return m
	}
	for _, was := range r.touched {
		if was.member.group == group {
			return was.member
		}
	}
	return &member{host: r.host, group: group, since: r.now}
}

// part is what is known of the port in the protocol of the report.
func (r *reception) part() *portPart { return r.port.part(r.version.MLD()) }

// sharesGroup tells whether a host other than that of m wants the whole group on the port, or may want it in silence.
func (r *reception) sharesGroup(m *member) bool {
	l := r.port.links[m.group]
	return l != nil && slices.ContainsFunc(l.members, func(o *member) bool {
		return o.host.MAC != r.host.MAC && (o.wantsWhole() || r.port.silent(o, r.now))
	})
}

// ask has the group of m asked about. Whoever wants the whole group of an older version may be gone without a word,
// since only the host that reported last sends a leave (RFC 2236 §3): they have to answer as well. So have all when the
// leave is of an older version: where a querier of that version was heard, hosts of version 3 behave alike (RFC 3376
// §7.2.1). Those of version 1 need not: they answer within ten seconds whatever the query says, so a leave means
// nothing to them (§7.3.2).
func (r *reception) ask(m *member, q question) {
	l := r.port.links[m.group]
	if q.group {
		soon := r.now.Add(r.timing.LastMemberTime())
		for _, other := range l.members {
			silent := r.port.silent(other, r.now) || r.version.older() && other.wantsWhole()
			if other != m && silent && r.port.speaks(other, r.now) != V1 {
				lowered, _ := other.state.ask(other.answers(question{group: true}, silent), soon)
				r.table.put(other, lowered)
			}
		}
	}
	r.table.plan(r.now, l, q)
}

// refreshOthers keeps those alive that have heard the report of m and are silent for that reason (RFC 2236 §3, RFC
// 2710 §4).
func (r *reception) refreshOthers(m *member) {
	for _, other := range r.port.links[m.group].members {
		if other != m && r.port.silent(other, r.now) {
			other.heard(other.mode(r.now), r.now.Add(r.timing.OlderHostPresent()))
			r.table.put(other, other.state.prolong(r.until))
		}
	}
}

// finish gives what the report has changed.
func (r *reception) finish() []Change {
	var changes []Change
	for _, was := range r.touched {
		if after := was.member.state; !after.sameFilter(was.before) {
			changes = append(changes, Change{Host: r.host, Group: was.member.group, Before: was.before.filter(), After: after.filter()})
		}
	}
	slices.SortFunc(changes, Change.Compare)
	return changes
}

// inMode gives what a record means from a host in a Compatibility Mode, or tells that it means nothing (RFC 3376
// §7.3.2, RFC 3810 §8.3.2).
func inMode(mode Version, typ RecordType, sources []netip.Addr) (RecordType, []netip.Addr, bool) {
	if !mode.older() {
		return typ, sources, true
	}
	switch typ {
	case BlockOldSources:
		return 0, nil, false
	case ChangeToInclude:
		return typ, sources, mode != V1
	case ChangeToExclude:
		return typ, nil, true
	}
	return typ, sources, true
}

// checkRecord tells whether a record of a report of a version makes sense, whatever the table holds.
func checkRecord(v Version, r Record) (Reason, bool) {
	switch {
	case !r.Group.IsMulticast() || !sameFamily(v, r.Group):
		return ReasonBadGroup, false
	case stays(r.Group):
		return ReasonLinkLocal, false
	case r.Type < ModeIsInclude || r.Type > BlockOldSources:
		return ReasonUnknownType, false
	case SourceSpecific(r.Group) && (v.older() || r.Type == ModeIsExclude || r.Type == ChangeToExclude):
		return ReasonSourceSpecific, false // RFC 4604 §2.2
	}
	for _, s := range r.Sources {
		if !sameFamily(v, s) || s.IsMulticast() || s.IsUnspecified() {
			return ReasonBadSource, false
		}
	}
	return 0, true
}

// sameFamily tells whether a version has to do with addresses such as addr.
func sameFamily(v Version, addr netip.Addr) bool {
	if v.MLD() {
		return addr.Is6() && !addr.Is4In6()
	}
	return addr.Is4()
}

// admit tells whether a membership may go to want within the limits. What does not grow is always admitted: a lower
// limit after a restart must not keep a host from leaving.
func (t *Table) admit(p *port, m *member, want state) (Reason, bool) {
	c, have := t.config, m.state
	if want.size() > c.sourceLimit(m.group) && want.size() > have.size() {
		return ReasonSourcesPerGroup, false
	}
	if want.none() || !have.none() {
		return 0, true
	}
	host := p.hosts[m.host]
	switch {
	case host != nil && host.groups >= c.MaxGroupsPerHost:
		return ReasonGroupsPerHost, false
	case host == nil && t.hosts >= c.MaxHosts:
		return ReasonHosts, false
	case host == nil && len(p.hosts) >= c.MaxHostsPerPort:
		return ReasonHostsPerPort, false
	case p.links[m.group] == nil && len(p.links) >= c.MaxGroupsPerPort:
		return ReasonGroupsPerPort, false
	case t.count >= c.MaxMemberships:
		return ReasonMemberships, false
	}
	return 0, true
}
