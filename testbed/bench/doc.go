// Package bench is the measuring stand: figures that anyone can repeat, beside the floor and beside what a user would otherwise run, all in
// one run. Machines differ and are noisy, so what counts is the ratio.
//
//	Workloads ──run──▶ contenders ──samples──▶ Book ──Rows──▶ Results ──▶ table, report.json, report.html
//	what is done       Crosspoint (a process of its own)      a figure, its target, its floor
//	                   floor: a raw client on the same switches that decides nothing
//	                   peers: os-ken, Open vSwitch's snooping
//
// A workload is done several times by each contender in turn, so that what the machine does meanwhile hits all alike. A row is the median
// over these rounds of a statistic of each round; its spread is the distance between the quartiles of the rounds.
//
// Invariants:
//   - A figure and its floor come from the same run, by the same tools, on the same switches.
//   - What could not be measured is a row that says why, never a row that is missing.
//   - Nothing outlives a run, also one that is interrupted: contenders die with the stand, and fabrics take themselves down.
//
// It needs what the lab needs for the rows on Open vSwitch: root, Open vSwitch, Mininet. The others run anywhere.
package bench
