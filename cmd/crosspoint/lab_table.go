package main

import (
	"fmt"
	"io"
	"time"

	"crosspoint/controller/core"
	"crosspoint/testbed"
	"crosspoint/testbed/scenario"
)

// writeReport writes who gets what, and who was denied.
func writeReport(w io.Writer, r scenario.Report) error {
	fmt.Fprintln(w)
	flows := newTable("FLOW", "FROM", "GROUP", "TO", "STATE", "RECEIVED", "LOST", "DUPLICATED", "REORDERED", "P50", "P99", "GAP")
	for _, row := range r.Rows {
		flows.add(flowCells(row)...)
	}
	if err := flows.write(w, layout{aligned: true, header: true}); err != nil {
		return err
	}
	fmt.Fprintln(w)
	denied := newTable("DENIED", "HOST", "PORT", "GROUP", "COUNT", "ARRIVED", "REASON")
	for _, d := range r.Denied {
		denied.add(deniedCells(d)...)
	}
	return denied.write(w, layout{aligned: true, header: true})
}

func flowCells(row scenario.Row) []cell {
	cells := []cell{text(row.Flow.Label), text(row.Sender), address(row.Flow.Group)}
	if row.Receiver == nil {
		return append(cells, text("nobody"), text("stays at its sender"), cell{}, cell{}, cell{}, cell{}, cell{}, cell{}, cell{})
	}
	cells = append(cells, text(row.Host), text(string(row.Receiver.State)))
	return append(cells, receptionCells(row.Got)...)
}

func receptionCells(got testbed.Reception) []cell {
	if got.Received == 0 {
		return []cell{text("0"), cell{}, cell{}, cell{}, cell{}, cell{}, cell{}}
	}
	return []cell{
		number(got.Received), number(got.Lost), number(got.Duplicated), number(got.Reordered),
		delay(got.DelayP50), delay(got.DelayP99), delay(got.MaxGap),
	}
}

func delay(d time.Duration) cell {
	return text(fmt.Sprintf("%.2fms", float64(d)/float64(time.Millisecond)))
}

func deniedCells(d scenario.Denied) []cell {
	count := fmt.Sprintf("%d packets dropped", d.Count)
	if d.Kind == core.DeniedJoin {
		count = fmt.Sprintf("%d reports", d.Count)
	}
	return []cell{text(string(d.Kind)), text(d.Host), port(d.At), address(d.Group), text(count), number(d.Arrived), text(d.Reason)}
}
