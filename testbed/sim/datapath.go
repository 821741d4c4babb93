package sim

import (
	"time"

	"crosspoint/openflow"
)

// datapath is a switch as Open vSwitch is built: what answers the controller, and what treats packets and follows some time later.
// A BARRIER_REPLY does not wait for the packets: that is what was measured on Open vSwitch (0.7 ms, and up to 17 ms with many entries).
type datapath struct {
	control *Switch
	packets *Switch // the same as control when there is no delay
}

func newDatapath(dpid openflow.DatapathID, name string, ports []openflow.Port, delay time.Duration) datapath {
	d := datapath{control: NewSwitch(dpid, name, ports)}
	d.packets = d.control
	if delay > 0 {
		d.packets = NewSwitch(dpid, name, ports)
	}
	return d
}

func (d *datapath) lags() bool { return d.packets != d.control }

func (d *datapath) connect() {
	d.control.Connect()
	d.packets.Connect()
}

// carryOut has the half do it that knows. later tells that the packets must follow the message when the delay is over.
func (d *datapath) carryOut(now time.Time, h openflow.Header, m openflow.Message) (replies []Outgoing, out []Emission, later bool) {
	if !d.lags() {
		replies, out = d.control.Control(now, h, m)
		return replies, out, false
	}
	switch m := m.(type) {
	case *openflow.PacketOut:
		replies, out = d.packets.Control(now, h, m)
		return replies, out, false
	case *openflow.RoleRequest, *openflow.SetConfig:
		d.packets.Control(now, h, m)
	case *openflow.MultipartRequest:
		if counts(m.Body) {
			replies, out = d.packets.Control(now, h, m)
			return replies, out, false
		}
		d.sync()
	case *openflow.FlowMod, *openflow.GroupMod, *openflow.MeterMod:
		d.sync()
		later = true
	}
	replies, out = d.control.Control(now, h, m)
	for _, r := range replies {
		if _, refused := r.Msg.(*openflow.ErrorMsg); refused {
			later = false
		}
	}
	return replies, out, later
}

// counts tells which requests are about nothing but counters.
func counts(b openflow.RequestBody) bool {
	switch b.(type) {
	case openflow.AggregateRequest, openflow.TableStatsRequest, openflow.PortStatsRequest, openflow.GroupStatsRequest, openflow.MeterStatsRequest:
		return true
	}
	return false
}

// sync brings the counters of entries to the half that reports them.
func (d *datapath) sync() {
	d.control.everyFlow(func(e *entry) {
		if p := d.packets.tables[e.table].find(&e.rule, e.priority); p != nil {
			e.count, e.used = p.count, p.used
		}
	})
}

func (d *datapath) setPort(now time.Time, no openflow.PortNo, up bool) []openflow.Message {
	msgs := d.control.SetPort(now, no, up)
	if d.lags() {
		d.packets.SetPort(now, no, up)
	}
	return msgs
}

func (d *datapath) setLive(no openflow.PortNo, live bool) []openflow.Message {
	msgs := d.control.SetLive(no, live)
	if d.lags() {
		d.packets.SetLive(no, live)
	}
	return msgs
}

func (d *datapath) tick(now time.Time) []openflow.Message {
	if d.lags() {
		d.sync()
		d.packets.Tick(now)
	}
	return d.control.Tick(now)
}
