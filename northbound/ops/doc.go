// Package ops is the API for whoever runs the network, as JSON under /api/v1: what the controller knows of switches, ports, links, hosts, endpoints,
// flows, memberships and denials, what each switch's tables hold; and maintenance, takes and redundancy, which change something.
//
//	GET /api/v1/switches                      every switch that is or was connected, with its ports
//	GET /api/v1/switches/{id or name}         one of them
//	GET /api/v1/switches/{id or name}/tables  ?side=have (read from the switch now), want, or diff; each line says what it is there for
//	GET /api/v1/ports                         every port: edge, link or local
//	GET /api/v1/links                         every direction of every link, with what is reserved on it
//	GET /api/v1/hosts                         where hosts were seen
//	GET /api/v1/endpoints                     registered endpoints and where they are
//	GET /api/v1/flows                         network flows, their trees, and what each receiver gets and why
//	GET /api/v1/flows/{uuid}                  one of them; an unambiguous start of the id (4 characters or more) or the label will do
//	GET /api/v1/network-flows/{uuid}/status   what each receiver gets and by which ports, what is reserved, and what the switches count now
//	GET /api/v1/memberships                   what hosts asked for by IGMP, and the verdict
//	GET /api/v1/denials                       what was asked for or sent and was not allowed, newest first
//	GET /api/v1/sessions                      open OpenFlow sessions: messages, bytes, what waits, round trips, what went wrong
//	GET /api/v1/counters                      what happened since start
//	GET /api/v1/version                       what is running
//	GET /api/v1/health                        200 when the controller answers
//	GET /api/v1/queriers                      who else asks for memberships at edge ports
//	GET /api/v1/drain                         what was taken out of use, and which flows still need it
//	GET /api/v1/redundancy                    flows that carry one essence twice (ST 2022-7), and how far their trees are apart
//	GET /api/v1/redundancy/{name}             one pair of them
//	GET /api/v1/backup                        the store's file as of one instant, to be restored by "crosspoint restore"; it is not JSON
//
// What changes something is answered when switches and disk have it, or not at all; with "try": true it changes nothing, and tells what it would do.
//
//	POST /api/v1/drain                        {"switch", "port", "try"}: move flows off a switch, or off the cable at a port, and keep them off
//	DELETE /api/v1/drain/{id or name}         ?port=: give it back to use
//	POST /api/v1/optimise                     {"try"}: move flows to better trees
//	POST /api/v1/salvos                       {"takes": [{"receiver", "from", "to", "mode"}]}: move receivers from flow to flow, all or none
//	PUT /api/v1/redundancy/{name}             {"legs": [flow, flow]}: keep two flows apart
//	DELETE /api/v1/redundancy/{name}          forget that; what the flows' labels say is changed there
//
// In bodies, switches go by name or id, ports by name or number, flows by id, an unambiguous start of it, or label, endpoints by address as well. An
// attribute that is unknown is refused. What a body names and is not there is 400, what the path names 404; 409 is for what another resource stands in the way
// of.
//
// Lists can be narrowed with ?switch={id or name} and ?flow={uuid}, where that means something; an unknown parameter is refused, so that
// a misspelt one does not look like an answer.
//
// The types in wire.go are the API. They stand on their own: a port comes with its switch's name, a receiver with its endpoint's
// label, so that no reader has to join lists. Every answer is made from one snapshot, and so is consistent in itself; two requests may see
// two revisions. Only the tables, and the counts of a flow's status, are read from the switches at that moment and may be ahead of, or
// behind, a change in flight.
//
// A rate needs two readings. A request for a status compares with that of an earlier one, if that was made within the last two seconds;
// else it reads each switch of the tree twice, 200 ms apart, and a third time after a second where that is too short to tell: where nothing was
// sent, and where there is no meter, for Open vSwitch brings the counts of entries up to date only twice a second. So it may take a
// second, and says over which time the rates are.
//
// Errors have the body of package northbound, as those of IS-06 do: {"code", "error", "debug"}.
//
// Ids, addresses and rates are text in their usual forms: datapath ids as 16 hexadecimal digits, MAC addresses with colons,
// bandwidth as IS-06 v1.0.1 writes it. Times are RFC 3339 with nanoseconds, in UTC. An attribute that is unknown is left out.
//
// [Client] is the same API for a Go program.
//
// Limits: there is no paging and no authentication. Whoever can reach the port can read and change everything,
// and with /backup the key that authenticates our LLDP; only pages from elsewhere in a browser may not read that one.
package ops
