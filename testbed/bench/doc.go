// Package bench measures Crosspoint end to end on real Open vSwitch, beside the floor: the same modifications sent raw, by a client without any
// controller logic, in the same run. Machines differ and are noisy, so what counts is the ratio of the two.
//
//	go test -run '^$' -bench . ./testbed/bench
//
// It needs what the lab needs: root, Open vSwitch, Mininet.
package bench
