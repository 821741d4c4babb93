package is06

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"crosspoint/flows"
	"crosspoint/northbound"
)

// params reads the parameters of paging, and remembers what is wrong with them.
type params struct{ faults northbound.Faults }

func (p *params) fault(name, format string, args ...any) {
	p.faults = append(p.faults, northbound.Fault{Path: name, Reason: fmt.Sprintf(format, args...)})
}

// single is a parameter's value, which may be there once.
func (p *params) single(values url.Values, name string) (string, bool) {
	all := values[name]
	if len(all) > 1 {
		p.fault(name, "is there %d times", len(all))
		return "", false
	}
	return values.Get(name), len(all) == 1
}

func (p *params) cursor(values url.Values, name string) *flows.TAI {
	text, there := p.single(values, name)
	if !there {
		return nil
	}
	t, err := flows.ParseTAI(text)
	if err != nil {
		p.fault(name, "want <seconds>:<nanoseconds>, such as 1520976651:318744030, not %s", quote(text))
		return nil
	}
	return &t
}

func (p *params) limit(values url.Values) int {
	const name = "paging.limit"
	text, there := p.single(values, name)
	if !there {
		return defaultLimit
	}
	digits := strings.TrimLeft(text, "0")
	if digits == "" || strings.ContainsFunc(digits, func(c rune) bool { return c < '0' || c > '9' }) {
		p.fault(name, "want a positive integer, not %s", quote(text))
		return defaultLimit
	}
	limit, err := strconv.Atoi(digits)
	if err != nil { // digits, but too many for an int
		return maxLimit
	}
	return min(limit, maxLimit)
}

func (p *params) order(values url.Values) order {
	const name = "paging.order"
	text, there := p.single(values, name)
	switch {
	case !there:
		return byUpdate
	case order(text) != byUpdate && order(text) != byCreate:
		p.fault(name, "want %s or %s, not %s", byUpdate, byCreate, quote(text))
	}
	return order(text)
}
