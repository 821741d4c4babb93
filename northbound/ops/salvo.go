package ops

import (
	"context"
	"fmt"
	"net/http"

	"github.com/google/uuid"

	"crosspoint/controller/core"
	"crosspoint/northbound"
)

// TakeMode is the order in which a receiver gets the new flow and loses the old.
type TakeMode string

// Modes of a take.
const (
	// BreakBeforeMake has the receiver get neither for a moment: a link to it need not carry both. It is what counts when nothing is said.
	BreakBeforeMake TakeMode = "break-before-make"
	// MakeBeforeBreak has the receiver get both for a moment.
	MakeBeforeBreak TakeMode = "make-before-break"
)

// Take moves one receiver from a flow to another. Endpoints and flows go by id, an unambiguous start of it, or label; endpoints by address as well.
type Take struct {
	Receiver string   `json:"receiver"`
	From     string   `json:"from,omitempty"` // "": the receiver is only added to To
	To       string   `json:"to,omitempty"`   // "": the receiver is only taken from From
	Mode     TakeMode `json:"mode,omitempty"`
}

// SalvoRequest is takes that happen together: all of them or none.
type SalvoRequest struct {
	Takes []Take `json:"takes"`
}

// Salvo says how a salvo went.
type Salvo struct {
	Takes    int `json:"takes"`
	Switches int `json:"switches"` // that confirmed something
	// SpreadSeconds is the time between the first and the last switch that confirmed what gives receivers their new flows.
	SpreadSeconds float64 `json:"spread_seconds"`
}

// Salvo moves receivers from flow to flow, all of them or none.
func (c Client) Salvo(ctx context.Context, salvo SalvoRequest) (*Salvo, error) {
	return call[Salvo](ctx, c, http.MethodPost, "salvos", nil, salvo)
}

// maxTakes bounds the salvo that is read; the state machine has the same bound.
const maxTakes = 4096

func (a *API) salvo(w http.ResponseWriter, r *http.Request) error {
	_, change, err := readBody(a, w, r, func(x *index, form *northbound.Form) core.Salvo {
		return core.Salvo{Takes: northbound.Required(form, "takes", func(v northbound.Value) ([]core.Take, error) {
			return northbound.Each(v, maxTakes, x.readTake)
		})}
	})
	if err != nil {
		return err
	}
	result, err := a.submit(r, change, named())
	if err != nil {
		return err
	}
	if result.Salvo == nil {
		return errNoReport
	}
	s := result.Salvo
	return northbound.Answer(w, http.StatusOK, Salvo{Takes: len(change.Takes), Switches: s.Switches, SpreadSeconds: s.Spread.Seconds()})
}

func (x *index) readTake(v northbound.Value) (core.Take, error) {
	form, err := v.Form()
	if err != nil {
		return core.Take{}, err
	}
	take := core.Take{
		Receiver: northbound.Required(form, "receiver", naming(x.endpointID)),
		From:     orNil(northbound.Optional(form, "from", naming(x.flowID))),
		To:       orNil(northbound.Optional(form, "to", naming(x.flowID))),
	}
	if mode := northbound.Optional(form, "mode", readMode); mode != nil {
		take.Overlap = *mode == MakeBeforeBreak
	}
	refuseOthers(form)
	return take, form.Err()
}

func readMode(v northbound.Value) (TakeMode, error) {
	text, err := v.Text()
	if mode := TakeMode(text); err != nil || mode == BreakBeforeMake || mode == MakeBeforeBreak {
		return mode, err
	}
	return "", fmt.Errorf("want %s or %s, not %s", BreakBeforeMake, MakeBeforeBreak, v)
}

func (x *index) flowID(name string) (uuid.UUID, error) {
	f, err := x.findFlow(name)
	if err != nil {
		return uuid.Nil, err
	}
	return f.ID, nil
}

func (x *index) endpointID(name string) (uuid.UUID, error) {
	e, err := x.findEndpoint(name)
	if err != nil {
		return uuid.Nil, err
	}
	return e.ID, nil
}

func orNil(id *uuid.UUID) uuid.UUID {
	if id == nil {
		return uuid.Nil
	}
	return *id
}
