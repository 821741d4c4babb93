// Package scenario is a test plan in words, and what carries it out on any testbed.Fabric against a running controller.
//
// # The format
//
// One step a line. Words are separated by blanks; "…" holds blanks and Go escapes, `…` holds anything as it is; # starts a comment.
// The first lines say what to bring up, then come steps. A part groups steps under a name; steps before the first are in part "start".
//
//	topology leaf-spine spines 2 leaves 4 hosts 3     or: ring switches 5 hosts 2 · single hosts 6
//	topology single hosts 6 hub h3 h4 hub h5 h6       the hosts of a hub share a port, and hear each other; hub1, hub2, …
//	switches listen                                   the controller dials them (ptcp); left out: they dial it
//	serve --lldp-interval 100ms                       further arguments of the controller
//	part start
//
// What a broadcast controller does, over IS-06:
//
//	endpoint h4 h5 role receiver label "Monitor"      also: at lf2-eth3, max 1Gbit/s
//	endpoint h4 over IPv6                             its IPv6 address, an endpoint of its own; flows take what fits their group
//	attach h4 at lf3-eth2                             the port that an endpoint has been, or will be, moved to
//	delete endpoint h4 · delete endpoint h4 over IPv6
//	flow cam1 from h1 to 239.1.1.1 bandwidth 20Mbit/s receivers h4 h7
//	                                                  also: forward no, dscp AF41, profile wide, label "…"
//	patch cam1 forward yes bandwidth 30Mbit/s
//	receivers cam1 add h9 · receivers cam1 remove h9 · delete flow cam1
//	refused 400 "bandwidth" patch cam1 bandwidth 90Gbit/s
//	request PUT endpoints/$h4 `{"id": 1}` expect 400 "id"       $name is the id of a host's endpoint or of a flow
//
// What an operator does, over the read API's own writes:
//
//	drain sp1 · drain sp1 port sp1-eth2               moves everything away; what stays is a fault
//	drain on cam1 h4                                  the first switch behind the sender's on the way of cam1 to h4
//	undrain all
//	optimise · optimise moves 1                       at least so many flows move to better trees
//	take h4 h5 from cam1 to cam2 and h6 from cam2 to cam1 mode make-before-break
//	                                                  all together; left out: break-before-make
//	pair main red blue                                two flows are legs of one essence; their trees must be apart
//	legs red blue survive                             each link down in turn: every receiver gets one of the legs whole
//
// What hosts do:
//
//	send cam1                                         the flow's sender sends to its group; also: rate 1000 size 200, burst 16 (packets back to back)
//	send rogue from h12 to 239.9.9.9 rate 100         a stream that is no flow
//	stop cam1
//	join h5 232.1.1.1 source h2 · join h8 239.1.1.3 version 2
//	                                                  by IGMP, version 1, 2 or 3; one that speaks version 1 leaves without a word
//	join h5 ff3e::1 source h2 · join h8 ff05::1:3 version 1      by MLD, version 1 or 2
//	leave h5 232.1.1.1 source h2
//	ping h1 h12 · ping h1 h12 over IPv6
//
// What happens to the network and to the controller:
//
//	link down sp1 lf1 · link up sp1 lf1
//	link down on cam1 h4                              the first link between switches on the way of cam1 to h4
//	link silent sp1 lf1 · link silent on cam1 h4      ports stay up, and everything is dropped both ways; "link up" ends it
//	swap h4 h9                                        each is plugged in where the other was; one that takes no part stands for a free port
//	watch links every 10ms                            BFD on every link between switches; where it finds silence, the port loses LIVE
//	outage cam1 h4 below 50ms                         takes that link down; bounds how long any receiver is without packets
//	outage cam1 h4 silent below 500ms                 the same, with a link that drops everything
//	kill controller · start controller                kill -9
//	garbage "GET / HTTP/1.1" closed within 5s         said to the OpenFlow port by no switch; logged once with the peer's address
//
// Time and truth. A wait polls until it holds or its time is over (10 s, or as "within" says); only run lets time pass.
//
//	wait topology · wait synced · wait located        every switch and link is known; tables are as wanted; endpoints are found
//	wait settled                                      all of it, and each receiver is what the plan makes of it
//	wait cam1 h4 forwarding within 2s                 any state of a receiver as the read API names it
//	wait status cam1 h4 "sender silent"               any state of a receiver as the flow's status names it, which looks at the switches' counters
//	wait denied join h9 239.1.1.2 "not on" · wait denied send h12 239.9.9.9
//	mark                                              settle, then count what arrives from zero
//	judge                                             asks the oracle at once; streams begin anew after it
//	run 2s
//	remember · expect unchanged                       tables of all switches, endpoints and flows, line by line
//	expect received h4 cam1 lost 0 duplicated 0       arrived since the last mark; the figures are the most there may be
//	expect nothing h9
//	expect gap h4 cam1 below 50ms
//	expect overlap h4 cam1 cam2                       the last packet of cam1 came after the first of cam2
//	expect path cam1 h4 lf1-eth3 lf1-eth1 sp1-eth1 sp1-eth2 lf2-eth1 lf2-eth3 · expect path cam1 h4 none
//	expect rate cam1 sent 1000 dropped 480 off 15     packets/s on each switch of the tree; dropped by the meter; off: by percents of sent
//	expect verified within 500ms                      how soon after its connection each switch was found as wanted
//
// # The oracle
//
// The runner keeps its own account of who may have what (see account.go), from the plan alone. After the last step, whatever the plan says:
// nothing that never was allowed arrived anywhere at any time; from a quiet moment on each active receiver gets each packet exactly once and
// everybody else nothing; no link is reserved beyond its limit; every switch holds what it should; and the simulated fabric saw no packet loop.
// It tells all that is wrong, not the first.
//
// Limits: what arrives is compared with what was allowed at some time since the last mark; to the packet only at the end. Fabrics with a
// partition have receivers that cannot be served, which the account does not know.
package scenario
