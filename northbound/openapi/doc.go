// Package openapi has one OpenAPI 3.1 document be what it says: it checks what a server is asked, and what it answers, and it is a page
// for people to read.
//
//	document ─┬▶ Schema.Check ─▶ northbound.Faults, in the document's own words
//	          ├▶ Answers.Check ─▶ whether a status, its headers and its body are as described
//	          └▶ Page ─▶ HTML without outside resources
//
// # Invariants
//
//   - A document that refers to nothing, has a schema that is none, or names a format that nobody checks is refused when it is parsed:
//     nothing passes for want of looking.
//   - A fault has the path of the attribute, what is there, and what would be right: a schema's title and first example say that.
//   - Checking is bounded by the size of the value: numbers are floats, patterns run in linear time.
//
// # Standards
//
//   - OpenAPI 3.1.1, whose schemas are JSON Schema draft 2020-12; formats are asserted.
//   - RFC 6901: JSON Pointer.
//
// # Limits
//
// Operations, parameters and bodies are looked at as far as Crosspoint's document uses OpenAPI: one media type, application/json; references
// inside of the document; parameters as single values. Links, callbacks, webhooks and security are not.
package openapi
