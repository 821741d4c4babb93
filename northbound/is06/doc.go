// Package is06 is the Network Control API of AMWA NMOS IS-06 v1.0.1: a broadcast controller registers endpoints, creates network
// flows between them, and sees the switches and links that the controller found.
//
//	request ─▶ openapi.json: types, patterns, bounds ─▶ form: conversion ─▶ core.Change ─▶ Controller.Submit ─▶ core.Result or *core.Refusal ─▶ answer
//	GET ─▶ Controller.Snapshot ─▶ wire types ─▶ filters ─▶ page
//
// # Invariants
//
//   - What reaches the controller is well formed by IS-06's schemas, bounded, and canonical. What it means for the network (that
//     an endpoint exists, that its role allows it, that there is room) only the controller knows.
//   - openapi.json says what a request may be, and nothing else does: the conversion after it refuses nothing that it lets through, but an id
//     that is not the path's. The document is served as it is, and every answer is as it says.
//   - A request is one change: carried out whole or not at all.
//   - Answers have the attributes of the schemas and no other. Bandwidths are in the largest unit that needs no fraction.
//   - A resource's times are never in a body; they order the lists and are their cursors.
//
// # Decisions where the standard leaves room
//
//   - An unknown attribute is dropped where the schema allows it (PUT of an endpoint or a flow, POST of receivers): 400 is for what breaks a
//     schema, and a client written against a later minor version must not fail on what it adds. The answer shows what was taken. In a
//     PATCH it is 400, as IS-06 says: there it can only mean a change that would not happen.
//   - The document is stricter than IS-06's schemas where the network is: a group of null is refused, a label has at most 4096 characters, an
//     LLDP id one line of at most 255 bytes, a rate is at most 100000Gbit/s, and an interface's address is one that can be an interface's.
//   - The document and its page are below the base, whose list has the four children that IS-06 names and no other.
//   - PATCH of an endpoint knows no 409: another endpoint in the way is 400 there, and a flow in the way as well.
//   - An id in a path that is no UUID by IS-06's pattern names nothing: 404, but 400 for PUT.
//   - A receiver that is named twice in one request is 400 (uniqueItems); one that the flow lists already is no error.
//   - A link is listed while both of its directions are usable; its speed is the smaller of the two capacities.
//   - A switch is listed as long as the controller knows it, connected or not. An interface's speed is the nearest that IS-06 can
//     name and that is not above the real one; below 100 Mbit/s there is none, and it is 100Mbit/s.
//   - Lists give 100 resources unless asked, and at most 1000.
//
// # Standards
//
//   - AMWA IS-06 v1.0.1: NetworkControlAPI.raml and its schemas.
//   - RFC 8288: the Link header.
//   - RFC 9562 §5.5: UUID version 5, for switches and links.
//
// # Cost
//
// A page is found in the snapshot's own orders by binary search and only what is on it is written. Filters look at resources from the page's
// start until it is full; what they turn down costs a tenth of a microsecond each. Nothing is kept between requests.
//
// # Limits
//
// The endpoints of a flow have addresses of the IP version of its group. MTUs are not known from OpenFlow and are said to be 1500.
package is06
