package flows

import (
	"fmt"
	"maps"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"crosspoint/openflow"
	"crosspoint/topology"
)

// plainSwitch carries out batches to the letter of OpenFlow 1.3.5 §6.5 to §6.7, and refuses what the standard has it refuse.
type plainSwitch struct{ Tables }

func (p plainSwitch) carryOut(b Batch, refuseAt int) (refused []Refusal, err error) {
	n := 0
	for s := range b.Stages {
		for i, m := range b.Stages[s] {
			if n++; n-1 == refuseAt {
				refused = append(refused, Refusal{s, i, &openflow.ErrorMsg{ErrType: openflow.ErrFlowModFailed}})
				continue
			}
			if err := p.one(m); err != nil {
				return nil, err
			}
		}
	}
	return refused, nil
}

func (p plainSwitch) one(m openflow.Message) error {
	switch m := m.(type) {
	case *openflow.MeterMod:
		_, exists := p.Meters[m.Meter]
		if exists == (m.Command == openflow.MeterAdd) {
			return fmt.Errorf("meter %d: command %d, exists: %v", m.Meter, m.Command, exists)
		}
		if m.Command == openflow.MeterDelete {
			delete(p.Meters, m.Meter)
		} else {
			p.Meters[m.Meter] = Meter{Flags: m.Flags, Bands: m.Bands}
		}
	case *openflow.GroupMod:
		_, exists := p.Groups[m.Group]
		if exists == (m.Command == openflow.GroupAdd) {
			return fmt.Errorf("group %d: command %d, exists: %v", m.Group, m.Command, exists)
		}
		if m.Command == openflow.GroupDelete {
			delete(p.Groups, m.Group)
			maps.DeleteFunc(p.Flows, func(_ EntryKey, e Entry) bool { return groupNamed(e) == m.Group })
		} else {
			p.Groups[m.Group] = Group{Type: m.GroupType, Buckets: m.Buckets}
		}
	case *openflow.FlowMod:
		key := EntryKey{m.Table, m.Priority, m.Match}
		if m.Command == openflow.FlowDeleteStrict {
			if e, ok := p.Flows[key]; ok && e.Cookie&m.CookieMask == m.Cookie {
				delete(p.Flows, key)
			}
			return nil
		}
		e := Entry{Cookie: m.Cookie, Instructions: m.Instructions}
		if g := groupNamed(e); g != 0 {
			if _, ok := p.Groups[g]; !ok {
				return fmt.Errorf("entry %v names group %d, which is not there", key, g)
			}
		}
		p.Flows[key] = e
	}
	return nil
}

func groupNamed(e Entry) openflow.GroupID {
	for _, in := range e.Instructions {
		if a, ok := in.(openflow.ApplyActions); ok {
			for _, act := range a.Actions {
				if g, ok := act.(openflow.ApplyGroup); ok {
					return g.Group
				}
			}
		}
	}
	return 0
}

// drawProgram draws what a slot of a flow may want of a switch, or nothing.
func drawProgram(t *rapid.T, o Owner) Program {
	if rapid.Bool().Draw(t, "absent") {
		return nil
	}
	s := &Stream{
		Object: o.Object, Source: netip.MustParseAddr("10.0.0.1"), Group: netip.AddrFrom4([4]byte{239, 1, 1, byte(o.Object)}),
		Rate: topology.Bandwidth(rapid.IntRange(1, 3).Draw(t, "rate")) * topology.Mbit, DSCP: "CS0",
	}
	p := Part{In: topology.PortID(rapid.IntRange(1, 3).Draw(t, "in"))}
	if o.Slot == SlotGuard {
		return &Guard{Stream: s, In: p.In, Version: Version(rapid.IntRange(0, 1).Draw(t, "version"))}
	}
	for _, out := range rapid.SliceOfDistinct(rapid.IntRange(1, 6), rapid.ID).Draw(t, "out") {
		p.Edges = append(p.Edges, topology.PortID(out))
	}
	if rapid.Bool().Draw(t, "compiled") {
		return Compile(*s, Version(o.Slot), p)
	}
	return &Branches{Stream: s, Part: &p, Version: Version(o.Slot), Was: topology.PortID(rapid.IntRange(0, 3).Draw(t, "was"))}
}

// have is all that a tracker takes its switch to have.
func have(tr *Tracker) Tables {
	all := NewTables()
	for o := range tr.want {
		all.add(tr.Has(o))
	}
	for _, g := range tr.gaps {
		all.add(compiled(g.have))
	}
	return all
}

// TestTrackerGetsFromAnyHaveToAnyWant draws wants that change between batches, refusals, lost sessions and tables changed by hand, and
// holds that in the end the switch has what is wanted, that no message was one that a switch refuses by itself, and that the tracker knows.
func TestTrackerGetsFromAnyHaveToAnyWant(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tr, sw := NewTracker(), plainSwitch{NewTables()}
		change := func() {
			o := Owner{KindFlow, Slot(rapid.IntRange(0, 2).Draw(t, "slot")), ObjectID(rapid.IntRange(16, 20).Draw(t, "object"))}
			tr.Set(o, drawProgram(t, o))
		}
		settle := func(refuseAt int) {
			for limit := rapid.IntRange(1, 8).Draw(t, "limit"); ; {
				b, any := tr.Next(limit)
				if !any {
					require.False(t, tr.Dirty())
					return
				}
				require.LessOrEqual(t, b.Len(), limit)
				refused, err := sw.carryOut(b, refuseAt)
				require.NoError(t, err)
				if rapid.IntRange(0, 9).Draw(t, "meanwhile") == 0 {
					change()
				}
				tr.Done(b, refused)
			}
		}
		tr.Observe(sw.Tables)
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			switch rapid.IntRange(0, 6).Draw(t, "what") {
			case 0, 1, 2:
				change()
			case 3:
				settle(-1)
			case 4: // a whole batch is confirmed but for one message that nothing else depends on: meters
				b, any := tr.Next(1000)
				if any {
					at := -1
					for i, m := range b.Stages[0] {
						if _, ok := m.(*openflow.MeterMod); ok {
							at = i
						}
					}
					refused, err := sw.carryOut(b, at)
					require.NoError(t, err)
					tr.Done(b, refused)
				}
			case 5: // the session is lost and the switch read again
				tr.Lose()
				_, any := tr.Next(1000)
				require.False(t, any, "nothing is sent to a switch that was not read")
				tr.Observe(sw.Copy())
			case 6: // somebody deletes an entry by hand, and the audit finds it
				for k := range sw.Flows {
					delete(sw.Flows, k)
					break
				}
				settle(-1)
				tr.Observe(sw.Copy())
			}
			require.Equal(t, tr.Want().Equal(have(tr)) && tr.known && !tr.HasFailed(), tr.InSync())
		}
		tr.Retry()
		settle(-1)
		require.True(t, tr.InSync())
		require.True(t, tr.Want().Equal(sw.Tables))
		_, any := tr.Next(1000)
		require.False(t, any, "nothing to do is nothing sent")
	})
}

// TestEntryOfAnotherOwner: a flow that was deleted and made again has the entry of the old one in its place, whatever comes first on the switch.
func TestEntryOfAnotherOwner(t *testing.T) {
	tr, sw := NewTracker(), plainSwitch{NewTables()}
	old, next := camera(), camera()
	next.Object = old.Object + 1
	part := &Part{In: 3, Sender: true, Edges: []topology.PortID{1}}
	tr.Observe(sw.Tables)
	tr.Set(BranchesOf(old.Object, 0), &Branches{Stream: &old, Part: part})
	for range 2 {
		b, _ := tr.Next(1000)
		refused, err := sw.carryOut(b, -1)
		require.NoError(t, err)
		tr.Done(b, refused)
		require.True(t, tr.InSync())
		tr.Set(BranchesOf(old.Object, 0), nil)
		tr.Set(BranchesOf(next.Object, 0), &Branches{Stream: &next, Part: part})
	}
	require.True(t, tr.Want().Equal(sw.Tables), "have: %v", sw.Tables.Lines())
	require.Len(t, sw.Flows, 1)
}

// refuse has a switch refuse all that a tracker sends now.
func refuse(t *testing.T, tr *Tracker) {
	b, any := tr.Next(1000)
	require.True(t, any)
	var all []Refusal
	for s := range b.Stages {
		for i := range b.Stages[s] {
			all = append(all, Refusal{s, i, &openflow.ErrorMsg{}})
		}
	}
	require.Len(t, tr.Done(b, all), b.Len())
}

// TestRefused: what was refused waits for Retry, for a reading, or for something else to be wanted, and is forgotten when it is wanted no more.
func TestRefused(t *testing.T) {
	o := GuardOf(17)
	wanting := func(rate topology.Bandwidth) Program {
		s := camera()
		s.Rate = rate
		return &Guard{Stream: &s, In: 3}
	}
	for _, c := range []struct {
		name   string
		do     func(tr *Tracker)
		failed bool
		sends  int
	}{
		{"nothing", func(*Tracker) {}, true, 0},
		{"the same again", func(tr *Tracker) { tr.Set(o, wanting(topology.Mbit)) }, true, 0},
		{"retry", func(tr *Tracker) { tr.Retry() }, false, 2},
		{"a reading", func(tr *Tracker) { tr.Observe(NewTables()) }, false, 2},
		{"another rate: the meter is tried again", func(tr *Tracker) { tr.Set(o, wanting(topology.Gbit)) }, true, 1},
		{"nothing wanted", func(tr *Tracker) { tr.Set(o, nil) }, false, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			tr := NewTracker()
			tr.Observe(NewTables())
			tr.Set(o, wanting(topology.Mbit))
			refuse(t, tr)
			c.do(tr)
			require.Equal(t, c.failed, tr.Failed(o))
			require.Equal(t, c.failed, tr.HasFailed())
			b, _ := tr.Next(1000)
			require.Equal(t, c.sends, b.Len())
		})
	}
}

// TestRefusedWhenSomethingElseIsWanted: what is wanted since is sent at once.
func TestRefusedWhenSomethingElseIsWanted(t *testing.T) {
	tr, s := NewTracker(), camera()
	tr.Observe(NewTables())
	tr.Set(GuardOf(17), &Guard{Stream: &s, In: 3})
	b, _ := tr.Next(1000)
	next := s
	next.Rate *= 2
	tr.Set(GuardOf(17), &Guard{Stream: &next, In: 3})
	tr.Done(b, []Refusal{{Err: &openflow.ErrorMsg{}}})
	require.False(t, tr.HasFailed())
	b, _ = tr.Next(1000)
	require.Equal(t, 1, b.Len())
}

// TestReadingFindsWhatIsTooMuch: an entry in an owner's name that it does not want is drift, and goes.
func TestReadingFindsWhatIsTooMuch(t *testing.T) {
	tr, s := NewTracker(), camera()
	tr.Set(BranchesOf(17, 0), &Branches{Stream: &s, Part: &Part{In: 3, Edges: []topology.PortID{1}}})
	tr.Believe()
	tr.Observe(tr.Want())
	require.True(t, tr.InSync())
	read := tr.Want()
	read.Flows[EntryKey{Table: TableMulticast, Priority: 1}] = Entry{Cookie: BranchesOf(17, 0).Cookie()}
	require.Equal(t, 1, tr.Observe(read))
	b, _ := tr.Next(1000)
	require.Equal(t, 1, b.Len())
	require.Equal(t, openflow.FlowDeleteStrict, b.Stages[0][0].(*openflow.FlowMod).Command)
}

// TestTablesGivenStayAsTheyAre: what a tracker learns of its switch is not written into tables that it was given.
func TestTablesGivenStayAsTheyAre(t *testing.T) {
	tr := NewTracker()
	tr.Observe(NewTables())
	given := CompileHost(Station{Object: 18, MAC: topology.MAC{2}, At: topology.PortRef{Switch: 1, Port: 3}}, 1, 3)
	before := given.Copy()
	for _, want := range []Program{given, Tables{}, given, nil} {
		tr.Set(Owner{Kind: KindHost, Object: 18}, want)
		b, _ := tr.Next(1000)
		tr.Done(b, nil)
		require.True(t, tr.InSync())
	}
	require.Equal(t, before, given)
}

// TestJoinEditsBuckets: one more receiver on a switch is one group modification and nothing else.
func TestJoinEditsBuckets(t *testing.T) {
	tr, sw := NewTracker(), plainSwitch{NewTables()}
	tr.Observe(sw.Tables)
	tr.Set(BranchesOf(17, 0), Compile(camera(), 0, Part{In: 3, Sender: true, Edges: []topology.PortID{1}}))
	b, _ := tr.Next(1000)
	tr.Done(b, nil)
	tr.Set(BranchesOf(17, 0), Compile(camera(), 0, Part{In: 3, Sender: true, Edges: []topology.PortID{1, 4}}))
	b, any := tr.Next(1000)
	require.True(t, any)
	require.Equal(t, 1, b.Len())
	m, ok := b.Stages[0][0].(*openflow.GroupMod)
	require.True(t, ok)
	require.Equal(t, openflow.GroupModify, m.Command)
	require.Len(t, m.Buckets, 2)
}

// TestForeignEntriesAreLeftAlone: what others put into the switch is neither deleted nor counted, unless it is in the place of ours.
func TestForeignEntriesAreLeftAlone(t *testing.T) {
	foreign := EntryKey{Table: 7, Priority: 1}
	read := NewTables()
	read.Flows[foreign] = Entry{Cookie: 42}
	read.Groups[0x7f000000] = Group{}
	mine := Base(nil, nil)
	for k := range mine.Flows {
		read.Flows[k] = Entry{Cookie: 42} // the same key, another's cookie
		break
	}
	tr := NewTracker()
	tr.Set(OwnerBase, mine)
	tr.Observe(read)
	b, _ := tr.Next(1000)
	adds := 0
	for _, stage := range b.Stages {
		for _, m := range stage {
			if fm, ok := m.(*openflow.FlowMod); ok {
				require.Equal(t, openflow.FlowAdd, fm.Command)
				adds++
			}
			_, isGroup := m.(*openflow.GroupMod)
			require.False(t, isGroup)
		}
	}
	require.Equal(t, len(mine.Flows), adds)
}
