package controller

import (
	"context"
	"errors"
	"fmt"

	"crosspoint/flows"
	"crosspoint/openflow"
	"crosspoint/openflow/ofconn"
	"crosspoint/topology"
)

// connOf gives the connection of a switch, or why there is none.
func (c *Controller) connOf(sw topology.SwitchID) (*ofconn.Conn, error) {
	conn, known, err := c.connTo(sw, func() {})
	switch {
	case err != nil:
		return nil, err
	case !known:
		return nil, fmt.Errorf("no switch %s is known", sw)
	case conn == nil:
		return nil, fmt.Errorf("switch %s is away", sw)
	}
	return conn, nil
}

// Counters reads from a switch, now, what its entries for the object of a cookie have counted, and the meters that those entries use
// (OpenFlow 1.3.5 §7.3.5.2, §7.3.5.12). No entry is no error: then the switch holds nothing of that owner.
func (c *Controller) Counters(ctx context.Context, sw topology.SwitchID, cookie uint64) (openflow.FlowStatsReply, openflow.MeterStatsReply, error) {
	conn, err := c.connOf(sw)
	if err != nil {
		return nil, nil, err
	}
	entries, err := multipart[openflow.FlowStatsReply](ctx, conn, openflow.FlowStatsRequest{
		Table: openflow.TableAll, OutPort: openflow.PortAny, OutGroup: openflow.GroupAny, Cookie: cookie, CookieMask: flows.CookieMaskObject,
	})
	if err != nil {
		return nil, nil, fmt.Errorf("read flow counters of switch %s: %w", sw, err)
	}
	if !metered(entries) {
		return entries, nil, nil
	}
	meters, err := readMeter(ctx, conn, openflow.MeterID(flows.OwnerOf(cookie).Object))
	if err != nil {
		return nil, nil, fmt.Errorf("read meter counters of switch %s: %w", sw, err)
	}
	return entries, meters, nil
}

// PortCounters reads from a switch, now, the counters of all its ports (OpenFlow 1.3.5 §7.3.5.6).
func (c *Controller) PortCounters(ctx context.Context, sw topology.SwitchID) (openflow.PortStatsReply, error) {
	conn, err := c.connOf(sw)
	if err != nil {
		return nil, err
	}
	ports, err := multipart[openflow.PortStatsReply](ctx, conn, openflow.PortStatsRequest{Port: openflow.PortAny})
	if err != nil {
		return nil, fmt.Errorf("read port counters of switch %s: %w", sw, err)
	}
	return ports, nil
}

// metered reports whether an entry uses a meter: to ask for one that is not there is an error.
func metered(entries openflow.FlowStatsReply) bool {
	for _, e := range entries {
		for _, in := range e.Instructions {
			if _, ok := in.(openflow.UseMeter); ok {
				return true
			}
		}
	}
	return false
}

// readMeter reads one meter. One that was deleted since its entry was read is none.
func readMeter(ctx context.Context, conn *ofconn.Conn, id openflow.MeterID) (openflow.MeterStatsReply, error) {
	meters, err := multipart[openflow.MeterStatsReply](ctx, conn, openflow.MeterStatsRequest{Meter: id})
	var refused *openflow.ErrorMsg
	if errors.As(err, &refused) && refused.ErrType == openflow.ErrMeterModFailed {
		return nil, nil
	}
	return meters, err
}
