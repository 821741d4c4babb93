package openflow

import "testing"

func benchAppend(b *testing.B, m Message) {
	buf := make([]byte, 0, 4096)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Append(buf, 1, m); err != nil {
			b.Fatal(err)
		}
	}
}

func benchFlowMod() *FlowMod {
	return &FlowMod{
		Cookie: 1, Table: 1, Priority: 100, BufferID: NoBuffer, OutPort: PortAny, OutGroup: GroupAny, Match: senderMatch(),
		Instructions: []Instruction{UseMeter{3}, ApplyActions{[]Action{ApplyGroup{7}}}},
	}
}

func BenchmarkAppendFlowMod(b *testing.B) { benchAppend(b, benchFlowMod()) }

func BenchmarkAppendGroupMod16(b *testing.B) {
	m := &GroupMod{Command: GroupModify, Group: 7}
	for i := range 16 {
		m.Buckets = append(m.Buckets, Bucket{WatchPort: PortAny, WatchGroup: GroupAny, Actions: []Action{Output{Port: PortNo(i + 1)}}})
	}
	benchAppend(b, m)
}

func benchParse(b *testing.B, m Message, parse func([]byte) (Header, Message, error)) {
	frame := encode(b, m)
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := parse(frame); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParseFlowMod(b *testing.B) { benchParse(b, benchFlowMod(), Parse) }

func BenchmarkParserPacketIn(b *testing.B) {
	var p Parser
	benchParse(b, &PacketIn{BufferID: NoBuffer, TotalLen: 128, Match: NewMatch(InPort(3)), Data: make([]byte, 128)}, p.Parse)
}

func BenchmarkParsePacketIn(b *testing.B) {
	benchParse(b, &PacketIn{BufferID: NoBuffer, TotalLen: 128, Match: NewMatch(InPort(3)), Data: make([]byte, 128)}, Parse)
}

func BenchmarkFlowText(b *testing.B) {
	e := benchFlowMod().Entry()
	b.ReportAllocs()
	for b.Loop() {
		_ = e.Text()
	}
}
