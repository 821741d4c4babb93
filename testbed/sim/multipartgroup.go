package sim

import (
	"time"

	"crosspoint/openflow"
)

func (s *Switch) groupDesc() openflow.GroupDescReply {
	list := make(openflow.GroupDescReply, 0, len(s.groups))
	for _, id := range sortedKeys(s.groups) {
		list = append(list, s.groups[id].desc)
	}
	return list
}

// groupStats gives counters of one group or all. A group that is not there gives an empty list, as in Open vSwitch.
func (s *Switch) groupStats(now time.Time, which openflow.GroupID) openflow.GroupStatsReply {
	refs := s.groupRefs()
	var list openflow.GroupStatsReply
	for _, id := range sortedKeys(s.groups) {
		if which != openflow.GroupAll && which != id {
			continue
		}
		g := s.groups[id]
		st := openflow.GroupStats{Group: id, RefCount: refs[id], PacketCount: g.count.packets, ByteCount: g.count.bytes}
		st.DurationSec, st.DurationNsec = age(now, g.created)
		for _, c := range g.buckets {
			st.Buckets = append(st.Buckets, openflow.BucketCounter{PacketCount: c.packets, ByteCount: c.bytes})
		}
		list = append(list, st)
	}
	return list
}

// groupRefs counts the entries and groups that use each group.
func (s *Switch) groupRefs() map[openflow.GroupID]uint32 {
	refs := map[openflow.GroupID]uint32{}
	count := func(list []openflow.Action) {
		for _, a := range list {
			if g, ok := a.(openflow.ApplyGroup); ok {
				refs[g.Group]++
			}
		}
	}
	s.everyFlow(func(e *entry) { count(e.do.apply); count(e.do.write) })
	for _, g := range s.groups {
		for _, b := range g.desc.Buckets {
			count(b.Actions)
		}
	}
	return refs
}

// everyFlow visits all entries, in no order.
func (s *Switch) everyFlow(visit func(*entry)) {
	for i := range s.tables {
		for _, g := range s.tables[i].groups {
			for _, es := range g.entries {
				for _, e := range es {
					visit(e)
				}
			}
		}
	}
}

// chosenMeters gives the meters that a request asks for.
func (s *Switch) chosenMeters(which openflow.MeterID) ([]openflow.MeterID, *openflow.ErrorMsg) {
	if which == openflow.MeterAll {
		return sortedKeys(s.meters), nil
	}
	if s.meters[which] == nil {
		return nil, refuse(openflow.ErrMeterModFailed, openflow.CodeMeterModUnknownMeter)
	}
	return []openflow.MeterID{which}, nil
}

func (s *Switch) meterConfig(which openflow.MeterID) ([]openflow.Message, *openflow.ErrorMsg) {
	ids, refused := s.chosenMeters(which)
	if refused != nil {
		return nil, refused
	}
	list := make(openflow.MeterConfigReply, 0, len(ids))
	for _, id := range ids {
		list = append(list, s.meters[id].config)
	}
	return split(list), nil
}

func (s *Switch) meterStats(now time.Time, which openflow.MeterID) ([]openflow.Message, *openflow.ErrorMsg) {
	ids, refused := s.chosenMeters(which)
	if refused != nil {
		return nil, refused
	}
	flows := map[openflow.MeterID]uint32{}
	s.everyFlow(func(e *entry) { flows[e.do.meter]++ })
	list := make(openflow.MeterStatsReply, 0, len(ids))
	for _, id := range ids {
		m := s.meters[id]
		st := openflow.MeterStats{Meter: id, FlowCount: flows[id], PacketIn: m.count.packets, ByteIn: m.count.bytes}
		st.DurationSec, st.DurationNsec = age(now, m.created)
		for i := range m.bands {
			c := m.bands[i].count
			st.Bands = append(st.Bands, openflow.BandCounter{PacketCount: c.packets, ByteCount: c.bytes})
		}
		list = append(list, st)
	}
	return split(list), nil
}
