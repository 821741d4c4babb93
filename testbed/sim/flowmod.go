package sim

import (
	"time"

	"crosspoint/openflow"
)

// knownFlags are the flags that a flow entry may have.
const knownFlags = openflow.FlagSendFlowRem | openflow.FlagCheckOverlap | openflow.FlagResetCounts |
	openflow.FlagNoPktCounts | openflow.FlagNoByteCounts

// flowMod adds, changes or deletes entries (OpenFlow 1.3.5 §6.4).
func (s *Switch) flowMod(r *run, m *openflow.FlowMod) *openflow.ErrorMsg {
	match, refused := compileMatch(m.Match)
	if refused != nil {
		return refused
	}
	deletes := m.Command == openflow.FlowDelete || m.Command == openflow.FlowDeleteStrict
	switch {
	case m.Command > openflow.FlowDeleteStrict:
		return refuse(openflow.ErrFlowModFailed, openflow.CodeFlowModCommand)
	case m.Flags&^knownFlags != 0:
		return refuse(openflow.ErrFlowModFailed, openflow.CodeFlowModFlags)
	case int(m.Table) >= tableCount && !(deletes && m.Table == openflow.TableAll):
		return refuse(openflow.ErrFlowModFailed, openflow.CodeFlowModTableID)
	case m.BufferID != openflow.NoBuffer && !deletes:
		return refuse(openflow.ErrBadRequest, openflow.CodeBadRequestBufferUnknown)
	}
	if deletes {
		for _, e := range s.chosenBy(m, &match) {
			s.drop(r, e, openflow.RemovedDelete)
		}
		return nil
	}
	do, refused := s.compile(m.Table, &match, m.Instructions)
	if refused != nil {
		return refused
	}
	if m.Command == openflow.FlowAdd {
		return s.addFlow(r.now, m, match, do)
	}
	for _, e := range s.chosenBy(m, &match) {
		s.users.add(&e.do, -1)
		e.do = do
		s.users.add(&e.do, 1)
		if m.Flags&openflow.FlagResetCounts != 0 {
			e.count = counter{}
		}
	}
	return nil
}

// chosenBy gives the entries that a modify or delete means, in order. The filters on outputs count for deletes only.
func (s *Switch) chosenBy(m *openflow.FlowMod, match *rule) []*entry {
	f := filter{table: m.Table, cookie: m.Cookie, mask: m.CookieMask, port: openflow.PortAny, group: openflow.GroupAny}
	if m.Command == openflow.FlowDelete || m.Command == openflow.FlowDeleteStrict {
		f.port, f.group = m.OutPort, m.OutGroup
	}
	strict := m.Command == openflow.FlowModifyStrict || m.Command == openflow.FlowDeleteStrict
	var out []*entry
	for i := range s.tables {
		t := &s.tables[i]
		switch {
		case t.size == 0 || m.Table != openflow.TableAll && int(m.Table) != i:
		case strict:
			if e := t.find(match, m.Priority); e != nil && f.passes(e) {
				out = append(out, e)
			}
		default:
			out = append(out, t.sorted(func(e *entry) bool { return f.passes(e) && match.covers(&e.rule) })...)
		}
	}
	return out
}

// filter is what deletes and dumps have in common.
type filter struct {
	table        openflow.TableID
	cookie, mask uint64
	port         openflow.PortNo
	group        openflow.GroupID
}

func (f *filter) passes(e *entry) bool {
	return (f.table == openflow.TableAll || f.table == e.table) &&
		(e.cookie^f.cookie)&f.mask == 0 &&
		(f.port == openflow.PortAny || e.do.outputs(f.port)) &&
		(f.group == openflow.GroupAny || e.do.uses(f.group))
}

// addFlow adds an entry. One with the same match and priority is replaced; its counters live on unless they are to be reset.
func (s *Switch) addFlow(now time.Time, m *openflow.FlowMod, match rule, do program) *openflow.ErrorMsg {
	t := &s.tables[m.Table]
	same := t.find(&match, m.Priority)
	if m.Flags&openflow.FlagCheckOverlap != 0 {
		clash := t.sorted(func(e *entry) bool { return e.priority == m.Priority && match.overlaps(&e.rule) })
		if len(clash) > 0 {
			return refuse(openflow.ErrFlowModFailed, openflow.CodeFlowModOverlap)
		}
	}
	if same == nil && s.flows >= maxFlows {
		return refuse(openflow.ErrFlowModFailed, openflow.CodeFlowModTableFull)
	}
	s.seq++
	e := &entry{
		rule: match, value: match.value.words(), mask: match.mask.words(), match: match.match(),
		table: m.Table, priority: m.Priority, cookie: m.Cookie, idle: m.IdleTimeout, hard: m.HardTimeout,
		flags: m.Flags, do: do, created: now, used: now, seq: s.seq,
	}
	if same != nil {
		if m.Flags&openflow.FlagResetCounts == 0 {
			e.count = same.count
		}
		s.forget(same)
	}
	t.insert(e)
	s.users.add(&e.do, 1)
	s.flows++
	if e.idle != 0 || e.hard != 0 {
		s.timed++
	}
	return nil
}

// forget takes an entry out without a word to the controller.
func (s *Switch) forget(e *entry) {
	s.tables[e.table].remove(e)
	s.users.add(&e.do, -1)
	s.flows--
	if e.idle != 0 || e.hard != 0 {
		s.timed--
	}
}

// dropFlows removes the entries that are chosen, in order, and tells the controller of those that want it.
func (s *Switch) dropFlows(r *run, reason openflow.FlowRemovedReason, chosen func(*entry) bool) {
	for i := range s.tables {
		if s.tables[i].size == 0 {
			continue
		}
		for _, e := range s.tables[i].sorted(chosen) {
			s.drop(r, e, reason)
		}
	}
}

func (s *Switch) drop(r *run, e *entry, reason openflow.FlowRemovedReason) {
	s.forget(e)
	if e.flags&openflow.FlagSendFlowRem == 0 || s.role == openflow.RoleSlave {
		return
	}
	sec, nsec := age(r.now, e.created)
	r.ctrl = append(r.ctrl, &openflow.FlowRemoved{
		Cookie: e.cookie, Priority: e.priority, Reason: reason, Table: e.table,
		DurationSec: sec, DurationNsec: nsec, IdleTimeout: e.idle, HardTimeout: e.hard,
		PacketCount: e.count.packets, ByteCount: e.count.bytes, Match: e.match,
	})
}

// Tick removes the entries whose time is up (OpenFlow 1.3.5 §5.5) and gives what the controller is told.
func (s *Switch) Tick(now time.Time) []openflow.Message {
	if s.timed == 0 {
		return nil
	}
	r := run{s: s, now: now}
	up := func(since time.Time, limit uint16) bool {
		return limit != 0 && now.Sub(since) >= time.Duration(limit)*time.Second
	}
	s.dropFlows(&r, openflow.RemovedHardTimeout, func(e *entry) bool { return up(e.created, e.hard) })
	s.dropFlows(&r, openflow.RemovedIdleTimeout, func(e *entry) bool { return up(e.used, e.idle) })
	return r.ctrl
}

// Timed tells how many entries have a time-out: while there are none, Tick has nothing to do.
func (s *Switch) Timed() int { return s.timed }

// age splits a duration as the standard does.
func age(now, since time.Time) (sec, nsec uint32) {
	d := max(0, now.Sub(since))
	return uint32(d / time.Second), uint32(d % time.Second)
}
