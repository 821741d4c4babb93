// Package bench is the measuring stand: figures that anyone can repeat, beside the floor and beside what a user would otherwise run, all in
// one run. Machines differ and are noisy, so what counts is the ratio.
//
//	Workloads ──run──▶ contenders ──samples──▶ Book ──Rows──▶ Results ──▶ table, report.json, report.html
//	what is done       Crosspoint (a process of its own)      a figure, its target, its floor
//	                   floor: a raw client on the same switches that decides nothing
//	                   peers: os-ken, Open vSwitch's snooping; OVN and FRR, each on a network of its own
//
// A workload is done several times by each contender in turn, so that what the machine does meanwhile hits all alike. A row is a statistic of all
// samples of all rounds, with bounds that hold it with 95 % confidence: those of a middle come from the rounds, which count as one observation
// each, those of the slowest 1 % from the rounds and from all samples. Compare says where the bounds of two runs do not overlap.
//
// Invariants:
//   - A figure and its floor come from the same run, by the same tools, on the same switches.
//   - What could not be measured is a row that says why, never a row that is missing.
//   - What was never answered is a sample of the time for which it was waited, and is told.
//   - What misses its target is named, with where the time goes (missed.md).
//   - Nothing outlives a run, also one that is interrupted: contenders die with the stand, and fabrics take themselves down.
//
// It needs what the lab needs for the rows on Open vSwitch: root, Open vSwitch, Mininet. The others run anywhere. Peers are what Debian packages;
// FRR needs a kernel that routes multicast.
package bench
