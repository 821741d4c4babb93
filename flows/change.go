package flows

import (
	"slices"

	"crosspoint/openflow"
	"crosspoint/topology"
)

// change is a message that has a switch go from what it has of a thing to what is wanted, and the stage of a batch that it belongs to.
type change struct {
	item
	stage   int
	message openflow.Message
}

// appendChanges adds what leads from one program of an owner to another.
func appendChanges(to []change, have, want Program) []change {
	before, wereBranches := have.(*Branches)
	after, areBranches := want.(*Branches)
	if areBranches && (have == nil || wereBranches && after.akin(before)) {
		return appendBranchChanges(to, before, after)
	}
	return appendTableChanges(to, compiled(have), compiled(want))
}

// appendBranchChanges does so for branches that are akin; have may be nil. To compile all of both would be most of the work of a step: mostly the group
// changes and nothing else, or an entry is added.
func appendBranchChanges(to []change, have, want *Branches) []change {
	s, v := want.Stream, want.Version
	command := openflow.GroupAdd
	var had []topology.PortID
	if have != nil {
		command, had = openflow.GroupModify, have.ins()
	}
	if have == nil || !have.leadAlike(want) {
		id := groupOf(s.Object, v)
		to = append(to, changeOf(thing{group: id}, stagePrepare, setGroup(command, id, want.compileGroup())))
	}
	wants := want.ins()
	for _, in := range wants {
		if !slices.Contains(had, in) {
			key, entry := branchEntry(s, v, in)
			to = append(to, changeOf(thing{flow: key}, stageAdd, addEntry(key, entry)))
		}
	}
	for _, in := range had {
		if !slices.Contains(wants, in) {
			key := branchKey(s, v, in)
			to = append(to, changeOf(thing{flow: key}, stageDelete, deleteEntry(key, BranchesOf(s.Object, v).Cookie())))
		}
	}
	return to
}

func changeOf(it thing, stage int, m openflow.Message) change {
	return change{item: item{thing: it}, stage: stage, message: m}
}

// appendTableChanges does so for any tables: meters, groups, flow entries, each sorted.
func appendTableChanges(to []change, have, want Tables) []change {
	things := differences(have, want)
	slices.SortFunc(things, thing.compare)
	for _, it := range things {
		stage, m := it.message(have, want)
		to = append(to, changeOf(it, stage, m))
	}
	return to
}

// message makes the switch have the thing as it is wanted.
func (it thing) message(have, want Tables) (stage int, m openflow.Message) {
	switch {
	case it.meter != 0:
		return meterMod(it.meter, have, want)
	case it.group != 0:
		return groupMod(it.group, have, want)
	default:
		return flowMod(it.flow, have, want)
	}
}

func meterMod(id openflow.MeterID, have, want Tables) (stage int, m openflow.Message) {
	next, wanted := want.Meters[id]
	if !wanted {
		return stageClean, &openflow.MeterMod{Command: openflow.MeterDelete, Meter: id}
	}
	command := openflow.MeterAdd
	if _, had := have.Meters[id]; had {
		command = openflow.MeterModify
	}
	return stagePrepare, &openflow.MeterMod{Command: command, Flags: next.Flags, Meter: id, Bands: next.Bands}
}

func groupMod(id openflow.GroupID, have, want Tables) (stage int, m openflow.Message) {
	next, wanted := want.Groups[id]
	before, had := have.Groups[id]
	if !wanted {
		return stageClean, &openflow.GroupMod{Command: openflow.GroupDelete, GroupType: before.Type, Group: id}
	}
	command := openflow.GroupAdd
	if had {
		command = openflow.GroupModify
	}
	return stagePrepare, setGroup(command, id, next)
}

func setGroup(command openflow.GroupModCommand, id openflow.GroupID, g Group) *openflow.GroupMod {
	return &openflow.GroupMod{Command: command, GroupType: g.Type, Group: id, Buckets: g.Buckets}
}

func flowMod(k EntryKey, have, want Tables) (stage int, m openflow.Message) {
	if next, wanted := want.Flows[k]; wanted {
		return stageAdd, addEntry(k, next)
	}
	return stageDelete, deleteEntry(k, have.Flows[k].Cookie)
}

func addEntry(k EntryKey, e Entry) *openflow.FlowMod {
	m := entryMod(openflow.FlowAdd, k, e.Cookie)
	m.Instructions = e.Instructions
	return m
}

// deleteEntry never means somebody else's entry that took its place.
func deleteEntry(k EntryKey, cookie uint64) *openflow.FlowMod {
	m := entryMod(openflow.FlowDeleteStrict, k, cookie)
	m.CookieMask = ^uint64(0)
	return m
}

func entryMod(command openflow.FlowModCommand, k EntryKey, cookie uint64) *openflow.FlowMod {
	return &openflow.FlowMod{
		Command: command, Table: k.Table, Priority: k.Priority, Match: k.Match, Cookie: cookie,
		BufferID: openflow.NoBuffer, OutPort: openflow.PortAny, OutGroup: openflow.GroupAny,
	}
}
