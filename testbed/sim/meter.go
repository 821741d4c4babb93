package sim

import (
	"slices"
	"time"

	"crosspoint/openflow"
)

// maxBands is how many bands a meter may have, as in Open vSwitch's userspace datapath.
const maxBands = 8

// nano is how many token parts a whole token has: one part flows in every nanosecond per unit of rate, so arithmetic is exact.
const nano = 1_000_000_000

// meter is one meter with its counters (OpenFlow 1.3.5 §5.7).
type meter struct {
	config  openflow.MeterConfig
	created time.Time
	count   counter
	bands   []band
}

// band is a token bucket. Tokens are kilobits or packets, in parts of 1/nano.
type band struct {
	rate  uint64 // tokens a second
	size  uint64 // parts that fit
	level uint64 // parts that are there
	last  time.Time
	count counter
}

// meterMod adds, changes or deletes a meter (OpenFlow 1.3.5 §7.3.4.4). A changed meter starts afresh, as in Open vSwitch.
func (s *Switch) meterMod(r *run, m *openflow.MeterMod) *openflow.ErrorMsg {
	failed := func(c openflow.ErrorCode) *openflow.ErrorMsg { return refuse(openflow.ErrMeterModFailed, c) }
	have := s.meters[m.Meter]
	switch m.Command {
	case openflow.MeterDelete:
		s.deleteMeters(r, m.Meter)
		return nil
	case openflow.MeterAdd:
		if have != nil {
			return failed(openflow.CodeMeterModMeterExists)
		}
		if len(s.meters) >= maxMeters {
			return failed(openflow.CodeMeterModOutOfMeters)
		}
	case openflow.MeterModify:
		if have == nil {
			return failed(openflow.CodeMeterModUnknownMeter)
		}
	default:
		return failed(openflow.CodeMeterModCommand)
	}
	if refused := checkMeterMod(m); refused != nil {
		return refused
	}
	s.meters[m.Meter] = newMeter(r.now, m)
	return nil
}

func checkMeterMod(m *openflow.MeterMod) *openflow.ErrorMsg {
	failed := func(c openflow.ErrorCode) *openflow.ErrorMsg { return refuse(openflow.ErrMeterModFailed, c) }
	known := openflow.MeterKbps | openflow.MeterPktps | openflow.MeterBurst | openflow.MeterFlagStats
	both := openflow.MeterKbps | openflow.MeterPktps
	switch {
	case m.Meter == 0 || m.Meter > openflow.MeterMax:
		return failed(openflow.CodeMeterModInvalidMeter)
	case m.Flags&^known != 0 || m.Flags&both == both:
		return failed(openflow.CodeMeterModFlags)
	case len(m.Bands) > maxBands:
		return failed(openflow.CodeMeterModOutOfBands)
	}
	for _, b := range m.Bands {
		if b.Type != openflow.BandDrop {
			return failed(openflow.CodeMeterModBand)
		}
		if b.Rate == 0 {
			return failed(openflow.CodeMeterModRate)
		}
	}
	return nil
}

// newMeter fills the buckets. Without the burst flag a band has one second of credit, as measured on Open vSwitch.
func newMeter(now time.Time, m *openflow.MeterMod) *meter {
	t := &meter{
		config:  openflow.MeterConfig{Flags: m.Flags, Meter: m.Meter, Bands: slices.Clone(m.Bands)},
		created: now,
	}
	for _, b := range m.Bands {
		size := uint64(b.Rate)
		if m.Flags&openflow.MeterBurst != 0 && b.Burst > 0 {
			size = uint64(b.Burst)
		}
		t.bands = append(t.bands, band{rate: uint64(b.Rate), size: size * nano, level: size * nano, last: now})
	}
	return t
}

// deleteMeters deletes one meter or all, and with each the flows that use it (OpenFlow 1.3.5 §6.6).
func (s *Switch) deleteMeters(r *run, id openflow.MeterID) {
	doomed := []openflow.MeterID{id}
	if id == openflow.MeterAll {
		doomed = sortedKeys(s.meters)
	}
	for _, id := range doomed {
		if s.meters[id] == nil {
			continue
		}
		if s.users.meters[id] > 0 {
			s.dropFlows(r, openflow.RemovedDelete, func(e *entry) bool { return e.do.meter == id })
		}
		delete(s.meters, id)
	}
}

// checkMeter refuses an instruction that names a meter that is not there, with Open vSwitch's code.
func (s *Switch) checkMeter(id openflow.MeterID) *openflow.ErrorMsg {
	if s.meters[id] == nil {
		return refuse(openflow.ErrMeterModFailed, openflow.CodeMeterModInvalidMeter)
	}
	return nil
}

// pass counts a packet and tells whether it may go on. Of several bands that it exceeds, the fastest counts it.
func (m *meter) pass(now time.Time, bytes int) bool {
	m.count.add(bytes)
	cost := uint64(nano)
	if m.config.Flags&openflow.MeterPktps == 0 {
		cost = uint64(bytes) * 8 * (nano / 1000)
	}
	var exceeded *band
	for i := range m.bands {
		b := &m.bands[i]
		if !b.take(now, cost) && (exceeded == nil || b.rate > exceeded.rate) {
			exceeded = b
		}
	}
	if exceeded != nil {
		exceeded.count.add(bytes)
	}
	return exceeded == nil
}

// take fills the bucket up to now and takes a packet's tokens, if they are there.
func (b *band) take(now time.Time, cost uint64) bool {
	if passed := now.Sub(b.last); passed > 0 {
		b.last = now
		if uint64(passed) > b.size/b.rate {
			b.level = b.size
		} else {
			b.level = min(b.size, b.level+uint64(passed)*b.rate)
		}
	}
	if b.level < cost {
		return false
	}
	b.level -= cost
	return true
}
