package is06

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"

	"crosspoint/flows"
	"crosspoint/northbound"
	"crosspoint/northbound/openapi"
)

// params reads the parameters of paging, and remembers what is wrong with them.
type params struct {
	contract *contract
	values   url.Values
	faults   northbound.Faults
}

// single is a parameter's value, which may be there once, and which the document lets through.
func (p *params) single(name string, schema *openapi.Schema) (string, bool) {
	all := p.values[name]
	switch {
	case len(all) == 0:
		return "", false
	case len(all) > 1:
		p.fault(name, "is there %d times", len(all))
		return "", false
	}
	var faults northbound.Faults
	if errors.As(schema.CheckText(name, all[0]), &faults) {
		p.faults = append(p.faults, faults...)
		return "", false
	}
	return all[0], true
}

func (p *params) fault(name, format string, args ...any) {
	p.faults = append(p.faults, northbound.Fault{Path: name, Reason: fmt.Sprintf(format, args...)})
}

func (p *params) cursor(name string, schema *openapi.Schema) *flows.TAI {
	text, there := p.single(name, schema)
	if !there {
		return nil
	}
	t, err := parseCursor(text)
	if err != nil {
		p.fault(name, "%s", err)
		return nil
	}
	return &t
}

func (p *params) limit() int {
	text, there := p.single("paging.limit", p.contract.limit)
	if !there {
		return defaultLimit
	}
	limit, err := strconv.Atoi(text)
	if err != nil { // digits, but too many for an int
		return maxLimit
	}
	return min(limit, maxLimit)
}

func (p *params) order() order {
	text, there := p.single("paging.order", p.contract.order)
	if !there {
		return byUpdate
	}
	return order(text)
}
