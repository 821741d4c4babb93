package igmp

import (
	"bytes"
	"fmt"
	"net/netip"
	"slices"
	"time"
)

// longestV2Resp is the longest that a version 2 query lets hosts wait (RFC 2236 §2.2).
const longestV2Resp = maxCode * maxRespUnit

// QuerierConfig says how a querier asks. The zero value is of no use: start from [DefaultQuerierConfig].
type QuerierConfig struct {
	// Config holds the query and response intervals and the robustness.
	Config
	// StartupInterval is the time between the first queries to a port (RFC 3376 §8.6).
	StartupInterval time.Duration
	// StartupCount is the number of the first queries to a port (§8.7), 1 or more.
	StartupCount int
	// Version is the version of the queries to a port for which SetVersion was not called.
	Version Version
	// Source is the IPv4 source address of the queries. 0.0.0.0 asks without taking part in an election
	// (§6.6.2) with a real router that may be there.
	Source netip.Addr
}

// DefaultQuerierConfig has the defaults of RFC 3376 §8, version 3 and the source address 0.0.0.0.
func DefaultQuerierConfig() QuerierConfig {
	c := DefaultConfig()
	return QuerierConfig{
		Config:          c,
		StartupInterval: c.QueryInterval / 4,
		StartupCount:    c.Robustness,
		Version:         V3,
		Source:          netip.IPv4Unspecified(),
	}
}

// Validate tells what in c is out of range.
func (c QuerierConfig) Validate() error {
	if err := c.Config.Validate(); err != nil {
		return err
	}
	switch {
	case c.StartupInterval <= 0:
		return fmt.Errorf("startup query interval %v is not positive", c.StartupInterval)
	case c.StartupCount < 1:
		return fmt.Errorf("startup query count %d is less than 1", c.StartupCount)
	case !c.Version.exists():
		return fmt.Errorf("query version %d is none of 1, 2 and 3", c.Version)
	case !c.Source.Is4() || c.Source.IsMulticast():
		return fmt.Errorf("query source %v is not an IPv4 unicast address", c.Source)
	}
	return nil
}

// exists tells whether v is one of the versions of IGMP.
func (v Version) exists() bool { return v >= V1 && v <= V3 }

// PortQuery is a query to send out of one port now.
type PortQuery struct {
	Key    PortKey
	Query  *Query
	Packet []byte // the IPv4 packet, to go to the Ethernet address 01:00:5e:00:00:01
}

// Querier knows when to ask which port for its memberships (RFC 3376 §6.1). It is for one goroutine.
type Querier struct {
	config  QuerierConfig
	packets map[Version][]byte
	ports   map[PortKey]*askedPort
	timers  deadlines[PortKey]
}

// askedPort is a port that the querier asks.
type askedPort struct {
	version Version
	startup int // how many of the first queries are still to be sent
}

// NewQuerier makes a querier without ports. The error is that of [QuerierConfig.Validate].
func NewQuerier(config QuerierConfig) (*Querier, error) {
	if err := config.Validate(); err != nil {
		return nil, fmt.Errorf("new querier: %w", err)
	}
	q := &Querier{
		config:  config,
		packets: make(map[Version][]byte),
		ports:   make(map[PortKey]*askedPort),
		timers:  newDeadlines[PortKey](),
	}
	for _, v := range []Version{V1, V2, V3} {
		packet, err := AppendPacket(nil, Packet{Src: config.Source, Message: q.query(v)})
		if err != nil {
			return nil, fmt.Errorf("new querier: %w", err)
		}
		q.packets[v] = packet
	}
	return q, nil
}

// AddPort starts to ask a port: a query is due at now, the next ones follow at the startup interval and then
// at the query interval (RFC 3376 §6.1, §8.6, §8.7). A port that is already there is left alone.
func (q *Querier) AddPort(now time.Time, key PortKey) {
	if _, ok := q.ports[key]; ok {
		return
	}
	q.ports[key] = &askedPort{version: q.config.Version, startup: q.config.StartupCount}
	q.timers.set(key, now)
}

// RemovePort stops to ask a port. It does nothing if the port is not there.
func (q *Querier) RemovePort(key PortKey) {
	delete(q.ports, key)
	q.timers.remove(key)
}

// SetVersion makes v the version of the queries to a port, from the next one on (RFC 3376 §7.3.1: an
// administrator says when an older version is needed). It does nothing if the port is not there or the
// version does not exist.
func (q *Querier) SetVersion(key PortKey, v Version) {
	if port, ok := q.ports[key]; ok && v.exists() {
		port.version = v
	}
}

// Now makes a query to a port due at now, for example because its switch has come back. The queries after it
// keep their distance from it. It does nothing if the port is not there, or is due already.
func (q *Querier) Now(now time.Time, key PortKey) {
	if at, ok := q.timers.get(key); ok && at.After(now) {
		q.timers.set(key, now)
	}
}

// Next is when the next query is due. False: there is no port.
func (q *Querier) Next() (time.Time, bool) {
	_, at, ok := q.timers.first()
	return at, ok
}

// Due gives the queries to send at now, ordered by port, and plans the next ones. A port gets one query
// however many it has missed.
func (q *Querier) Due(now time.Time) []PortQuery {
	var keys []PortKey
	for {
		key, ok := q.timers.due(now)
		if !ok {
			break
		}
		keys = append(keys, key)
	}
	slices.SortFunc(keys, PortKey.Compare)
	queries := make([]PortQuery, len(keys))
	for i, key := range keys {
		port := q.ports[key]
		q.timers.set(key, now.Add(q.wait(port)))
		queries[i] = PortQuery{Key: key, Query: q.query(port.version), Packet: bytes.Clone(q.packets[port.version])}
	}
	return queries
}

// wait is the time from a query that is sent now to the next one.
func (q *Querier) wait(port *askedPort) time.Duration {
	if port.startup > 0 {
		port.startup--
	}
	if port.startup > 0 {
		return q.config.StartupInterval
	}
	return q.config.QueryInterval
}

// query is the general query of a version (RFC 3376 §4.1.11).
func (q *Querier) query(v Version) *Query {
	query := &Query{Version: v, Group: netip.IPv4Unspecified()}
	switch v {
	case V2:
		query.MaxResp = min(q.config.ResponseInterval, longestV2Resp)
	case V3:
		query.MaxResp = q.config.ResponseInterval
		query.Robustness = uint8(q.config.Robustness)
		query.Interval = q.config.QueryInterval
	}
	return query
}
