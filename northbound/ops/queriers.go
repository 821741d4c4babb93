package ops

import (
	"context"
	"net/netip"
	"time"

	"crosspoint/igmp"
	"crosspoint/topology"
)

// Querier is somebody else at an edge port who asks for memberships (RFC 3376 §6.6.2, RFC 3810 §7.6.2).
type Querier struct {
	At      PortRef    `json:"at"`
	Addr    netip.Addr `json:"addr"`
	Version string     `json:"version"` // "IGMPv3"
	Obeyed  bool       `json:"obeyed"`  // the controller is silent at that port as long as the other asks
	// IntervalSeconds is the time between its general queries, as it says or as it is taken to be.
	IntervalSeconds float64   `json:"interval_seconds"`
	Since           time.Time `json:"since,omitzero"`
	Last            time.Time `json:"last,omitzero"`
	Expires         time.Time `json:"expires,omitzero"` // from then on it counts as gone, unless it asks before (RFC 3376 §8.5)
}

// Queriers lists the queriers of others. Of the filter only Switch may be set.
func (c Client) Queriers(ctx context.Context, f Filter) (*List[Querier], error) {
	return get[List[Querier]](ctx, c, "queriers", f.query())
}

func queriers(x *index) []Querier { return mapped(x.Queriers, x.querierView) }

func (x *index) querierView(q igmp.OtherQuerier) Querier {
	at := topology.PortRef{Switch: topology.SwitchID(q.Port.Switch), Port: topology.PortID(q.Port.Port)}
	return Querier{
		At: x.port(at), Addr: q.Addr, Version: q.Version.String(), Obeyed: q.Obeyed, IntervalSeconds: q.Timing.QueryInterval.Seconds(),
		Since: utc(q.Since), Last: utc(q.Last), Expires: utc(q.Last.Add(q.Timing.OtherQuerierPresent())),
	}
}

func keepQuerier(f filter, q Querier) bool { return f.at(&q.At) }
