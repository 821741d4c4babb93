package controller

import (
	"cmp"
	"maps"
	"slices"

	"crosspoint/controller/core"
)

// unsaved are records that wait to be written: of each thing the newest.
type unsaved map[recordID]core.Record

type recordID struct {
	kind core.RecordKind
	key  string
}

func idOf(r core.Record) recordID { return recordID{r.Kind, r.Key} }

func (u unsaved) add(records []core.Record) {
	for _, r := range records {
		u[idOf(r)] = r
	}
}

// sorted lists the records in one order, whatever the order they came in.
func (u unsaved) sorted() []core.Record {
	return slices.SortedFunc(maps.Values(u), func(a, b core.Record) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Key, b.Key))
	})
}

// forgetAllBut drops deletions of things that are not held, which are none.
func (u unsaved) forgetAllBut(held []core.Record) {
	there := make(map[recordID]bool, len(held))
	for _, r := range held {
		there[idOf(r)] = true
	}
	maps.DeleteFunc(u, func(id recordID, r core.Record) bool { return r.Value == nil && !there[id] })
}
