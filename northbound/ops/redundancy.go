package ops

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/gorilla/mux"

	"crosspoint/controller/core"
	"crosspoint/northbound"
	"crosspoint/northbound/intent"
	"crosspoint/topology"
)

// Separation says how far the trees of two legs are apart. The switches where a sender or a receiver of either is count for nothing: no path avoids
// them.
type Separation string

// Separations.
const (
	SeparateSwitches Separation = "separate switches" // no switch in between, and no link, takes both legs when it fails
	SeparateLinks    Separation = "separate links"    // a switch does, a link does not
	NotSeparate      Separation = "not separate"      // a link does
	OneLeg           Separation = "one leg"           // only one flow's label names the essence
	LegWithoutPath   Separation = "leg without path"  // one of them has no tree now, so there is nothing to compare
)

// SharedParts are what the trees of two legs have in common.
type SharedParts struct {
	Links    []Hop       `json:"links"` // as the first leg's tree has them
	Switches []SwitchRef `json:"switches"`
}

// SwitchRef names a switch.
type SwitchRef struct {
	ID   topology.SwitchID `json:"id"`
	Name string            `json:"name,omitempty"` // absent: the switch is not known any more
}

// Pair is an essence that is sent twice, by two flows (ST 2022-7).
type Pair struct {
	Name       string      `json:"name"`
	Legs       []FlowRef   `json:"legs"`
	ByLabel    bool        `json:"by_label"` // said by the flows' labels; else by a client
	Separation Separation  `json:"separation"`
	Shared     SharedParts `json:"shared"`
}

// PairMoves is a pair as it is now, and what moved for that.
type PairMoves struct {
	Pair
	Moves []FlowMove  `json:"moves"`
	Stuck []StuckFlow `json:"stuck"`
}

// FlowRedundancy is the essence that a flow is a leg of.
type FlowRedundancy struct {
	Name       string      `json:"name"`
	OtherLeg   *FlowRef    `json:"other_leg,omitempty"` // absent: only this flow's label names the essence
	ByLabel    bool        `json:"by_label"`
	Separation Separation  `json:"separation"`
	Shared     SharedParts `json:"shared"`
}

// Redundancy lists the pairs. Of the filter only Flow may be set.
func (c Client) Redundancy(ctx context.Context, f Filter) (*List[Pair], error) {
	return get[List[Pair]](ctx, c, "redundancy", f.query())
}

// Pair gives one pair.
func (c Client) Pair(ctx context.Context, name string) (*Pair, error) {
	return get[Pair](ctx, c, pairPath(name), nil)
}

// PairFlows declares two flows, by id, a start of it, or label, legs of one essence, and moves them apart.
func (c Client) PairFlows(ctx context.Context, name string, legs [2]string) (*PairMoves, error) {
	return call[PairMoves](ctx, c, http.MethodPut, pairPath(name), nil, map[string][]string{"legs": legs[:]})
}

// UnpairFlows takes that back. Nothing moves by it.
func (c Client) UnpairFlows(ctx context.Context, name string) error {
	_, err := call[struct{}](ctx, c, http.MethodDelete, pairPath(name), nil, nil)
	return err
}

func pairPath(name string) string { return "redundancy/" + url.PathEscape(name) }

// pairName is the name that the path has; names may have slashes within.
func pairName(vars map[string]string) string { return strings.TrimSuffix(vars["name"], "/") }

func (a *API) pair(w http.ResponseWriter, r *http.Request) error {
	name := pairName(mux.Vars(r))
	if err := checkPairName(name); err != nil {
		return err
	}
	_, change, err := readBody(a, w, r, func(x *index, form *northbound.Form) core.PairFlows {
		return core.PairFlows{Name: name, Legs: northbound.Required(form, "legs", x.readLegs)}
	})
	if err != nil {
		return err
	}
	result, err := a.submit(r, change, named())
	if err != nil {
		return err
	}
	if result.Moves == nil {
		return errNoReport
	}
	x, err := a.current(w, r)
	if err != nil {
		return err
	}
	p, err := x.findPair(name)
	if err != nil {
		return err
	}
	moves := x.moves(result.Moves, false)
	return northbound.Answer(w, http.StatusOK, PairMoves{Pair: x.pairView(*p), Moves: moves.Moves, Stuck: moves.Stuck})
}

// checkPairName refuses what could not be shown, or not be told from another name.
func checkPairName(name string) error {
	if !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl) || strings.TrimSpace(name) != name {
		return badRequest("name: %q is no name: want text without control characters, and without spaces around it", clip(name))
	}
	return nil
}

func (x *index) readLegs(v northbound.Value) ([2]uuid.UUID, error) {
	var legs [2]uuid.UUID
	all, err := northbound.Each(v, len(legs), naming(x.flowID))
	if err == nil && len(all) != len(legs) {
		err = fmt.Errorf("has %d items: want 2 flows", len(all))
	}
	copy(legs[:], all)
	return legs, err
}

func (a *API) unpair(w http.ResponseWriter, r *http.Request) error {
	if err := checkParams(r.URL.Query(), nil); err != nil {
		return err
	}
	if _, err := a.submit(r, core.UnpairFlows{Name: pairName(mux.Vars(r))}, intent.Statuses{core.Conflict: http.StatusConflict}); err != nil {
		return err
	}
	return noContent(w)
}

func pairs(x *index) []Pair { return mapped(x.Pairs, x.pairView) }

func pairByName(x *index, vars map[string]string) (Pair, error) {
	p, err := x.findPair(pairName(vars))
	if err != nil {
		return Pair{}, err
	}
	return x.pairView(*p), nil
}

func (x *index) findPair(name string) (*core.PairView, error) {
	i := slices.IndexFunc(x.Pairs, func(p core.PairView) bool { return p.Name == name })
	if i < 0 {
		known := mapped(x.Pairs, func(p core.PairView) string { return p.Name })
		return nil, notFound("no pair of flows is named %q; there are: %s", clip(name), describe(known))
	}
	return &x.Pairs[i], nil
}

func (x *index) pairView(p core.PairView) Pair {
	v := Pair{Name: p.Name, Legs: []FlowRef{}, ByLabel: p.ByLabel, Separation: x.separation(p), Shared: x.sharedParts(p.Shared)}
	for _, leg := range p.Legs {
		if leg != uuid.Nil {
			v.Legs = append(v.Legs, x.flow(leg))
		}
	}
	return v
}

func (x *index) sharedParts(s core.Shared) SharedParts {
	return SharedParts{Links: x.hops(s.Links), Switches: mapped(s.Switches, func(id topology.SwitchID) SwitchRef {
		return SwitchRef{ID: id, Name: x.port(topology.PortRef{Switch: id}).SwitchName}
	})}
}

func (x *index) separation(p core.PairView) Separation {
	switch {
	case p.Legs[1] == uuid.Nil:
		return OneLeg
	case slices.ContainsFunc(p.Legs[:], x.withoutPath):
		return LegWithoutPath
	case len(p.Shared.Links) > 0:
		return NotSeparate
	case len(p.Shared.Switches) > 0:
		return SeparateLinks
	}
	return SeparateSwitches
}

// withoutPath reports whether a flow has reserved nothing anywhere: then it has no tree.
func (x *index) withoutPath(flow uuid.UUID) bool {
	f := x.Flow(flow)
	return f == nil || len(f.Channels) == 0
}

// redundancyOf tells of the essence that a flow is a leg of; nil: none.
func (x *index) redundancyOf(flow uuid.UUID) *FlowRedundancy {
	i := slices.IndexFunc(x.Pairs, func(p core.PairView) bool { return slices.Contains(p.Legs[:], flow) })
	if i < 0 {
		return nil
	}
	p := x.Pairs[i]
	v := &FlowRedundancy{Name: p.Name, ByLabel: p.ByLabel, Separation: x.separation(p), Shared: x.sharedParts(p.Shared)}
	for _, leg := range p.Legs {
		if leg != flow && leg != uuid.Nil {
			other := x.flow(leg)
			v.OtherLeg = &other
		}
	}
	return v
}

func keepPair(f filter, p Pair) bool {
	return f.flow == nil || slices.ContainsFunc(p.Legs, func(leg FlowRef) bool { return leg.ID == f.flow.ID })
}
