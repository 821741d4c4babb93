package is06

import (
	_ "embed" // the document
	"sync"

	"crosspoint/northbound"
	"crosspoint/northbound/openapi"
)

// contractText is the API as an OpenAPI document. What a request may be is said there and nowhere else.
//
//go:embed openapi.json
var contractText []byte

// contract is the API's document and the checks that requests go through.
type contract struct {
	*openapi.Document
	putEndpoint, patchEndpoint, putFlow, patchFlow, postReceivers *openapi.Schema
	id, since, until, limit, order                                *openapi.Schema
	page                                                          []byte
}

// theContract parses the document once: it never changes, and every API has the same.
var theContract = sync.OnceValue(func() *contract {
	d, err := openapi.Parse(contractText, formats()...)
	if err != nil {
		panic("is06: " + err.Error())
	}
	page, err := d.Page(documentPath)
	if err != nil {
		panic("is06: " + err.Error())
	}
	return &contract{
		Document:    d,
		putEndpoint: body(d, "PUT", "/endpoints/{endpointId}"), patchEndpoint: body(d, "PATCH", "/endpoints/{endpointId}"),
		putFlow: body(d, "PUT", "/network-flows/{networkFlowId}"), patchFlow: body(d, "PATCH", "/network-flows/{networkFlowId}"),
		postReceivers: body(d, "POST", "/network-flows/{networkFlowId}/receivers"),
		id:            parameter(d, "networkFlowId"), since: parameter(d, "paging.since"), until: parameter(d, "paging.until"),
		limit: parameter(d, "paging.limit"), order: parameter(d, "paging.order"), page: page,
	}
})

func body(d *openapi.Document, method, path string) *openapi.Schema {
	return must(d.Body(method, path), method+" "+path)
}

func parameter(d *openapi.Document, name string) *openapi.Schema {
	return must(d.Parameter(name), name)
}

func must(s *openapi.Schema, what string) *openapi.Schema {
	if s == nil {
		panic("is06: openapi.json does not describe " + what)
	}
	return s
}

// formats are the rules that the document names where a pattern cannot say them. The same functions read the values later.
func formats() []openapi.Format {
	return []openapi.Format{
		{Name: "mac-address", Check: checking(parseMAC)},
		{Name: "lldp-id", Check: checking(parseLLDPID)},
		{Name: "host-address", Check: checking(parseHostAddr)},
		{Name: "multicast-group", Check: checking(parseGroup), Null: errUnicast()},
		{Name: "bit-rate", Check: checking(parseBandwidth)},
		{Name: "tai", Check: checking(parseCursor)},
	}
}

func checking[T any](parse func(string) (T, error)) func(string) error {
	return func(text string) error {
		_, err := parse(text)
		return err
	}
}

// reading makes a reader of a form's member.
func reading[T any](parse func(string) (T, error)) func(northbound.Value) (T, error) {
	return func(v northbound.Value) (T, error) {
		text, err := v.Text()
		if err != nil {
			return *new(T), err
		}
		return parse(text)
	}
}
