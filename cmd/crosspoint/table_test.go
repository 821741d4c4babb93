package main

import (
	"bytes"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"crosspoint/topology"
)

func TestTable(t *testing.T) {
	tbl := newTable("A", "LONGER")
	tbl.add(cell{"à→b", "full"}, cell{})
	tbl.add(text("x"), text("y"))
	for _, tt := range []struct {
		layout layout
		want   string
	}{
		{layout{aligned: true, header: true}, "A    LONGER\nà→b  -\nx    y\n"},
		{layout{aligned: true}, "à→b  -\nx    y\n"},
		{layout{header: true}, "A\tLONGER\nfull\t\nx\ty\n"},
		{layout{}, "full\t\nx\ty\n"},
	} {
		var out bytes.Buffer
		require.NoError(t, tbl.write(&out, tt.layout))
		assert.Equal(t, tt.want, out.String(), "%+v", tt.layout)
	}
	assert.Panics(t, func() { tbl.add(text("one cell")) })
}

// TestTableKeepsItsShape puts anything into cells, as clients may: every row stays one line with its columns.
func TestTableKeepsItsShape(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tbl := newTable("A", "B", "C")
		rows := rapid.IntRange(0, 4).Draw(t, "rows")
		for range rows {
			tbl.add(text(rapid.String().Draw(t, "a")), text(rapid.String().Draw(t, "b")), text("\x1b[2J\t\n\u202e"))
		}
		var out bytes.Buffer
		require.NoError(t, tbl.write(&out, layout{header: true}))
		lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
		require.Len(t, lines, rows+1)
		for _, line := range lines {
			require.Equal(t, 2, strings.Count(line, "\t"))
			for _, r := range line {
				require.True(t, r == '\t' || unicode.IsPrint(r), "%q", r)
			}
		}
	})
}

func TestPrintable(t *testing.T) {
	assert.Equal(t, `Kamera é "1"`, printable(`Kamera é "1"`))
	assert.Equal(t, `\u001b[31m\u0009\u000a\u0085\u202e`, printable("\x1b[31m\t\n\u0085\u202e"))
}

func TestWhen(t *testing.T) {
	now := time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		before time.Duration
		want   string
	}{
		{0, "0s ago"}, {999 * time.Millisecond, "0s ago"}, {59 * time.Second, "59s ago"}, {time.Minute, "1m ago"},
		{3 * time.Hour, "3h ago"}, {23*time.Hour + 59*time.Minute, "23h ago"}, {49 * time.Hour, "2d ago"}, {-4 * time.Minute, "in 4m"},
	} {
		assert.Equal(t, tt.want, when(now, now.Add(-tt.before)).short)
	}
	assert.Equal(t, cell{}, when(now, time.Time{}))
	berlin := time.FixedZone("CET", 3600)
	assert.Equal(t, "2026-03-04T12:00:00.000000001Z", when(now, now.Add(1).In(berlin)).full)
}

func TestRate(t *testing.T) {
	for _, tt := range []struct {
		rate        topology.Bandwidth
		short, full string
	}{
		{0, "", ""},
		{25 * topology.Mbit, "25Mbit/s", "25Mbit/s"},
		{26041667, "26.04Mbit/s", "26041.667kbit/s"},
		{1500 * topology.Mbit, "1.5Gbit/s", "1500Mbit/s"},
		{100 * topology.Gbit, "100Gbit/s", "100Gbit/s"},
		{1, "0kbit/s", "0.001kbit/s"},
	} {
		assert.Equal(t, cell{tt.short, tt.full}, rate(tt.rate))
	}
	assert.Equal(t, text("0"), reserved(0))
}
