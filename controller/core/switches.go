package core

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"time"

	"crosspoint/flows"
	"crosspoint/openflow"
	"crosspoint/topology"
)

// device is one switch, connected or remembered.
type device struct {
	id        topology.SwitchID
	conn      Conn // 0: not connected
	remote    string
	since     time.Time
	desc      openflow.Desc
	tracker   *flows.Tracker
	stamps    stamps
	intruders map[flows.Intruder]*intruder
	awaited   []awaited // by revision: owners whose rollout waits for it, and perhaps some that do not any more

	// wantRev grows with every change of want; haveRev is the newest that is proven installed.
	wantRev, haveRev uint64
	seq              uint64
	inflight         *inflight
	reading          uint64 // the outstanding reading; 0 for none
	tainted          bool   // a batch was sent since that reading was asked for
	uncertain        bool   // while it is away: what it holds is not known, as it went in the middle of a batch, or was never read since the controller started
	retry            time.Time
	backoff          time.Duration

	verified   time.Time
	verifyTime time.Duration
	drift      uint64
}

// inflight is the one batch that a switch works on.
type inflight struct {
	seq   uint64
	of    uint64 // the revision of want that it was made from
	rev   uint64 // the revision that is proven when it is confirmed; less than of, when it is only a part
	batch flows.Batch
	// unhurried: its confirmation was not asked for yet, as nobody waits for it.
	unhurried bool
}

func (d *device) connected() bool { return d.conn != 0 }

// has reports whether a switch is proven to have all that an owner wants of it now.
func (d *device) has(o flows.Owner) bool {
	return d.connected() && d.tracker.Known() && d.tracker.Holds(o)
}

// sortedSwitches lists all switches by id.
func (s *State) sortedSwitches() []*device {
	return slices.SortedFunc(maps.Values(s.switches), func(a, b *device) int { return cmp.Compare(a.id, b.id) })
}

// device gives the record of a switch, made when it is new.
func (s *State) device(id topology.SwitchID) *device {
	d, ok := s.switches[id]
	if !ok {
		t := s.stamp()
		d = &device{id: id, tracker: flows.NewTracker(), stamps: stamps{t, t}, intruders: map[flows.Intruder]*intruder{}, since: s.now}
		s.switches[id] = d
	}
	return d
}

// current gives the switch if conn is its session.
func (s *State) current(id topology.SwitchID, conn Conn) (*device, bool) {
	d, ok := s.switches[id]
	return d, ok && conn != 0 && d.conn == conn
}

// switchUp takes a session. A switch that is connected already keeps the session it has: a second one with its id is somebody else's.
func (s *State) switchUp(ev SwitchUp) {
	d := s.device(ev.Switch)
	if d.connected() {
		reason := "switch " + ev.Switch.String() + " is connected already from " + d.remote
		s.note(false, true, "session refused: duplicate datapath id", "switch", ev.Switch.String(), "from", ev.Remote, "connected", d.remote)
		s.tell(Disconnect{Switch: ev.Switch, Conn: ev.Conn, Reason: reason})
		return
	}
	d.conn, d.remote, d.since, d.desc = ev.Conn, ev.Remote, s.now, ev.Desc
	s.markThrough(d.id)
	d.inflight, d.verified, d.backoff, d.retry = nil, time.Time{}, 0, time.Time{}
	ports := slices.Clone(ev.Ports)
	for i, p := range ports {
		ports[i] = s.masked(topology.PortRef{Switch: ev.Switch, Port: p.ID}, p)
	}
	s.lostMeanwhile(ev.Switch, ev.Ports)
	lost := s.graph.AddSwitch(ev.Switch, ports)
	for _, p := range ports {
		s.setCapacity(topology.PortRef{Switch: ev.Switch, Port: p.ID}, p)
	}
	d.stamps.Updated = s.stamp()
	s.saveSwitch(d)
	s.note(false, false, "switch connected", "switch", s.name(d.id), "from", ev.Remote, "software", ev.Desc.Software, "ports", strconv.Itoa(len(ev.Ports)))
	s.setBase(d)
	s.read(d)
	s.linksLost(lost)
	s.bindAll()
	s.soon(&s.timers.stations, settleTime)
	s.soon(&s.timers.replan, settleTime)
}

// switchDown notes that a session ended. Its tables stay as they are (fail-secure), so nothing that forwards is touched.
func (s *State) switchDown(ev SwitchDown) {
	d, ok := s.current(ev.Switch, ev.Conn)
	if !ok {
		return
	}
	d.uncertain = d.inflight != nil || d.uncertain && !d.tracker.Known()
	s.markThrough(d.id)
	d.conn, d.since, d.inflight, d.reading = 0, s.now, nil, 0
	d.tracker.Lose()
	s.spanWithin(settleTime)
	s.note(false, true, "switch disconnected; it forwards on as programmed", "switch", s.name(d.id), "reason", ev.Reason)
	s.switchAway(d)
}

// portChange takes a PORT_STATUS. A port that fails is acted on at once: it is said before anything else could notice.
func (s *State) portChange(ev PortChange) {
	d, ok := s.current(ev.Switch, ev.Conn)
	if !ok {
		return
	}
	ref := topology.PortRef{Switch: ev.Switch, Port: ev.Port.ID}
	before, known := s.graph.Port(ref)
	if ev.Gone || !ev.Port.Usable() {
		s.lostLink(ref)
	}
	if ev.Gone {
		s.damped(ref, topology.Port{ID: ref.Port})
	} else {
		ev.Port = s.damped(ref, ev.Port)
	}
	var lost []topology.Link
	if ev.Gone {
		lost = s.graph.RemovePort(ref)
		s.querier.RemovePort(portKey(ref))
	} else {
		lost = s.graph.SetPort(ev.Switch, ev.Port)
		s.setCapacity(ref, ev.Port)
	}
	if known && before == ev.Port && !ev.Gone {
		return
	}
	d.stamps.Updated = s.stamp()
	s.linksLost(lost)
	s.spanAgain()
	s.saveSwitch(d)
	if came := ev.Port.Usable() && !(known && before.Usable()) && !ev.Gone; came {
		s.probePort(d, ev.Port)
		s.askPort(ref)
		s.lookAgain()
	}
	s.setBase(d)
}

// setBase gives a switch what it holds whatever flows there are.
func (s *State) setBase(d *device) {
	ports, _ := s.graph.Switch(d.id)
	var linkPorts []topology.PortID
	for _, p := range ports {
		if s.graph.IsLinkPort(topology.PortRef{Switch: d.id, Port: p.ID}) {
			linkPorts = append(linkPorts, p.ID)
		}
	}
	edges := s.graph.EdgePorts(d.id)
	s.set(d, flows.OwnerBase, flows.BaseWith(linkPorts, edges, flows.BaseOptions{
		Reports: s.cfg.Querier.PortRate, ReportBurst: s.cfg.Querier.PortBurst,
		Routers: s.routersAmong(d, edges), RoutersElsewhere: len(s.cfg.RouterPorts) > 0,
	}))
}

// set says what an owner wants of a switch. It returns the revision of want that must be proven before that is in force; 0 when there
// is nothing to wait for, or nobody to wait for: the switch is away.
func (s *State) set(d *device, o flows.Owner, want flows.Program) uint64 {
	if d.tracker.Set(o, want) {
		if !d.connected() && d.haveRev == d.wantRev {
			s.markThrough(d.id) // what is proven of it is out of date from now on
		}
		d.wantRev++
		s.touched[d.id] = struct{}{}
	}
	if !d.connected() || d.haveRev == d.wantRev {
		return 0
	}
	s.touched[d.id] = struct{}{} // what is on its way is waited for now
	return d.wantRev
}

// kick sends a batch to every switch that has something to do and is free. All that one step changed goes out as one batch a switch.
func (s *State) kick() {
	for len(s.touched) > 0 {
		ids := sortedKeys(s.touched)
		clear(s.touched)
		for _, id := range ids {
			s.changed.switches.add(id)
			s.kickSwitch(s.switches[id])
		}
	}
}

// maxBatch is the most modifications that one batch has: about 4 MB on the wire, well within what a session queues.
const maxBatch = 16384

func (s *State) kickSwitch(d *device) {
	if !d.connected() || !d.tracker.Known() {
		return
	}
	if d.inflight != nil {
		s.hurry(d)
		return
	}
	rev := d.wantRev
	batch, any := d.tracker.Next(maxBatch)
	if !any {
		s.proven(d, rev)
		return
	}
	if d.tracker.Dirty() {
		rev = d.haveRev // only the last part proves it
	}
	d.seq++
	d.inflight = &inflight{seq: d.seq, of: d.wantRev, rev: rev, batch: batch, unhurried: s.unhurried(d)}
	d.tainted = true
	s.counters.Batches++
	if d.inflight.unhurried {
		s.unconfirmed = append(s.unconfirmed, unconfirmed{d, d.seq, s.now.Add(unhurriedTime)})
	}
	s.tell(Program{Switch: d.id, Conn: d.conn, Seq: d.seq, Batch: batch, Unhurried: d.inflight.unhurried})
}

// batchDone takes the answer to a batch. Without any answer nothing is known of the switch's tables: they are read again.
func (s *State) batchDone(ev BatchDone) {
	d, ok := s.current(ev.Switch, ev.Conn)
	if !ok || d.inflight == nil || d.inflight.seq != ev.Seq {
		return
	}
	done := d.inflight
	d.inflight = nil
	s.touched[d.id] = struct{}{}
	if ev.Err != nil {
		s.note(false, true, "batch not confirmed; reading the switch again", "switch", s.name(d.id), "error", ev.Err.Error())
		d.tracker.Lose()
		d.reading = 0
		s.read(d)
		return
	}
	owners := d.tracker.Done(done.batch, ev.Refused)
	if len(ev.Refused) > 0 {
		s.refused(d, done, ev.Refused, owners)
	}
	s.proven(d, done.rev)
	s.lookTurned()
	s.checkVerified(d)
}

// refused handles what a switch answered with errors: the intents that asked for it are undone, the rest is tried again later.
func (s *State) refused(d *device, done *inflight, refused []flows.Refusal, owners []flows.Owner) {
	s.counters.RefusedItems += uint64(len(refused))
	d.backoff = min(max(2*d.backoff, s.cfg.RetryFirst), s.cfg.RetryMax)
	d.retry = s.now.Add(d.backoff)
	for i, r := range refused {
		s.note(false, true, "switch refused a modification", "switch", s.name(d.id), "owner", owners[i].String(), "error", r.Err.Error())
	}
	for i, o := range owners {
		s.markOwner(o)
		if op := s.operationOf(o); op != nil && s.askedBy(op, o, d.id, done.of) {
			s.fail(op, refuse(SwitchRefused, "", "switch %s: %v; nothing was changed", s.name(d.id), refused[i].Err))
		}
	}
}

// askedBy reports whether an operation waits for what a batch that was made from a revision of want brings a switch for an owner. What was sent before
// the operation began is not its own.
func (s *State) askedBy(op *operation, o flows.Owner, id topology.SwitchID, of uint64) bool {
	if need, waits := op.waits[id]; waits && need <= of {
		return true
	}
	r := s.rollouts[o]
	if r == nil {
		return false
	}
	need, waits := r.waiting[id]
	return waits && need <= of
}

// retryRefused tries refused items again when their time has come.
func (s *State) retryRefused() {
	for _, d := range s.sortedDue() {
		d.retry = time.Time{}
		s.markThrough(d.id)
		d.tracker.Retry()
		s.touched[d.id] = struct{}{}
	}
}

func (s *State) sortedDue() []*device {
	var out []*device
	for _, d := range s.switches {
		if !d.retry.IsZero() && !s.now.Before(d.retry) {
			out = append(out, d)
		}
	}
	slices.SortFunc(out, func(a, b *device) int { return cmp.Compare(a.id, b.id) })
	return out
}

// read asks for a switch's tables.
func (s *State) read(d *device) {
	if !d.connected() || d.reading != 0 {
		return
	}
	d.seq++
	d.reading, d.tainted = d.seq, false
	s.tell(ReadTables{Switch: d.id, Conn: d.conn, Seq: d.seq})
}

// audit reads every switch that is idle, to find drift.
func (s *State) audit() {
	for _, d := range s.sortedSwitches() {
		if d.inflight == nil {
			s.read(d)
		}
	}
}

// tablesRead compares what a switch has with what it should have, and sends the difference. What changed meanwhile makes a reading
// useless, unless it is the first of a session: then nothing was sent before it.
func (s *State) tablesRead(ev TablesRead) {
	d, ok := s.current(ev.Switch, ev.Conn)
	if !ok || d.reading != ev.Seq {
		return
	}
	d.reading = 0
	if ev.Err != nil {
		s.note(false, true, "reading a switch's tables failed", "switch", s.name(d.id), "error", ev.Err.Error())
		s.tell(Disconnect{Switch: d.id, Conn: d.conn, Reason: "its tables could not be read: " + ev.Err.Error()})
		return
	}
	if d.tracker.Known() && (d.tainted || d.inflight != nil) {
		return
	}
	first := !d.tracker.Known()
	if first {
		s.adoptIntruders(d, ev.Have)
		s.adopt(d, ev.Have)
	}
	if d.tracker.HasFailed() {
		s.markThrough(d.id)
	}
	drift := d.tracker.Observe(ev.Have)
	if drift > 0 {
		d.drift += uint64(drift)
		s.counters.DriftRepaired += uint64(drift)
		s.note(true, true, "drift: the switch's tables had been changed; repairing", "switch", s.name(d.id), "items", strconv.Itoa(drift))
	}
	s.span.read[d.id] = struct{}{}
	if first {
		s.spanWithin(settleTime)
	}
	s.kickSwitch(d)
	s.lookTurned()
	s.checkVerified(d)
	if len(s.adopted) > 0 {
		s.soon(&s.timers.adopted, 0)
	}
}

// checkVerified notes when a switch that connected is first known to hold what it should. Only then can it hand us what our probes and
// queries bring up, so only then are they sent: of two neighbours, the probe of the one that is ready last reaches the other.
func (s *State) checkVerified(d *device) {
	if !d.verified.IsZero() || d.inflight != nil || !d.tracker.Known() {
		return
	}
	if d.haveRev != d.wantRev {
		return
	}
	d.verified, d.verifyTime = s.now, s.now.Sub(d.since)
	entries, groups := d.tracker.Sizes()
	s.note(false, false, "switch verified", "switch", s.name(d.id), "after", d.verifyTime.String(),
		"flows", strconv.Itoa(entries), "groups", strconv.Itoa(groups))
	s.probeSwitch(d)
	s.queryEdges(d)
	s.lookAgain()
}

// Session gives the connection of a switch, 0 when it is away; false when no such switch was ever seen.
func (s *State) Session(id topology.SwitchID) (Conn, bool) {
	d := s.switches[id]
	if d == nil {
		return 0, false
	}
	return d.conn, true
}
