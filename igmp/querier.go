package igmp

import (
	"cmp"
	"errors"
	"net/netip"
	"slices"
	"time"
)

// longestV2Resp is the longest that a version 2 query lets hosts wait (RFC 2236 §2.2).
const longestV2Resp = maxCode * maxRespUnit

// soonAnswered is within what time the first query to a port wants its answers, which somebody waits for whose picture is not there yet. The Max
// Response Time is each query's own (RFC 3376 §4.1.1, RFC 3810 §5.1.3); the Query Response Interval (§8.3), which may be tuned, is that of the periodic
// ones. So short a time makes no storm that is not borne: every leave has its group asked about with the same (§8.8); a host of version 3 puts all
// of its groups into a report or a few; and older ones, with a report for each group, send in a second no more than a port's rate lets through when the
// port has as many groups as it may. What is lost nevertheless, the next query makes up for, which takes its time.
const soonAnswered = time.Second

// Asking says how a port is asked. The zero value is of no use: start from [DefaultQuerierConfig].
type Asking struct {
	// StartupInterval is the time between the first queries to a port (RFC 3376 §8.6, RFC 3810 §9.6).
	StartupInterval time.Duration
	// StartupCount is the number of the first queries to a port (§8.7, §9.7), 1 or more.
	StartupCount int
	// Version is the version of the queries of IGMP, 1 to 3; 0 sends none.
	Version Version
	// MLDVersion is the version of the queries of MLD; 0 sends none.
	MLDVersion Version
	// AlsoV2 and AlsoMLDv1 send each query of version 3, and of MLDv2, in the version before it as well, for hosts that
	// do not understand the newer form. All hosts of the port speak the older then (§7.2.1), so none can name a source.
	AlsoV2, AlsoMLDv1 bool
	// Source is the IPv4 source address of the queries. 0.0.0.0 asks without taking part in an election
	// (§6.6.2) with a real router that may be there. MLD asks from the link-local address of the port
	// (RFC 3810 §5.1.14).
	Source netip.Addr
	// Obey has a port fall silent while another querier is heard that wins the election (RFC 3376 §6.6.2, RFC
	// 3810 §7.6.2). Otherwise it is noted, and asking goes on.
	Obey bool
}

// Validate lists everything in a that is out of range.
func (a Asking) Validate() error {
	var r ranges
	r.check(a.StartupInterval > 0, "startup query interval %v is not positive", a.StartupInterval)
	r.check(a.StartupCount >= 1, "startup query count %d is less than 1", a.StartupCount)
	r.check(a.Version <= V3, "query version %d is none of 0 (none), 1, 2 and 3", a.Version)
	r.check(a.MLDVersion == 0 || a.MLDVersion == MLDv1 || a.MLDVersion == MLDv2, "MLD query version %d is none of 0 (none), MLDv1 and MLDv2", a.MLDVersion)
	r.check(!a.AlsoV2 || a.Version == V3, "queries of version 2 as well go with version 3, not with version %d", a.Version)
	r.check(!a.AlsoMLDv1 || a.MLDVersion == MLDv2, "queries of MLDv1 as well go with MLDv2")
	r.check(a.Source.Is4() && !a.Source.IsMulticast(), "query source %v is not an IPv4 unicast address", a.Source)
	return errors.Join(r...)
}

// versions are those of the queries of a protocol, the oldest first.
func (a Asking) versions(mld bool) []Version {
	newest, also, older := a.Version, a.AlsoV2, V2
	if mld {
		newest, also, older = a.MLDVersion, a.AlsoMLDv1, MLDv1
	}
	switch {
	case newest == 0:
		return nil
	case also:
		return []Version{older, newest}
	}
	return []Version{newest}
}

// oldest is the oldest version of the queries of a protocol; 0: none are sent.
func (a Asking) oldest(mld bool) Version {
	for _, v := range a.versions(mld) {
		return v
	}
	return 0
}

// PortConfig says at what pace and how one port is asked.
type PortConfig struct {
	Timing
	Asking
}

// Validate lists everything in c that is out of range.
func (c PortConfig) Validate() error { return errors.Join(c.Timing.Validate(), c.Asking.Validate()) }

// QuerierConfig says how ports without a configuration of their own are asked, and holds the limits of the table of
// what they answer. The zero value is of no use: start from [DefaultQuerierConfig].
type QuerierConfig struct {
	Config
	Asking
}

// DefaultQuerierConfig has the defaults of RFC 3376 §8 and RFC 3810 §9, the newest versions, and the source address
// 0.0.0.0.
func DefaultQuerierConfig() QuerierConfig {
	c := DefaultConfig()
	return QuerierConfig{Config: c, Asking: Asking{
		StartupInterval: c.QueryInterval / 4,
		StartupCount:    c.Robustness,
		Version:         V3,
		MLDVersion:      MLDv2,
		Source:          netip.IPv4Unspecified(),
	}}
}

// Validate tells what in c is out of range.
func (c QuerierConfig) Validate() error { return errors.Join(c.Config.Validate(), c.Asking.Validate()) }

// Port is the configuration of a port that has none of its own.
func (c QuerierConfig) Port() PortConfig { return PortConfig{c.Timing, c.Asking} }

// PortQuery is a query to send out of one port now.
type PortQuery struct {
	Key    PortKey
	Query  *Query
	Dst    netip.Addr // the IP destination, to whose [MulticastMAC] it goes
	Packet []byte     // the IP packet
}

// Querier knows when to ask which port for its memberships (RFC 3376 §6.1, RFC 3810 §7.1). It is for one goroutine.
type Querier struct {
	ports  map[PortKey]*askedPort
	timers deadlines[*asked]
}

// askKey names a port in one protocol.
type askKey struct {
	PortKey
	mld bool
}

func (k askKey) compare(other askKey) int {
	switch c := k.PortKey.Compare(other.PortKey); {
	case c != 0 || k.mld == other.mld:
		return c
	case other.mld:
		return -1
	}
	return 1
}

// askedPort is a port that the querier asks.
type askedPort struct {
	config    PortConfig
	linkLocal netip.Addr
	igmp, mld asked
}

// asked is how far asking has come in one protocol.
type asked struct {
	key     askKey
	timer   int       // its place among the deadlines
	startup int       // how many of the first queries are still to be sent
	soon    bool      // the next query is the first of them, and wants its answers soon
	hurried time.Time // when such a query was last sent
	silent  time.Time // another querier asks until then
	other   OtherQuerier
}

func (a *asked) place() *int { return &a.timer }

// of gives the protocol's part.
func (p *askedPort) of(mld bool) *asked {
	if mld {
		return &p.mld
	}
	return &p.igmp
}

// version of the queries of a protocol; 0: none.
func (p *askedPort) version(mld bool) Version {
	if mld {
		return p.config.MLDVersion
	}
	return p.config.Version
}

// source of the queries of a protocol.
func (p *askedPort) source(mld bool) netip.Addr {
	if mld {
		return p.linkLocal
	}
	return p.config.Source
}

// NewQuerier makes a querier without ports.
func NewQuerier() *Querier {
	return &Querier{ports: make(map[PortKey]*askedPort)}
}

// AddPort starts to ask a port as config says, which should be good by [PortConfig.Validate]: queries are due at now, that
// want answers within a second; the next ones follow at the startup interval and then at the query interval (RFC 3376 §6.1,
// §8.6, §8.7). mac is that of the port, from which its link-local address follows. A port that is already there is left alone.
func (q *Querier) AddPort(now time.Time, key PortKey, mac [6]byte, config PortConfig) {
	if _, ok := q.ports[key]; ok {
		return
	}
	p := &askedPort{config: config, linkLocal: LinkLocalOf(mac)}
	q.ports[key] = p
	for _, mld := range []bool{false, true} {
		state := p.of(mld)
		state.key = askKey{key, mld}
		if p.version(mld) != 0 {
			q.begin(p, state, now)
		}
	}
}

// begin has the first queries to a port sent, from a point in time on.
func (q *Querier) begin(p *askedPort, state *asked, at time.Time) {
	state.startup, state.soon = p.config.StartupCount, true
	q.timers.set(state, at)
}

// RemovePort stops to ask a port. It does nothing if the port is not there.
func (q *Querier) RemovePort(key PortKey) {
	if p := q.ports[key]; p != nil {
		delete(q.ports, key)
		q.timers.remove(&p.igmp)
		q.timers.remove(&p.mld)
	}
}

// Now has a port asked anew, as if it were added, for example because its switch has come back or a host has moved there:
// at now, but no sooner than the answers to the last such query have come. It does nothing if the port is not there, is due
// already, or is silent because another querier asks.
func (q *Querier) Now(now time.Time, key PortKey) {
	p := q.ports[key]
	if p == nil {
		return
	}
	for _, mld := range []bool{false, true} {
		state, at := p.of(mld), now
		if answered := state.hurried.Add(soonAnswered); answered.After(now) {
			at = answered
		}
		if due, ok := q.timers.get(state); ok && due.After(at) && !running(state.silent, now) {
			q.begin(p, state, at)
		}
	}
}

// Next is when the next query is due. False: there is none to come.
func (q *Querier) Next() (time.Time, bool) {
	_, at, ok := q.timers.first()
	return at, ok
}

// Due gives the general queries to send at now, ordered by port, IGMP before MLD, and plans the next ones. A port gets
// one query of each however many it has missed.
func (q *Querier) Due(now time.Time) []PortQuery {
	var due []*asked
	for {
		state, ok := q.timers.due(now)
		if !ok {
			break
		}
		due = append(due, state)
	}
	slices.SortFunc(due, func(a, b *asked) int { return a.key.compare(b.key) })
	queries := make([]PortQuery, 0, len(due))
	for _, state := range due {
		p := q.ports[state.key.PortKey]
		q.timers.set(state, now.Add(p.wait(state.key.mld)))
		for _, version := range p.config.versions(state.key.mld) {
			queries = append(queries, p.packet(state.key, p.query(version, state.soon)))
		}
		if state.soon {
			state.soon, state.hurried = false, now
		}
	}
	return queries
}

// wait is the time from a query that is sent now to the next one.
func (p *askedPort) wait(mld bool) time.Duration {
	state := p.of(mld)
	if state.startup > 0 {
		state.startup--
	}
	if state.startup > 0 {
		return p.config.StartupInterval
	}
	return p.config.QueryInterval
}

// query is the general query of a version (RFC 3376 §4.1.11, RFC 3810 §5.1.13). Hosts that are asked in version 1 take ten seconds whatever
// is wanted (RFC 2236 §4).
func (p *askedPort) query(v Version, soon bool) *Query {
	group := netip.IPv4Unspecified()
	if v.MLD() {
		group = netip.IPv6Unspecified()
	}
	maxResp := p.config.ResponseInterval
	if soon {
		maxResp = min(maxResp, soonAnswered)
	}
	return p.ask(v, group, maxResp)
}

// ask is a query about a group, with what its version can say.
func (p *askedPort) ask(v Version, group netip.Addr, maxResp time.Duration) *Query {
	query := &Query{Version: v, Group: group}
	switch v {
	case V2:
		query.MaxResp = min(maxResp, longestV2Resp)
	case MLDv1:
		query.MaxResp = min(maxResp, maxDelay*delayUnit)
	case V3, MLDv2:
		query.MaxResp = maxResp
		query.Robustness = uint8(p.config.Robustness)
		query.Interval = p.config.QueryInterval
	}
	return query
}

// packet puts a query into a packet. It has been checked that it fits one.
func (p *askedPort) packet(key askKey, query *Query) PortQuery {
	out := PortQuery{Key: key.PortKey, Query: query, Dst: Destination(query)}
	write := AppendPacket
	if key.mld {
		write = AppendMLDPacket
	}
	packet, err := write(nil, Packet{Src: p.source(key.mld), Dst: out.Dst, Message: query})
	if err != nil {
		panic("igmp: a query of a valid configuration cannot be written: " + err.Error())
	}
	out.Packet = packet
	return out
}

// Specific puts what a [Table] wants asked into queries for its port, one in each version of the port. None: the port is
// not there, says nothing of groups in its version, or leaves the asking to another querier (RFC 3376 §6.6.3, RFC 3810
// §7.6.3). A version that knows no sources asks about the group.
func (q *Querier) Specific(now time.Time, a Ask) []PortQuery {
	key := askKey{a.Port, a.Group.Is6()}
	p := q.ports[a.Port]
	if p == nil || p.version(key.mld) <= V1 || running(p.of(key.mld).silent, now) {
		return nil
	}
	var queries []PortQuery
	for _, version := range p.config.versions(key.mld) {
		query := p.ask(version, a.Group, p.config.LastMemberInterval)
		if !version.older() {
			query.Sources, query.SuppressRouter = a.Sources, a.Suppress
		}
		queries = append(queries, p.packet(key, query))
	}
	return queries
}

// OtherQuerier is a querier on a port that is none of ours.
type OtherQuerier struct {
	Port    PortKey
	Addr    netip.Addr
	Version Version
	Since   time.Time // when it was first heard
	Last    time.Time
	Obeyed  bool // we are silent for it
	// Timing is by which memberships on the port live when it is obeyed.
	Timing Timing
}

// Heard takes note of a query that came in by a port. It gives the querier behind it and tells whether that is a new
// one: not heard before, or not within the Other Querier Present interval. Of one at a port that is not asked nothing is
// kept.
func (q *Querier) Heard(now time.Time, key PortKey, query *Query, src netip.Addr) (other OtherQuerier, isNew bool) {
	p := q.ports[key]
	if p == nil {
		return OtherQuerier{Port: key}, false
	}
	mld := query.Version.MLD()
	state := p.of(mld)
	timing := p.config.Timing.adopt(query)
	present := timing.OtherQuerierPresent()
	isNew = state.other.Addr != src || now.Sub(state.other.Last) > state.other.Timing.OtherQuerierPresent()
	if isNew {
		state.other = OtherQuerier{Port: key, Addr: src, Since: now}
	}
	state.other.Version, state.other.Last, state.other.Timing = query.Version, now, timing
	state.other.Obeyed = p.config.Obey && wins(src, p.source(mld))
	if state.other.Obeyed && p.version(mld) != 0 {
		state.silent = now.Add(present)
		q.timers.set(state, state.silent)
	}
	return state.other, isNew
}

// wins tells whether a querier at src is elected against one at ours: the lower address is, and one that has none
// stands for nothing (RFC 3376 §6.6.2, RFC 3810 §7.6.2, RFC 4541 §2.1.1).
func wins(src, ours netip.Addr) bool {
	return !src.IsUnspecified() && (ours.IsUnspecified() || src.Less(ours))
}

// Others lists the queriers of others that were heard within the Other Querier Present interval, ordered by port, IGMP
// before MLD.
func (q *Querier) Others(now time.Time) []OtherQuerier {
	var all []OtherQuerier
	for _, p := range q.ports {
		for _, other := range []OtherQuerier{p.igmp.other, p.mld.other} {
			if other.Addr.IsValid() && now.Sub(other.Last) <= other.Timing.OtherQuerierPresent() {
				all = append(all, other)
			}
		}
	}
	slices.SortFunc(all, func(a, b OtherQuerier) int {
		return cmp.Or(a.Port.Compare(b.Port), cmp.Compare(a.Version, b.Version))
	})
	return all
}

// adopt gives the timing of a link whose querier sends query: who is not the querier takes over its values (RFC 3376
// §4.1.6, §4.1.7).
func (t Timing) adopt(query *Query) Timing {
	if query.Robustness != 0 {
		t.Robustness = int(query.Robustness)
	}
	if query.Interval != 0 {
		t.QueryInterval = query.Interval
	}
	if query.General() && query.MaxResp != 0 {
		t.ResponseInterval = query.MaxResp
	}
	return t
}
