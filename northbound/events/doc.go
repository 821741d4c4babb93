// Package events tells clients what changes, as it changes: Server-Sent Events at /api/v1/events.
//
//	Controller.Snapshot ─▶ one goroutine (Run): what differs from the last ─▶ ring of past events ─▶ a stream for each subscriber
//
// An event is about one resource: one of the four of IS-06 (network-devices, network-links, endpoints, network-flows), what one receiver of a flow
// gets (receivers), something that was denied (denials), what is out of use for maintenance (drains), or an essence that is sent twice and how far its
// trees are apart (redundancy). Its name is the resource's, its data a JSON object:
//
//	id: 1739620837:102938475
//	event: network-flows
//	data: {"cursor":"1739620837:102938475","resource":"network-flows","action":"updated","id":"…","before":{…},"after":{…}}
//
// For the four, "before" and "after" are what IS-06 answers; for the others they are [Delivery], and the Denial, the DrainedPart and the Pair of package
// ops. What is created
// has no "before", what is deleted no "after".
//
// # Cursors
//
// The id is a cursor in the form of IS-06's: <seconds>:<nanoseconds> of TAI, strictly increasing. A client that was cut off gives the last that it saw
// as the header Last-Event-ID, which a browser does by itself, or as ?since=, and gets what it missed, once each. So it does with the
// cursor of a page of IS-06, where it may also get what the page showed already. Heartbeats bring cursors too, so that a client that
// asked for few resources is not behind for hearing of none.
//
// # Besides changes
//
//	reset    the cursor that was given is not known here, or is too old: list again. Events go on from there.
//	cut-off  the client is too slow, what comes next for it is gone: list again. The stream ends.
//	end      the controller stops. The stream ends.
//
// A line that begins with a colon comes at least every 15 s and means nothing.
//
// # Invariants
//
//   - A stream gives each event that it asked for once, in order, or says that it did not.
//   - After the last event of a resource its "after" is what a list shows, when the network is at rest.
//   - What is told first never refers to what is told later: what goes, goes before what it refers to.
//   - The past, the subscribers and what waits for each are bounded. Streams share the ring; one that is behind costs nothing but its place there.
//
// # Standards
//
//   - WHATWG HTML, Server-sent events, §9.2.
//   - AMWA NMOS IS-06 v1.0.1: the resources. Notifications are what its authors left to be done.
//
// # Limits
//
// Changes are found by comparing states, at least 20 ms apart, or a second while nobody follows, and farther apart the longer that takes; what both states
// share is not compared. What comes and goes in between is not told, and two changes of one thing may be told as one. A denial that counts on is told of once a second; of many new ones at once, some
// later than others, and those that are forgotten by then not at all. Cursors do not outlive the controller: after a restart the answer to an older one is a
// reset. Whether senders send is not told: no snapshot has it.
package events
