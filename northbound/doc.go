// Package northbound is the HTTP server in front of the controller. It knows no resource of its own but the list at "/";
// the APIs beside it bring theirs.
//
//	listener ─▶ bounded connections ─▶ request log, audit ─▶ panics ─▶ CORS ─▶ size limits ─▶ router ─▶ API
//
// # Invariants
//
//   - Every answer of 400 and above that a handler or this package gives has the error body of IS-06: [Problem].
//   - Every answer carries Access-Control-Allow-Origin.
//   - A client never sees a stack trace or the text of an error that is not a [Problem]; the log has them.
//   - Nothing is redirected: a path counts with and without its trailing slash where [Mount] made it.
//   - A request that changes something is in the audit log, whether it succeeded or not.
//
// # Reading bodies
//
// [ReadForm] takes a request's JSON object in stages, each with its own message: media type, size, UTF-8, JSON, duplicate names,
// nesting. [Required] and [Optional] then read its members; what is wrong with each is collected, so that a client hears of all
// faults at once.
//
// # Standards
//
//   - AMWA NMOS IS-06 v1.0.1: base resources, error body, CORS, trailing slashes.
//   - RFC 9110 §15.5.6 (405 and Allow), §15.5.14 (413), §15.5.16 (415).
//   - RFC 8259: JSON; §4 names should be unique, here they must be.
//   - Fetch Standard, CORS protocol: preflight requests.
//
// # Limits
//
// What net/http itself refuses before a handler sees it (a malformed request line, headers of more than 64 KiB) is answered by it, in
// plain text. HTTP/2 is off: with it a connection could carry hundreds of requests, and the bound on connections would bound nothing.
// Who may call is not checked here; a TLS configuration with client certificates, or a proxy, does that.
package northbound
