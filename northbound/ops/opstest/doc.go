// Package opstest is a controller that stands still: one snapshot, and tables to go with it, for tests of what shows them.
//
//	        sp1
//	  eth1 /   \ eth2
//	 eth1 /     \ eth1
//	    lf1     lf2          lf3, gone
//	eth2/ \eth3 eth2/ \eth3
//	  h1   h2     h3   h4
//
// h1 (10.0.0.1) is the endpoint "Camera 1", h2 "Monitor 2", h3 an endpoint without a label; h4 is not registered. The endpoint
// "Replay" was never found. The flow "Camera 1 clean" goes to h3, is reserved for h2, and waits for Replay; another flow, without a
// label, goes from h1 to h2 on the same switch. The two are legs of one essence, "cam1". The cable between sp1 and lf2 is drained, and
// h4 asks for memberships.
package opstest
