package controller

import (
	"context"
	"fmt"

	"crosspoint/flows"
	"crosspoint/openflow"
	"crosspoint/openflow/ofconn"
)

// readTables reads all flows, groups and meters of a switch (OpenFlow 1.3.5 §7.3.5).
func readTables(ctx context.Context, conn *ofconn.Conn) (flows.Tables, error) {
	entries, err := multipart[openflow.FlowStatsReply](ctx, conn, openflow.FlowStatsRequest{
		Table: openflow.TableAll, OutPort: openflow.PortAny, OutGroup: openflow.GroupAny,
	})
	if err != nil {
		return flows.Tables{}, fmt.Errorf("read flows: %w", err)
	}
	groups, err := multipart[openflow.GroupDescReply](ctx, conn, openflow.GroupDescRequest{})
	if err != nil {
		return flows.Tables{}, fmt.Errorf("read groups: %w", err)
	}
	meters, err := multipart[openflow.MeterConfigReply](ctx, conn, openflow.MeterConfigRequest{Meter: openflow.MeterAll})
	if err != nil {
		return flows.Tables{}, fmt.Errorf("read meters: %w", err)
	}
	return flows.ReadBack(entries, groups, meters), nil
}

// multipart asks for one kind of list.
func multipart[T openflow.ReplyBody](ctx context.Context, conn *ofconn.Conn, ask openflow.RequestBody) (T, error) {
	var none T
	body, err := conn.Multipart(ctx, ask)
	if err != nil {
		return none, err
	}
	list, ok := body.(T)
	if !ok {
		return none, fmt.Errorf("the answer is %T, not %T", body, none)
	}
	return list, nil
}
