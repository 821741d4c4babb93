package openflow

import (
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Parse allocates at most this many bytes for each of its input, and as many besides. What costs most is an abbreviated flow update
// of eight bytes, which becomes a struct of 104.
const (
	allocatedPerByte = 14
	allocatedBesides = 1024
)

// allocated is how many bytes parsing takes, whether it succeeds or not.
func allocated(parse func([]byte) (Header, Message, error), frame []byte) uint64 {
	const times = 4 // other goroutines of the test binary may allocate in between: the least counts
	least := ^uint64(0)
	for range times {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, _, _ = parse(frame)
		runtime.ReadMemStats(&after)
		least = min(least, after.TotalAlloc-before.TotalAlloc)
	}
	return least
}

func requireBounded(t *testing.T, name string, frame []byte) {
	t.Helper()
	n := allocated(Parse, frame)
	require.LessOrEqual(t, n, uint64(allocatedPerByte*len(frame)+allocatedBesides), "%s: %d bytes of input", name, len(frame))
}

// filled makes a message of nearly the greatest length of n equal parts.
func filled[T any](n int, part T) []T {
	list := make([]T, n)
	for i := range list {
		list[i] = part
	}
	return list
}

// TestAllocationIsBounded parses the messages that make the most of a frame of the greatest length.
func TestAllocationIsBounded(t *testing.T) {
	for name, m := range map[string]Message{
		"actions":          &PacketOut{Actions: filled[Action](8000, DecIPTTL{})},
		"raw actions":      &PacketOut{Actions: filled[Action](8000, RawAction{Kind: 0xffff, Data: make([]byte, 4)})},
		"set-fields":       &PacketOut{Actions: filled[Action](4000, SetField{IPDSCP(1)})},
		"instructions":     &FlowMod{Instructions: filled[Instruction](8000, ApplyActions{})},
		"raw instructions": &FlowMod{Instructions: filled[Instruction](8000, RawInstruction{Data: make([]byte, 4)})},
		"flows":            &MultipartReply{Body: make(FlowStatsReply, 1100)},
		"groups":           &MultipartReply{Body: make(GroupDescReply, 8000)},
		"group counters":   &MultipartReply{Body: make(GroupStatsReply, 1600)},
		"buckets":          &GroupMod{Buckets: make([]Bucket, 4000)},
		"meters":           &MultipartReply{Body: make(MeterConfigReply, 8000)},
		"meter counters":   &MultipartReply{Body: make(MeterStatsReply, 1600)},
		"bands":            &MeterMod{Bands: filled(4000, Band{Type: BandDrop})},
		"table properties": &MultipartReply{Body: TableFeaturesReply{{Properties: filled(8000, TableProperty{Data: make([]byte, 1)})}}},
		"table features":   &MultipartReply{Body: make(TableFeaturesReply, 1000)},
		"queues":           &GetQueueReply{Queues: make([]QueueConfig, 4000)},
		"queue properties": &GetQueueReply{Queues: []QueueConfig{{Properties: make([]QueueProperty, 8000)}}},
		"ports":            &MultipartReply{Body: PortDescReply(filled(1000, somePort()))},
		"monitors":         &MultipartRequest{Body: make(FlowMonitorRequest, 2700)},
		"updates":          &MultipartReply{Body: FlowMonitorReply(filled(8000, FlowUpdate{Event: FlowAbbrev}))},
		"bundle":           &BundleControl{Properties: make([]ExperimenterProperty, 8000)},
		"bundled":          &BundleAdd{Message: &PacketOut{Actions: filled[Action](8000, DecIPTTL{})}},
		"hello":            &Hello{Unknown: filled(60000, byte(0))},
	} {
		requireBounded(t, name, encode(t, m))
	}
}

// TestAllocationOfCorpus bounds what the messages of the corpus take: whole, cut at every byte, and with lengths and counts changed.
func TestAllocationOfCorpus(t *testing.T) {
	for _, c := range corpus() {
		frame := encode(t, c.m)
		requireBounded(t, c.name, frame)
		for n := HeaderLen; n < len(frame); n += 1 + len(frame)/64 {
			cut := append([]byte(nil), frame[:n]...)
			put16(cut[2:], uint16(n))
			requireBounded(t, c.name, cut)
		}
		for i := 2; i < len(frame); i += 1 + len(frame)/64 {
			old := frame[i]
			frame[i] = 0xff
			requireBounded(t, c.name, frame)
			frame[i] = old
		}
	}
}

// TestParserKeepsLittle bounds what a Parser remembers beyond the messages.
func TestParserKeepsLittle(t *testing.T) {
	var p Parser
	frame := encode(t, &PacketIn{Match: NewMatch(InPort(3)), Data: make([]byte, 60000)})
	_, _, err := p.Parse(frame)
	require.NoError(t, err)
	assert.Zero(t, testing.AllocsPerRun(100, func() { _, _, _ = p.Parse(frame) }))
}
