package bench

import "slices"

// Workloads lists all workloads, in the order in which they run.
func Workloads() []Workload {
	return slices.Concat(toolWorkloads(), joinWorkloads(), stormWorkloads(), floodWorkloads(), flowWorkloads(), takeWorkloads(), failureWorkloads(), scaleWorkloads(), peerWorkloads(), microWorkloads())
}

// Rows lists all rows of the report, in its order.
func Rows() []Row {
	return slices.Concat(toolRows(), joinRows(), stormRows(), floodRows(), flowRows(), takeRows(), failureRows(), scaleRows(), peerRows(), microRows())
}

func joinRows() []Row {
	return []Row{
		{
			Name: "join.p50", Title: "IGMP report on the wire → first packet, one switch", Unit: "ms",
			Series: "join", Stat: Median, Floor: Raw, Target: within(1.25),
		},
		{
			Name: "join.p99", Title: "IGMP report on the wire → first packet, one switch, slowest 1 %", Unit: "ms",
			Series: "join", Stat: P99, Floor: Raw, Target: atMost(3),
		},
		{
			Name: "leave.p50", Title: "IGMP leave on the wire → last packet, one switch", Unit: "ms",
			Series: "join.leave", Stat: Median, Floor: Raw, Target: within(1.25),
		},
		{
			Name: "leave.p99", Title: "IGMP leave on the wire → last packet, one switch, slowest 1 %", Unit: "ms",
			Series: "join.leave", Stat: P99, Floor: Raw, Target: atMost(3),
		},
		{
			Name: "join.kernel.p50", Title: "join by the kernel (it waits about 12 ms) → first packet", Unit: "ms",
			Series: "join.kernel", Stat: Median, Floor: Raw, Target: Target{Over: 1},
		},
		{
			Name: "graft.p50", Title: "report → first packet over three switches, 2×4 leaf-spine", Unit: "ms",
			Series: "graft", Stat: Median, Floor: Raw, Target: atMost(2),
		},
		{
			Name: "graft.p99", Title: "report → first packet over three switches, slowest 1 %", Unit: "ms",
			Series: "graft", Stat: P99, Floor: Raw,
		},
		{
			Name: "zap.p50", Title: "a receiver steps through 100 flows: report → first packet of the next", Unit: "ms",
			Series: "zap", Stat: Median, Floor: Raw,
		},
		{
			Name: "zap.p99", Title: "a receiver steps through 100 flows, slowest 1 %", Unit: "ms",
			Series: "zap", Stat: P99, Floor: Raw,
		},
		{
			Name: "work.p50", Title: "controller work of a join: PACKET_IN read → GROUP_MOD written, 1,000 groups", Unit: "µs",
			Series: "work", Stat: Median, Floor: Raw, Target: atMost(60),
		},
		{
			Name: "work.p99", Title: "controller work of a join at 1,000 groups, slowest 1 %", Unit: "µs",
			Series: "work", Stat: P99, Floor: Raw, Target: atMost(300),
		},
	}
}
