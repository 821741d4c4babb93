package main

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// table is rows of cells under a header.
type table struct {
	header []string
	rows   [][]cell
}

func newTable(header ...string) *table { return &table{header: header} }

func (t *table) add(cells ...cell) {
	if len(cells) != len(t.header) {
		panic(fmt.Sprintf("crosspoint: %d cells under a header of %d", len(cells), len(t.header)))
	}
	t.rows = append(t.rows, cells)
}

// layout is how a table is written.
type layout struct {
	aligned bool // for a person; else tab-separated, with the whole of each cell
	header  bool
}

func (t *table) write(w io.Writer, l layout) error {
	out := bufio.NewWriter(w)
	rows := t.text(l)
	if l.aligned {
		writeAligned(out, rows)
	} else {
		for _, row := range rows {
			fmt.Fprintln(out, strings.Join(row, "\t"))
		}
	}
	return out.Flush()
}

func (t *table) text(l layout) [][]string {
	var rows [][]string
	if l.header {
		rows = append(rows, t.header)
	}
	for _, cells := range t.rows {
		row := make([]string, 0, len(cells))
		for _, c := range cells {
			row = append(row, c.text(l.aligned))
		}
		rows = append(rows, row)
	}
	return rows
}

// writeAligned puts two spaces between columns and none at the end of a line.
func writeAligned(out io.Writer, rows [][]string) {
	var widths []int
	for _, row := range rows {
		widths = append(widths, make([]int, max(0, len(row)-len(widths)))...)
		for i, s := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(s))
		}
	}
	for _, row := range rows {
		var line strings.Builder
		for i, s := range row {
			line.WriteString(s)
			line.WriteString(strings.Repeat(" ", widths[i]-utf8.RuneCountInString(s)+2))
		}
		fmt.Fprintln(out, strings.TrimRight(line.String(), " "))
	}
}

// cell is one value in the form for people and in the form for programs.
type cell struct{ short, full string }

func (c cell) text(aligned bool) string {
	if !aligned {
		return printable(c.full)
	}
	if c.short == "" {
		return "-"
	}
	return printable(c.short)
}

// printable keeps what clients named from moving a terminal's cursor or breaking a line.
func printable(s string) string {
	var b strings.Builder
	for _, r := range s {
		if unicode.IsPrint(r) {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}
