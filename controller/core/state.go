package core

import (
	"fmt"
	"net/netip"
	"time"

	"github.com/google/uuid"

	"crosspoint/flows"
	"crosspoint/igmp"
	"crosspoint/topology"
)

// State is everything the controller knows and wants. It has one owner and is not safe for concurrent use.
type State struct {
	cfg Config
	now time.Time
	out []Effect
	// tell is where orders go, in a step.
	tell func(Order)
	// afterwards is what a step has put off until switches have been told: see later.
	afterwards []func()
	rev        uint64

	graph    *topology.Graph
	ledger   *topology.Ledger
	hosts    *topology.Hosts
	members  *igmp.Table
	querier  *igmp.Querier
	switches map[topology.SwitchID]*device
	links    map[topology.Link]stamps

	endpoints map[uuid.UUID]*endpoint
	byAddr    map[netip.Addr]*endpoint
	byPort    map[topology.PortRef]map[*endpoint]struct{} // where they are served
	flows     map[uuid.UUID]*flow
	byGroup   map[netip.Addr]*flow // the first to a group: see flow.next
	byMAC     map[topology.MAC]*station
	uses      map[uuid.UUID]map[*flow]struct{} // endpoint → flows that name it
	objects   objects

	unproven    map[uuid.UUID]struct{}     // endpoints that were not seen since the link of their port was lost
	leftOut     map[uuid.UUID]struct{}     // flows with a receiver that has no place
	parked      map[SwitchOrCable]struct{} // drained switches and cables, a cable by its lower end
	pairs       map[string]pair            // legs of one essence, by its name
	pairNames   map[uuid.UUID]string       // leg → pair
	breaks      []laterBreak               // in order of time
	rollouts    map[flows.Owner]*rollout
	broken      []*flow  // flows to place again, highest class first
	rerouted    rerouted // since broken was last empty
	unsaved     unsaved
	unturned    map[*flow]struct{} // flows of which it is not known whether the guard has turned
	settling    []due              // in order of time: old trees of flows that have moved
	unconfirmed []unconfirmed      // in order of time: unhurried batches
	untidy      []due              // in order of time: what mended trees have no use for
	ops         []*operation       // by deadline, as all have the same time
	busy        map[uuid.UUID]*operation
	waiting     []Intent // for a busy resource, in order of arrival
	denials     *denialLog
	counters    Counters
	lastStamp   flows.TAI
	timers      timers
	flaps       map[topology.PortRef]*flapping // ports that were lost lately
	span        span                           // of the infrastructure groups
	adopted     map[flows.Owner]struct{}       // owners of entries that were found out of date when a switch connected
	// gatherUntil is how long a restarted controller waits for the switches that it remembers before it changes what runs.
	gatherUntil time.Time
	touched     map[topology.SwitchID]struct{} // switches whose want changed in this step
	changed     changed                        // since the last snapshot
	views       views                          // of the last snapshot
}

// stamps are the creation and update times of something discovered.
type stamps struct{ Created, Updated flows.TAI }

// New returns an empty state. Config must be valid.
func New(cfg Config, now time.Time) (*State, error) {
	if err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("start state machine: %w", err)
	}
	s := &State{
		cfg: cfg, now: now, querier: igmp.NewQuerier(), members: igmp.NewTable(cfg.Querier.Config),
		graph: topology.NewGraph(), ledger: topology.NewLedger(cfg.MulticastShare()), hosts: topology.NewHosts(cfg.MaxHosts),
		switches: map[topology.SwitchID]*device{}, links: map[topology.Link]stamps{},
		endpoints: map[uuid.UUID]*endpoint{}, byAddr: map[netip.Addr]*endpoint{}, byPort: map[topology.PortRef]map[*endpoint]struct{}{},
		flows: map[uuid.UUID]*flow{}, byGroup: map[netip.Addr]*flow{}, byMAC: map[topology.MAC]*station{},
		uses: map[uuid.UUID]map[*flow]struct{}{}, objects: newObjects(),
		unproven: map[uuid.UUID]struct{}{}, leftOut: map[uuid.UUID]struct{}{}, parked: map[SwitchOrCable]struct{}{}, pairs: map[string]pair{}, pairNames: map[uuid.UUID]string{},
		rollouts: map[flows.Owner]*rollout{}, unturned: map[*flow]struct{}{}, unsaved: newUnsaved(), busy: map[uuid.UUID]*operation{},
		denials: newDenialLog(cfg.MaxDenials), touched: map[topology.SwitchID]struct{}{},
		adopted: map[flows.Owner]struct{}{}, changed: everything(), views: newViews(),
	}
	s.hosts.Hold = cfg.HostHold
	s.hosts.PerPort = cfg.MaxHostsPerPort
	s.hosts.Usable = func(at topology.PortRef) bool { p, ok := s.graph.Port(at); return ok && p.Usable() }
	s.span, s.flaps = newSpan(), map[topology.PortRef]*flapping{}
	s.timers = newTimers(cfg, now)
	return s, nil
}

// Step takes one event. What switches must do for it is told at once, in order, and tell must not call State; what else must be done is returned, in order. The slice is
// valid until the next Step.
func (s *State) Step(now time.Time, ev Event, tell func(Order)) []Effect {
	s.now, s.tell = now, tell
	s.out = s.out[:0]
	s.rev++
	s.changed.event(ev)
	switch ev := ev.(type) {
	case SwitchUp:
		s.switchUp(ev)
	case SwitchDown:
		s.switchDown(ev)
	case PortChange:
		s.portChange(ev)
	case PacketIn:
		s.packetIn(ev)
	case TablesRead:
		s.tablesRead(ev)
	case CountersRead:
		s.countersRead(ev)
	case BatchDone:
		s.batchDone(ev)
	case Intent:
		s.intent(ev)
	case Tick:
	}
	s.kick() // before what is due anyway
	s.tick()
	for again := true; again; again = s.completeOperations() {
		s.kick()
	}
	for _, do := range s.afterwards {
		do()
	}
	clear(s.afterwards)
	s.afterwards = s.afterwards[:0]
	return s.out
}

// later puts off, to the end of the step, what nobody waits for: what is counted, marked for readers, kept and noted. None of it may change what
// switches are to do. Between two joins a busy machine forgets code and data, so that each of these costs more than all of its arithmetic.
func (s *State) later(do func()) { s.afterwards = append(s.afterwards, do) }

// Revision grows with every step.
func (s *State) Revision() uint64 { return s.rev }

func (s *State) emit(e Effect) { s.out = append(s.out, e) }

// stamp gives the present time, later than any it gave before, so that no two resources share one (IS-06 paging).
func (s *State) stamp() flows.TAI {
	s.lastStamp = max(s.lastStamp+1, flows.TAIOf(s.now))
	return s.lastStamp
}

func (s *State) note(audit, warn bool, message string, kv ...string) {
	n := Note{Audit: audit, Warn: warn, Message: message}
	for i := 0; i+1 < len(kv); i += 2 {
		n.Fields = append(n.Fields, Field{kv[i], kv[i+1]})
	}
	s.emit(n)
}

// flowsUsing lists the flows that name an endpoint, highest class first, then by id: the order in which they are served.
func (s *State) flowsUsing(endpoint uuid.UUID) []*flow {
	return sortedKeysBy(s.uses[endpoint], byClass)
}
