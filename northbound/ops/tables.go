package ops

import (
	"context"
	"net/http"
	"net/url"

	"github.com/gorilla/mux"

	"crosspoint/flows"
	"crosspoint/northbound"
)

func (a *API) tables(w http.ResponseWriter, r *http.Request) error {
	ctx, cancel := a.bounded(r)
	defer cancel()
	body, err := a.tablesOf(ctx, w, mux.Vars(r)["switch"], r.URL.Query())
	if err != nil {
		return err
	}
	return northbound.Answer(w, http.StatusOK, body)
}

func (a *API) tablesOf(ctx context.Context, w http.ResponseWriter, name string, q url.Values) (*Tables, error) {
	side, err := parseSide(q)
	if err != nil {
		return nil, err
	}
	x, err := a.index(ctx, w)
	if err != nil {
		return nil, err
	}
	sw, err := x.findSwitch(name)
	if err != nil {
		return nil, err
	}
	f, err := parseFilter(x, q, []string{paramSide, paramFlow})
	if err != nil {
		return nil, err
	}
	have, want, err := a.Controller.Tables(ctx, sw.ID)
	if err != nil && (side != SideWant || want.Flows == nil) {
		a.warn(err, "the tables of switch "+sw.Name+" could not be read")
		return nil, unreadable(sw.Name, sw.Connected, err)
	}
	return &Tables{
		Revision: x.Revision, At: a.now(), Switch: sw.ID, SwitchName: sw.Name, Side: side,
		Have: size(have), Want: size(want),
		Lines: purposesOf(x).linesFor(f, pick(side, have, want)),
	}, nil
}

func parseSide(q url.Values) (Side, error) {
	switch side := Side(q.Get(paramSide)); side {
	case "":
		return SideHave, nil
	case SideHave, SideWant, SideDiff:
		return side, nil
	default:
		return "", badRequest("side %q is not known: want have, want or diff", clip(string(side)))
	}
}

// markedLine is a line and the side of a diff that it is on.
type markedLine struct {
	Mark
	flows.Line
}

func pick(side Side, have, want flows.Tables) []markedLine {
	if side == SideDiff {
		return diff(have, want)
	}
	from := have
	if side == SideWant {
		from = want
	}
	return mapped(from.Lines(), func(l flows.Line) markedLine { return markedLine{Line: l} })
}

func size(t flows.Tables) int { return len(t.Flows) + len(t.Groups) + len(t.Meters) }

// linesFor names the purpose of each line, and keeps those that serve the filter's flow.
func (p purposes) linesFor(f filter, lines []markedLine) []TableLine {
	out := []TableLine{}
	for _, l := range lines {
		line := p.line(l.Line)
		line.Mark = l.Mark
		if f.flow == nil || (line.Flow != nil && line.Flow.ID == f.flow.ID) {
			out = append(out, line)
		}
	}
	return out
}
