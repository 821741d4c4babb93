package sim

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"crosspoint/openflow"
)

// offer sends packets at a rate through port 1 and counts what passes.
func (b *bench) offer(frame []byte, rate, packets int) (passed int) {
	for range packets {
		passed += len(b.ports(1, frame))
		b.now = b.now.Add(time.Second / time.Duration(rate))
	}
	return passed
}

func TestMeterKbps(t *testing.T) {
	b := newBench(t, 2)
	b.ok(kbps(1, 1000, 100))
	b.flow("actions=meter:1,output:2")
	f := udp(t, "10.0.0.1", "239.1.1.1", 1, 1000-42)
	require.Len(t, f, 1000)
	assert.Equal(t, 12, b.offer(f, 1_000_000, 20), "a burst of 100 kbit is 12 packets of 8 kbit")
	b.now = b.now.Add(time.Second)
	// 10 s at 2 Mbit/s: 1 Mbit/s passes, and the burst.
	assert.InDelta(t, 1250+12, b.offer(f, 250, 2500), 1)
}

func TestMeterPktps(t *testing.T) {
	b := newBench(t, 2)
	b.ok(&openflow.MeterMod{Flags: openflow.MeterPktps, Meter: 3, Bands: []openflow.Band{{Type: openflow.BandDrop, Rate: 50}}})
	b.flow("actions=meter:3,output:2")
	f := udp(t, "10.0.0.1", "239.1.1.1", 1, 10)
	assert.InDelta(t, 50+500, b.offer(f, 100, 1000), 1, "without a burst size there is a second of credit")
	answers, refused := b.ask(&openflow.MultipartRequest{Body: openflow.MeterStatsRequest{Meter: 3}})
	require.Nil(t, refused)
	st := answers[0].(*openflow.MultipartReply).Body.(openflow.MeterStatsReply)[0]
	assert.Equal(t, uint64(1000), st.PacketIn)
	assert.Equal(t, uint32(1), st.FlowCount)
	assert.InDelta(t, 450, st.Bands[0].PacketCount, 1)
}

func TestMeterRefuses(t *testing.T) {
	b := newBench(t, 2)
	b.ok(kbps(1, 1000, 10))
	with := func(f func(*openflow.MeterMod)) *openflow.MeterMod { m := kbps(2, 1000, 10); f(m); return m }
	for name, c := range map[string]struct {
		mod  *openflow.MeterMod
		code openflow.ErrorCode
	}{
		"exists":       {kbps(1, 1, 1), openflow.CodeMeterModMeterExists},
		"unknown":      {with(func(m *openflow.MeterMod) { m.Command = openflow.MeterModify }), openflow.CodeMeterModUnknownMeter},
		"id 0":         {kbps(0, 1, 1), openflow.CodeMeterModInvalidMeter},
		"reserved id":  {kbps(openflow.MeterController, 1, 1), openflow.CodeMeterModInvalidMeter},
		"both units":   {with(func(m *openflow.MeterMod) { m.Flags |= openflow.MeterPktps }), openflow.CodeMeterModFlags},
		"rate 0":       {with(func(m *openflow.MeterMod) { m.Bands[0].Rate = 0 }), openflow.CodeMeterModRate},
		"remark":       {with(func(m *openflow.MeterMod) { m.Bands[0].Type = openflow.BandDSCPRemark }), openflow.CodeMeterModBand},
		"9 bands":      {with(func(m *openflow.MeterMod) { m.Bands = make([]openflow.Band, 9) }), openflow.CodeMeterModOutOfBands},
		"what command": {with(func(m *openflow.MeterMod) { m.Command = 8 }), openflow.CodeMeterModCommand},
	} {
		t.Run(name, func(t *testing.T) {
			b.t = t
			b.refuses(c.mod, openflow.ErrMeterModFailed, c.code)
			assert.Len(t, b.s.meters, 1)
		})
	}
}

func TestMeterDeleteCascades(t *testing.T) {
	b := newBench(t, 2)
	b.ok(kbps(1, 1000, 10), kbps(2, 1000, 10))
	b.flow("in_port=1 actions=meter:1,output:2", "in_port=2 actions=meter:2,output:1")
	b.ok(&openflow.MeterMod{Command: openflow.MeterDelete, Meter: 1})
	assert.Len(t, dump(b), 1)
	b.ok(&openflow.MeterMod{Command: openflow.MeterDelete, Meter: openflow.MeterAll})
	assert.Empty(t, dump(b))
}

func TestMeterModifyStartsAfresh(t *testing.T) {
	b := newBench(t, 2)
	b.ok(kbps(1, 8, 8))
	b.flow("actions=meter:1,output:2")
	f := udp(t, "10.0.0.1", "239.1.1.1", 1, 1000-42)
	assert.Equal(t, 1, b.offer(f, 1000, 5))
	m := kbps(1, 16, 16)
	m.Command = openflow.MeterModify
	b.ok(m)
	assert.Equal(t, 2, b.offer(f, 1000, 5))
}

// Long silence and the greatest rates must not overflow.
func TestMeterExtremes(t *testing.T) {
	b := newBench(t, 2)
	b.ok(kbps(1, ^uint32(0), ^uint32(0)))
	b.flow("actions=meter:1,output:2")
	b.now = b.now.Add(100 * 365 * 24 * time.Hour)
	f := udp(t, "10.0.0.1", "239.1.1.1", 1, 1000)
	assert.Equal(t, 100, b.offer(f, 1_000_000, 100))
}
