package ops

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"

	"github.com/google/uuid"
	"github.com/gorilla/mux"

	"crosspoint/controller/core"
	"crosspoint/northbound"
	"crosspoint/northbound/intent"
	"crosspoint/topology"
)

// Moves says what a change of many trees did or, where it was only tried, would do.
type Moves struct {
	Try   bool        `json:"try"`   // nothing was changed
	Moves []FlowMove  `json:"moves"` // highest class first
	Stuck []StuckFlow `json:"stuck"` // what stays although it should move
}

// FlowMove is one flow that moves to another tree.
type FlowMove struct {
	Flow   FlowRef `json:"flow"`
	Before []Hop   `json:"before"`
	After  []Hop   `json:"after"`
}

// StuckFlow is a flow that stays where it is although it should move.
type StuckFlow struct {
	Flow     FlowRef      `json:"flow"`
	Receiver *EndpointRef `json:"receiver,omitempty"` // of which the way would be lost; absent: the flow as a whole
	Reason   string       `json:"reason"`
}

// DrainedPart is a switch, or a cable, that was taken out of use for maintenance.
type DrainedPart struct {
	Switch     topology.SwitchID `json:"switch"`
	SwitchName string            `json:"switch_name,omitempty"` // absent: the switch is not known any more
	Port       *PortRef          `json:"port,omitempty"`        // the cable at this port; absent: the whole switch
	Peer       *PortRef          `json:"peer,omitempty"`        // the cable's other end; absent: there is no link now
}

// Drained is a part of the network that was taken out of use, and what still needs it.
type Drained struct {
	DrainedPart
	Flows []FlowRef `json:"flows"` // what still needs it: without it these suffer
}

// DrainRequest names what is to be drained.
type DrainRequest struct {
	Switch string `json:"switch"`         // by name or id
	Port   string `json:"port,omitempty"` // by name or number, at either end of a cable; "" for the whole switch
	Try    bool   `json:"try,omitempty"`
}

// Drain takes a switch or a cable out of use, and moves what runs over it.
func (c Client) Drain(ctx context.Context, what DrainRequest) (*Moves, error) {
	return call[Moves](ctx, c, http.MethodPost, "drain", nil, what)
}

// Drained lists what is drained. Of the filter only Switch may be set.
func (c Client) Drained(ctx context.Context, f Filter) (*List[Drained], error) {
	return get[List[Drained]](ctx, c, "drain", f.query())
}

// Undrain gives a switch back to use, or with a port the cable there.
func (c Client) Undrain(ctx context.Context, sw, port string) error {
	q := url.Values{}
	if port != "" {
		q.Set(paramPort, port)
	}
	_, err := call[struct{}](ctx, c, http.MethodDelete, "drain/"+url.PathEscape(sw), q, nil)
	return err
}

// Optimise moves flows to better trees, or with try tells which it would.
func (c Client) Optimise(ctx context.Context, try bool) (*Moves, error) {
	return call[Moves](ctx, c, http.MethodPost, "optimise", nil, map[string]bool{"try": try})
}

func (a *API) drain(w http.ResponseWriter, r *http.Request) error {
	x, change, err := readBody(a, w, r, readDrain)
	if err != nil {
		return err
	}
	result, err := a.submit(r, change, named())
	if err != nil {
		return err
	}
	return answerMoves(w, x, result.Moves, change.Try)
}

func readDrain(x *index, form *northbound.Form) core.Drain {
	sw := northbound.Required(form, "switch", naming(x.findSwitch))
	port := northbound.Optional(form, "port", naming(func(name string) (topology.PortID, error) {
		if sw == nil {
			return 0, nil // what is wrong with the switch is told already
		}
		return findPort(sw, name)
	}))
	change := core.Drain{Try: isTrue(northbound.Optional(form, "try", northbound.Value.Bool))}
	if sw != nil {
		change.What.Switch = sw.ID
	}
	if port != nil {
		change.What.Port = *port
	}
	return change
}

func (a *API) undrain(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	if err := checkParams(q, []string{paramPort}); err != nil {
		return err
	}
	x, err := a.current(w, r)
	if err != nil {
		return err
	}
	sw, err := x.findSwitch(mux.Vars(r)["switch"])
	if err != nil {
		return err
	}
	what := core.SwitchOrCable{Switch: sw.ID}
	if name := q.Get(paramPort); name != "" {
		if what.Port, err = findPort(sw, name); err != nil {
			return err
		}
	}
	if _, err := a.submit(r, core.Undrain{What: what}, intent.Statuses{}); err != nil {
		return err
	}
	return noContent(w)
}

func (a *API) optimise(w http.ResponseWriter, r *http.Request) error {
	x, change, err := readBody(a, w, r, func(_ *index, form *northbound.Form) core.Optimise {
		return core.Optimise{Try: isTrue(northbound.Optional(form, "try", northbound.Value.Bool))}
	})
	if err != nil {
		return err
	}
	result, err := a.submit(r, change, nil)
	if err != nil {
		return err
	}
	return answerMoves(w, x, result.Moves, change.Try)
}

// errNoReport means that the controller broke its contract.
var errNoReport = errors.New("controller answered a change without its report")

func answerMoves(w http.ResponseWriter, x *index, report *core.MoveReport, try bool) error {
	if report == nil {
		return errNoReport
	}
	return northbound.Answer(w, http.StatusOK, x.moves(report, try))
}

func (x *index) moves(report *core.MoveReport, try bool) Moves {
	return Moves{
		Try: try,
		Moves: mapped(report.Moves, func(m core.FlowMove) FlowMove {
			return FlowMove{Flow: x.flow(m.Flow), Before: x.hops(m.Before), After: x.hops(m.After)}
		}),
		Stuck: mapped(report.Stuck, func(f core.StuckFlow) StuckFlow {
			return StuckFlow{Flow: x.flow(f.Flow), Receiver: x.endpointOrNone(f.Receiver), Reason: f.Reason}
		}),
	}
}

// drained reports whether a switch, or the cable at a port, was taken out of use.
func (x *index) drained(part core.SwitchOrCable) bool {
	if x.parked == nil {
		x.parked = make(map[core.SwitchOrCable]bool, len(x.Drained))
		for _, p := range x.Drained {
			x.parked[p] = true
		}
	}
	return x.parked[part]
}

// linkDrained reports whether a link, or a switch at one of its ends, was taken out of use.
func (x *index) linkDrained(l topology.Link) bool {
	return slices.ContainsFunc([]topology.PortRef{l.From, l.To}, func(end topology.PortRef) bool {
		return x.drained(core.SwitchOrCable(end)) || x.drained(core.SwitchOrCable{Switch: end.Switch})
	})
}

func drained(x *index) []Drained { return mapped(x.Drained, x.drainedView) }

func (x *index) drainedView(p core.SwitchOrCable) Drained {
	v := Drained{DrainedPart: x.drainedPart(p), Flows: []FlowRef{}}
	for _, f := range x.Flows {
		if x.needs(f, p) {
			v.Flows = append(v.Flows, x.flow(f.ID))
		}
	}
	return v
}

func (x *index) drainedPart(p core.SwitchOrCable) DrainedPart {
	at := x.port(topology.PortRef(p))
	v := DrainedPart{Switch: p.Switch, SwitchName: at.SwitchName}
	if p.Port != 0 {
		v.Port = &at
		for _, l := range x.Links {
			if l.From == topology.PortRef(p) {
				v.Peer = x.portOrNone(&l.To)
			}
		}
	}
	return v
}

// needs reports whether a flow runs over a part of the network, or has its sender or a receiver there.
func (x *index) needs(f *core.FlowView, p core.SwitchOrCable) bool {
	on := func(at topology.PortRef) bool {
		return at.Switch == p.Switch && (p.Port == 0 || at.Port == p.Port)
	}
	if slices.ContainsFunc(f.Tree, func(l topology.Link) bool { return on(l.From) || on(l.To) }) {
		return true
	}
	ends := append([]uuid.UUID{f.Sender}, f.Receivers...)
	return p.Port == 0 && slices.ContainsFunc(ends, func(id uuid.UUID) bool {
		at := x.boundOf(id)
		return at != nil && on(*at)
	})
}

func keepDrained(f filter, d Drained) bool {
	return f.sw == nil || *f.sw == d.Switch || d.Peer != nil && *f.sw == d.Peer.Switch
}
