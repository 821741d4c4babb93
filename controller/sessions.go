package controller

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"crosspoint/controller/core"
	"crosspoint/openflow/ofconn"
	"crosspoint/topology"
)

// SessionInfo is one OpenFlow session and what its connection counted.
type SessionInfo struct {
	Switch topology.SwitchID
	Conn   core.Conn // numbers the sessions of this run, from 1
	Peer   string    // the switch's address and port
	Since  time.Time // when its handshake ended
	Stats  ofconn.Stats
}

// Sessions lists the sessions that are open, by switch and then in the order in which they opened. A second session of a switch that has one is
// refused, and there only for a moment.
func (c *Controller) Sessions() ([]SessionInfo, error) {
	var open []*session
	err := c.take(func() { open = slices.Collect(maps.Values(c.sessions)) })
	if err != nil {
		return nil, err
	}
	return describe(open), nil
}

// describe asks the connections for their counts, outside of turns.
func describe(open []*session) []SessionInfo {
	list := make([]SessionInfo, 0, len(open))
	for _, s := range open {
		list = append(list, SessionInfo{Switch: s.sw, Conn: s.id, Peer: s.remote, Since: s.since, Stats: s.conn.Stats()})
	}
	slices.SortFunc(list, func(a, b SessionInfo) int {
		return cmp.Or(cmp.Compare(a.Switch, b.Switch), cmp.Compare(a.Conn, b.Conn))
	})
	return list
}
