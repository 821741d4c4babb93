package scenario

import (
	"context"

	"crosspoint/controller/core"
	"crosspoint/northbound/ops"
	"crosspoint/testbed"
)

// Report is how things stand, for a person to look at.
type Report struct {
	Rows   []Row
	Denied []Denied
}

// Denied is what a host asked for or sent and was not allowed.
type Denied struct {
	ops.Denial
	Host string // "" when the plan has no host of that address
	// Arrived counts the packets that got to the host, or from the sender to any host, all the same, since the last mark.
	Arrived uint64
}

// Row is one receiver of a flow, or a flow without any.
type Row struct {
	Flow     ops.Flow
	Sender   string        // host
	Host     string        // "" when the flow has no receiver
	Receiver *ops.Receiver // nil when the flow has no receiver
	// Got is what arrived since the last mark.
	Got testbed.Reception
}

// Report tells what became of the plan's flows.
func (r *Runner) Report(ctx context.Context) (Report, error) {
	list, err := r.ops.Flows(ctx, noFilter)
	if err != nil {
		return Report{}, err
	}
	denials, err := r.ops.Denials(ctx, noFilter)
	if err != nil {
		return Report{}, err
	}
	arrived, err := r.fabric.Receptions(ctx)
	if err != nil {
		return Report{}, err
	}
	report := Report{Denied: r.denied(denials.Items, arrived)}
	for _, f := range r.account.sortedFlows() {
		for _, have := range list.Items {
			if have.ID == FlowID(f.name) {
				report.Rows = append(report.Rows, r.rows(f, have, arrived)...)
			}
		}
	}
	return report, nil
}

func (r *Runner) rows(f *accountFlow, have ops.Flow, arrived []testbed.Reception) []Row {
	if len(have.Receivers) == 0 {
		return []Row{{Flow: have, Sender: f.from}}
	}
	var out []Row
	for i := range have.Receivers {
		row := Row{Flow: have, Sender: f.from, Receiver: &have.Receivers[i]}
		for _, host := range f.receivers {
			if endpointFor(f.to, host) == have.Receivers[i].Endpoint.ID {
				row.Host = host
			}
		}
		for _, got := range arrived {
			if got.Host == row.Host && got.Group == f.to && got.Source == r.hosts[f.from].AddrFor(f.to) {
				row.Got = got
			}
		}
		out = append(out, row)
	}
	return out
}

// denied adds to denials which host it is, and what got through nevertheless.
func (r *Runner) denied(list []ops.Denial, arrived []testbed.Reception) []Denied {
	var out []Denied
	for _, d := range list {
		one := Denied{Denial: d}
		for name, h := range r.hosts {
			if isHost(h, d) {
				one.Host = name
			}
		}
		for _, got := range arrived {
			if got.Group == d.Group && (d.Kind == core.DeniedSend && got.Source == d.Addr || d.Kind == core.DeniedJoin && got.Host == one.Host) {
				one.Arrived += got.Received
			}
		}
		out = append(out, one)
	}
	return out
}
