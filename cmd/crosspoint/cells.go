package main

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"crosspoint/northbound/ops"
	"crosspoint/topology"
)

func text(s string) cell { return cell{s, s} }

func number[N int | uint32 | uint64](n N) cell { return text(strconv.FormatUint(uint64(n), 10)) }

func yesNo(b bool) cell {
	if b {
		return text("yes")
	}
	return text("no")
}

func address(a netip.Addr) cell {
	if !a.IsValid() {
		return cell{}
	}
	return text(a.String())
}

func addresses(list []netip.Addr) string {
	words := make([]string, 0, len(list))
	for _, a := range list {
		words = append(words, a.String())
	}
	return strings.Join(words, " ")
}

func ethernet(m topology.MAC) cell { return text(m.String()) }

func port(p ops.PortRef) cell { return text(p.String()) }

func portOrNone(p *ops.PortRef) cell {
	if p == nil {
		return cell{}
	}
	return port(*p)
}

func endpointOrNone(e *ops.EndpointRef) cell {
	if e == nil {
		return cell{}
	}
	return text(e.String())
}

// shortID is enough of an id for a person to tell one from another, and for the API to find it.
func shortID(id uuid.UUID) string { return id.String()[:8] }

func identity(id uuid.UUID) cell { return cell{shortID(id), id.String()} }

// rate leaves zero empty: nobody told.
func rate(b topology.Bandwidth) cell {
	if b == 0 {
		return cell{}
	}
	return cell{rounded(b), b.String()}
}

// reserved writes zero too: nothing is reserved.
func reserved(b topology.Bandwidth) cell {
	if b == 0 {
		return text("0")
	}
	return rate(b)
}

// rounded keeps at most two decimals of the largest unit that the rate has one of.
func rounded(b topology.Bandwidth) string {
	unit, name := topology.Kbit, "kbit/s"
	switch {
	case b >= topology.Gbit:
		unit, name = topology.Gbit, "Gbit/s"
	case b >= topology.Mbit:
		unit, name = topology.Mbit, "Mbit/s"
	}
	digits := strconv.FormatFloat(float64(b)/float64(unit), 'f', 2, 64)
	return strings.TrimSuffix(strings.TrimRight(digits, "0"), ".") + name
}

// when is "3s ago" by the controller's clock for people, and the time itself for programs.
func when(now, t time.Time) cell {
	if t.IsZero() {
		return cell{}
	}
	full := t.UTC().Format(time.RFC3339Nano)
	if t.After(now) {
		return cell{"in " + roughly(t.Sub(now)), full}
	}
	return cell{roughly(now.Sub(t)) + " ago", full}
}

// roughly gives a length of time in its largest unit.
func roughly(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%ds", d/time.Second)
	case d < time.Hour:
		return fmt.Sprintf("%dm", d/time.Minute)
	case d < day:
		return fmt.Sprintf("%dh", d/time.Hour)
	}
	return fmt.Sprintf("%dd", d/day)
}
