package core

import (
	"time"
)

// timers are the times at which something is due whatever happens. The zero time is never.
type timers struct {
	probe    time.Time // LLDP on every port, links expired
	audit    time.Time // every switch's tables read
	counters time.Time // counters of unauthorised senders read
	stations time.Time // unicast paths computed again, a moment after the topology changed
	replan   time.Time // receivers without a place tried again
	reroute  time.Time // the next flows that a failure broke placed again
	save     time.Time // what no client waits for saved
	locate   time.Time // ARP probes for endpoints not found yet
	span     time.Time // the tree of the infrastructure groups looked at again
	adopted  time.Time // what was found out of date in switches that connected is brought up to date
}

func newTimers(cfg Config, now time.Time) timers {
	return timers{probe: now.Add(cfg.LLDPInterval), audit: now.Add(cfg.AuditInterval), counters: now.Add(cfg.CounterInterval)}
}

// settleTime is how long the topology must be left to change before work that every change would repeat is done.
const settleTime = 10 * time.Millisecond

// Next is when the next Tick is due.
func (s *State) Next() time.Time {
	next := s.timers.probe
	sooner := func(t time.Time) {
		if !t.IsZero() && t.Before(next) {
			next = t
		}
	}
	sooner(s.timers.audit)
	sooner(s.timers.counters)
	sooner(s.timers.locate)
	sooner(s.timers.save)
	sooner(s.timers.reroute)
	sooner(s.nextFlap())
	if s.gathering() {
		sooner(s.gatherUntil)
	} else {
		sooner(s.timers.stations)
		sooner(s.timers.replan)
		sooner(s.timers.adopted)
		sooner(s.timers.span)
	}
	if t, ok := s.members.Next(); ok {
		sooner(t)
	}
	if t, ok := s.querier.Next(); ok {
		sooner(t)
	}
	if len(s.unconfirmed) > 0 {
		sooner(s.unconfirmed[0].until)
	}
	if len(s.settling) > 0 {
		sooner(s.settling[0].at)
	}
	if len(s.untidy) > 0 {
		sooner(s.untidy[0].at)
	}
	if len(s.breaks) > 0 {
		sooner(s.breaks[0].at)
	}
	if len(s.ops) > 0 {
		sooner(s.ops[0].deadline)
	}
	for _, d := range s.switches {
		sooner(d.retry)
	}
	return next
}

// due reports whether a timer has run out, and stops it.
func (s *State) due(t *time.Time) bool {
	if t.IsZero() || s.now.Before(*t) {
		return false
	}
	*t = time.Time{}
	return true
}

// soon has a timer run out after a time, unless it does before.
func (s *State) soon(t *time.Time, after time.Duration) {
	if at := s.now.Add(after); t.IsZero() || at.Before(*t) {
		*t = at
	}
}

// tickNetwork does what is due of the work that needs the switches to be there.
func (s *State) tickNetwork() {
	if s.due(&s.timers.replan) {
		s.placeBroken()
		s.placeLeftOut()
	}
	if s.due(&s.timers.adopted) {
		s.replaceAdopted()
	}
	if s.due(&s.timers.stations) {
		s.routeStations()
	}
	if s.due(&s.timers.span) {
		s.spanInfrastructure()
	}
}

// tick does what is due.
func (s *State) tick() {
	if s.due(&s.timers.probe) {
		s.timers.probe = s.now.Add(s.cfg.LLDPInterval)
		s.expireLinks()
		s.probeAll()
	}
	if s.due(&s.timers.audit) {
		s.timers.audit = s.now.Add(s.cfg.AuditInterval)
		s.audit()
		s.forgetHosts()
	}
	if s.due(&s.timers.counters) {
		s.timers.counters = s.now.Add(s.cfg.CounterInterval)
		s.readIntruders()
	}
	if !s.gathering() {
		s.tickNetwork()
	}
	if s.due(&s.timers.locate) {
		s.probeEndpoints()
	}
	if s.due(&s.timers.reroute) {
		s.rerouteNext()
	}
	if s.due(&s.timers.save) {
		s.saveUnsaved()
	}
	s.confirmUnhurried()
	s.clearSettled()
	s.tidy()
	s.breakDue()
	s.letUp()
	s.memberTimers()
	s.expireOperations()
	s.retryRefused()
}
