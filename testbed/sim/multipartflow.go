package sim

import (
	"time"

	"crosspoint/openflow"
)

// selected gives the entries that a flow or aggregate request asks for: by table, then priority, then age.
func (s *Switch) selected(q openflow.AggregateRequest) ([]*entry, *openflow.ErrorMsg) {
	match, refused := compileMatch(q.Match)
	if refused != nil {
		return nil, refused
	}
	if int(q.Table) >= tableCount && q.Table != openflow.TableAll {
		return nil, refuse(openflow.ErrBadRequest, openflow.CodeBadRequestTableID)
	}
	f := filter{table: q.Table, cookie: q.Cookie, mask: q.CookieMask, port: q.OutPort, group: q.OutGroup}
	var out []*entry
	for i := range s.tables {
		if s.tables[i].size > 0 {
			out = append(out, s.tables[i].sorted(func(e *entry) bool { return f.passes(e) && match.covers(&e.rule) })...)
		}
	}
	return out, nil
}

func (s *Switch) flowStats(now time.Time, q openflow.FlowStatsRequest) ([]openflow.Message, *openflow.ErrorMsg) {
	entries, refused := s.selected(openflow.AggregateRequest(q))
	if refused != nil {
		return nil, refused
	}
	list := make(openflow.FlowStatsReply, 0, len(entries))
	for _, e := range entries {
		list = append(list, e.stats(now))
	}
	return split(list), nil
}

func (e *entry) stats(now time.Time) openflow.FlowStats {
	sec, nsec := age(now, e.created)
	return openflow.FlowStats{
		Table: e.table, DurationSec: sec, DurationNsec: nsec, Priority: e.priority,
		IdleTimeout: e.idle, HardTimeout: e.hard, Flags: e.flags, Cookie: e.cookie,
		PacketCount: e.count.packets, ByteCount: e.count.bytes, Match: e.match,
		Instructions: e.do.instructions(),
	}
}

func (s *Switch) aggregate(q openflow.AggregateRequest) ([]openflow.Message, *openflow.ErrorMsg) {
	entries, refused := s.selected(q)
	if refused != nil {
		return nil, refused
	}
	sum := openflow.AggregateReply{FlowCount: uint32(len(entries))}
	for _, e := range entries {
		sum.PacketCount += e.count.packets
		sum.ByteCount += e.count.bytes
	}
	return whole(sum), nil
}

func (s *Switch) tableStats() openflow.TableStatsReply {
	list := make(openflow.TableStatsReply, 0, tableCount)
	for i := range s.tables {
		t := &s.tables[i]
		list = append(list, openflow.TableStats{
			Table: openflow.TableID(i), ActiveCount: uint32(t.size), LookupCount: t.lookups, MatchedCount: t.matched,
		})
	}
	return list
}

func (s *Switch) portStats(now time.Time, q openflow.PortStatsRequest) ([]openflow.Message, *openflow.ErrorMsg) {
	if q.Port != openflow.PortAny && s.ports[q.Port] == nil {
		return nil, refuse(openflow.ErrBadRequest, openflow.CodeBadRequestPort)
	}
	var list openflow.PortStatsReply
	for _, no := range s.order {
		if q.Port == openflow.PortAny || q.Port == no {
			p := s.ports[no]
			if p.since.IsZero() {
				p.since = now
			}
			st := p.stats
			st.DurationSec, st.DurationNsec = age(now, p.since)
			list = append(list, st)
		}
	}
	return split(list), nil
}

func (s *Switch) portDesc() openflow.PortDescReply {
	var list openflow.PortDescReply
	for _, no := range s.order {
		list = append(list, s.ports[no].desc)
	}
	return list
}
