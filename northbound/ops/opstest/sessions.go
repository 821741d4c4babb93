package opstest

import (
	"time"

	"crosspoint/controller"
	"crosspoint/openflow"
	"crosspoint/openflow/ofconn"
	"crosspoint/topology"
)

// Sessions gives one for every switch that the state has connected: busy that of lf1, which has sent things that could not be read.
func (c *Controller) Sessions() ([]controller.SessionInfo, error) {
	if c.Err != nil {
		return nil, c.Err
	}
	var list []controller.SessionInfo
	for i, sw := range c.State.Switches {
		if sw.Connected {
			list = append(list, controller.SessionInfo{Switch: sw.ID, Conn: 1, Peer: sw.Remote, Since: sw.Since, Stats: sessionStats(sw.ID, uint64(i))})
		}
	}
	return list, nil
}

func sessionStats(sw topology.SwitchID, n uint64) ofconn.Stats {
	var s ofconn.Stats
	s.In[openflow.TypeHello] = ofconn.Count{Messages: 1, Bytes: 16}
	s.In[openflow.TypePacketIn] = ofconn.Count{Messages: 100 + n, Bytes: 12000}
	s.Out[openflow.TypeFlowMod] = ofconn.Count{Messages: 40, Bytes: 4000}
	s.Out[openflow.TypeBarrierRequest] = ofconn.Count{Messages: 17, Bytes: 136}
	s.Batch = ofconn.RoundTrips{Count: 4, Sum: 8 * time.Millisecond, Last: 1500 * time.Microsecond, Max: 3 * time.Millisecond}
	s.Request = ofconn.RoundTrips{Count: 2, Sum: 900 * time.Microsecond, Last: 400 * time.Microsecond, Max: 500 * time.Microsecond}
	s.QueuePeak = 1400
	if sw == Leaf1 {
		s.In[openflow.TypeError] = ofconn.Count{Messages: 3, Bytes: 228}
		s.QueueBytes, s.Pending, s.ParseErrors, s.Unmatched, s.QueueFull = 1200, 1, 2, 1, 5
		s.Echo = ofconn.RoundTrips{Count: 1, Sum: time.Millisecond, Last: time.Millisecond, Max: time.Millisecond}
	}
	return s
}
