package core

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"time"

	"github.com/google/uuid"

	"crosspoint/flows"
	"crosspoint/igmp"
	"crosspoint/topology"
)

// RecordKind is a kind of thing that survives a restart.
type RecordKind string

// Kinds of record.
const (
	RecordEndpoint   RecordKind = "endpoints"
	RecordFlow       RecordKind = "flows"
	RecordSwitch     RecordKind = "switches"
	RecordLink       RecordKind = "links"
	RecordHost       RecordKind = "hosts"
	RecordMembership RecordKind = "memberships"
	RecordDrain      RecordKind = "drained"
	RecordPair       RecordKind = "pairs"
)

// RecordKinds lists all kinds, in the order in which Restore needs them.
func RecordKinds() []RecordKind {
	return []RecordKind{RecordSwitch, RecordLink, RecordHost, RecordEndpoint, RecordFlow, RecordMembership, RecordDrain, RecordPair}
}

// Record is one durable thing. Its value is a JSON text; nil deletes the record.
type Record struct {
	Kind  RecordKind
	Key   string
	Value []byte
}

// What the records hold. Field names are the file's format: renaming one needs a migration.
type (
	switchRecord struct {
		ID     topology.SwitchID
		Ports  []topology.Port
		Stamps stamps
	}
	linkRecord struct {
		Link   topology.Link
		Stamps stamps
	}
	hostRecord     struct{ Host topology.Host }
	endpointRecord struct {
		Endpoint flows.Endpoint
		Given    bool
		Object   flows.ObjectID // of its station
		Bound    *topology.PortRef
		Unproven bool `json:",omitempty"` // it was not seen since the link of its port was lost
	}
	flowRecord struct {
		Flow   flows.NetworkFlow
		Object flows.ObjectID
		// Version is the one that the flow ran in when it was saved; the guard at its sender knows better.
		Version flows.Version
		Sender  *topology.PortRef
		Tree    []topology.Link
		At      map[uuid.UUID]topology.PortRef
		Left    []uuid.UUID
	}
	membershipRecord struct {
		Host    igmp.Host
		Group   netip.Addr
		Filter  igmp.Filter
		Version igmp.Version
	}
)

// save has a record made durable. Records that one step saves one after the other go into one write.
func (s *State) save(kind RecordKind, key string, value any) {
	r := Record{Kind: kind, Key: key}
	if value != nil {
		text, err := json.Marshal(value)
		if err != nil {
			panic("core: a record does not marshal: " + err.Error())
		}
		r.Value = text
	}
	if n := len(s.out); n > 0 {
		if last, ok := s.out[n-1].(Save); ok {
			last.Records = append(last.Records, r)
			s.out[n-1] = last
			return
		}
	}
	s.emit(Save{Records: []Record{r}})
}

func (s *State) saveSwitch(d *device) {
	ports, _ := s.graph.Switch(d.id)
	s.save(RecordSwitch, d.id.String(), switchRecord{ID: d.id, Ports: ports, Stamps: d.stamps})
}

func (s *State) saveLink(l topology.Link, st stamps) {
	s.save(RecordLink, l.String(), linkRecord{Link: l, Stamps: st})
}

func (s *State) saveHost(h topology.Host, gone bool) {
	key := fmt.Sprintf("%s %s", h.MAC, h.Addr)
	if gone {
		s.save(RecordHost, key, nil)
		return
	}
	s.save(RecordHost, key, hostRecord{h})
}

// saveEndpoint saves what was confirmed of an endpoint; what was not is nobody's business yet.
func (s *State) saveEndpoint(e *endpoint) {
	if e.visible != nil {
		s.save(RecordEndpoint, e.ID.String(), endpointRecord{*e.visible, e.given, e.station.object, e.bound, s.isUnproven(e)})
	}
}

// saveFlow saves what was confirmed of a flow, and the tree that it runs on.
func (s *State) saveFlow(f *flow) {
	if f.visible == nil {
		return
	}
	r := flowRecord{Flow: *f.visible, Object: f.object, Version: f.version, Sender: f.running.sender, At: map[uuid.UUID]topology.PortRef{}}
	for _, placed := range f.running.at {
		r.At[placed.receiver] = placed.value
	}
	if f.running.tree != nil {
		r.Tree = f.running.tree.Links()
	}
	for _, id := range f.visible.Receivers {
		if f.hasLeft(id) {
			r.Left = append(r.Left, id)
		}
	}
	s.save(RecordFlow, f.ID.String(), r)
}

// How long the saving of what no client waits for is put off. The switches come first, and many such things make one write. Of a controller that
// ends before, the next one sees from the switches what runs, and asks the hosts.
const (
	savePlacesAfter = 150 * time.Millisecond // where a failure moved flows to
	// A join that is forgotten is asked for again within a second; a leave that is, only when its membership runs out.
	saveJoinsAfter  = 20 * time.Millisecond
	saveLeavesAfter = 5 * time.Millisecond
	// saveVainAfter is for what hosts ask for that changes nothing of what anyone gets: those that may have nothing do not keep the disk busy.
	saveVainAfter = 150 * time.Millisecond
)

// unsaved is what is to be saved soon.
type unsaved struct {
	flows map[*flow]struct{}
	// members are in the order in which they changed, each once.
	members []memberKey
	listed  map[memberKey]struct{}
	// due are those of members whose time has come.
	due []memberKey
}

func newUnsaved() unsaved {
	return unsaved{flows: map[*flow]struct{}{}, listed: map[memberKey]struct{}{}}
}

func (s *State) saveFlowSoon(f *flow) {
	s.unsaved.flows[f] = struct{}{}
	s.soon(&s.timers.save, savePlacesAfter)
}

func (s *State) saveMembershipWithin(after time.Duration, k memberKey) {
	if _, is := s.unsaved.listed[k]; !is {
		s.unsaved.listed[k] = struct{}{}
		s.unsaved.members = append(s.unsaved.members, k)
	}
	s.soon(&s.timers.save, after)
}

// savedAtOnce is how many memberships one step saves: a join that comes meanwhile waits for it.
const savedAtOnce = 32

// saveUnsaved saves what was put off: flows, of which a step moves few enough at once, and memberships, which may be many, some in each step.
func (s *State) saveUnsaved() {
	for _, f := range sortedKeysBy(s.unsaved.flows, byClass) {
		if s.flows[f.ID] == f {
			s.saveFlow(f)
		}
	}
	clear(s.unsaved.flows)
	if len(s.unsaved.due) == 0 {
		s.unsaved.due, s.unsaved.members = s.unsaved.members, nil
		clear(s.unsaved.listed)
	}
	n := min(len(s.unsaved.due), savedAtOnce)
	for _, k := range s.unsaved.due[:n] {
		s.saveMembership(k)
	}
	if s.unsaved.due = s.unsaved.due[n:]; len(s.unsaved.due) > 0 {
		s.timers.save = s.now.Add(1) // in a step of its own
	} else if len(s.unsaved.members) > 0 {
		s.soon(&s.timers.save, saveLeavesAfter)
	}
}

func (s *State) saveMembership(k memberKey) {
	key := fmt.Sprintf("%s %s", k.host, k.group)
	filter := s.members.Get(k.host, k.group)
	if filter.None() {
		s.save(RecordMembership, key, nil)
		return
	}
	s.save(RecordMembership, key, membershipRecord{k.host, k.group, filter, s.members.Version(k.host, k.group)})
}
