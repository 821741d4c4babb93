package igmp

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

var epoch = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// at is a point in virtual time.
func at(seconds int) time.Time { return epoch.Add(time.Duration(seconds) * time.Second) }

// letter is the source that one letter stands for.
func letter(r rune) netip.Addr { return netip.AddrFrom4([4]byte{10, 0, 0, byte(r - 'a' + 1)}) }

// letters are the sources of a word such as "ac".
func letters(word string) []netip.Addr {
	var all []netip.Addr
	for _, r := range word {
		all = append(all, letter(r))
	}
	return all
}

// include is INCLUDE (A), each source written with its timer as in "a100 b200".
func include(requested string) state { return state{mode: Include, requested: timedSources(requested)} }

// exclude is EXCLUDE (X,Y) with the group timer.
func exclude(requested, excluded string, expires int) state {
	return state{mode: Exclude, requested: timedSources(requested), excluded: letters(excluded), expires: at(expires)}
}

func timedSources(text string) []timed {
	var all []timed
	for _, word := range strings.Fields(text) {
		var seconds int
		if _, err := fmt.Sscanf(word[1:], "%d", &seconds); err != nil {
			panic(err)
		}
		all = append(all, timed{source: letter(rune(word[0])), expires: at(seconds)})
	}
	return all
}

// text writes a state so that states with the same meaning are equal.
func (s state) text() string {
	word := func(a netip.Addr) string { return string(rune('a' + a.As4()[3] - 1)) }
	var x, y []string
	for _, t := range s.requested {
		x = append(x, fmt.Sprintf("%s%.0f", word(t.source), t.expires.Sub(epoch).Seconds()))
	}
	for _, a := range s.excluded {
		y = append(y, word(a))
	}
	if s.mode == Include && len(y) == 0 && s.expires.IsZero() {
		return fmt.Sprintf("INCLUDE (%s)", strings.Join(x, " "))
	}
	// What INCLUDE must not have is shown too, so that no test is blind to it.
	return fmt.Sprintf("%v (%s; %s) %.0f", s.mode, strings.Join(x, " "), strings.Join(y, " "), s.expires.Sub(epoch).Seconds())
}

// until is when the timers that a record starts run out, in these tests.
const until = 900

// TestStateRows has every row of RFC 3376 §6.4.1 (current state) and §6.4.2 (changes) for a single listener,
// each with the sets equal, overlapping, apart and empty. Timers that are not started keep their time.
func TestStateRows(t *testing.T) {
	tests := []struct {
		have    state
		record  RecordType
		sources string
		want    state
	}{
		// INCLUDE (A) IS_IN (B): INCLUDE (A+B), (B)=until
		{include("a100 b200"), ModeIsInclude, "bc", include("a100 b900 c900")},
		{include("a100 b200"), ModeIsInclude, "ab", include("a900 b900")},
		{include("a100 b200"), ModeIsInclude, "", include("a100 b200")},
		{include(""), ModeIsInclude, "a", include("a900")},
		{include(""), ModeIsInclude, "", include("")},

		// INCLUDE (A) IS_EX (B): EXCLUDE ({},B), group=until
		{include("a100 b200"), ModeIsExclude, "bc", exclude("", "bc", until)},
		{include("a100 b200"), ModeIsExclude, "", exclude("", "", until)},
		{include(""), ModeIsExclude, "a", exclude("", "a", until)},

		// INCLUDE (A) ALLOW (B): INCLUDE (A+B), (B)=until
		{include("a100"), AllowNewSources, "b", include("a100 b900")},
		{include("a100 b200"), AllowNewSources, "b", include("a100 b900")},
		{include("a100"), AllowNewSources, "", include("a100")},
		{include(""), AllowNewSources, "ab", include("a900 b900")},

		// INCLUDE (A) BLOCK (B): INCLUDE (A-B)
		{include("a100 b200"), BlockOldSources, "bc", include("a100")},
		{include("a100 b200"), BlockOldSources, "c", include("a100 b200")},
		{include("a100 b200"), BlockOldSources, "", include("a100 b200")},
		{include("a100 b200"), BlockOldSources, "ab", include("")},
		{include(""), BlockOldSources, "a", include("")},

		// INCLUDE (A) TO_IN (B): INCLUDE (B), (B)=until
		{include("a100 b200"), ChangeToInclude, "bc", include("b900 c900")},
		{include("a100 b200"), ChangeToInclude, "", include("")},
		{include(""), ChangeToInclude, "a", include("a900")},
		{include(""), ChangeToInclude, "", include("")},

		// INCLUDE (A) TO_EX (B): EXCLUDE ({},B), group=until
		{include("a100 b200"), ChangeToExclude, "bc", exclude("", "bc", until)},
		{include("a100 b200"), ChangeToExclude, "", exclude("", "", until)},
		{include(""), ChangeToExclude, "", exclude("", "", until)},

		// EXCLUDE (X,Y) IS_IN (A): EXCLUDE (X+A,Y-A), (A)=until
		{exclude("a300", "cd", 100), ModeIsInclude, "bc", exclude("a300 b900 c900", "d", 100)},
		{exclude("a300", "cd", 100), ModeIsInclude, "", exclude("a300", "cd", 100)},
		{exclude("", "", 100), ModeIsInclude, "a", exclude("a900", "", 100)},

		// EXCLUDE (X,Y) IS_EX (A): EXCLUDE ({},A), group=until
		{exclude("a300 b400", "cd", 100), ModeIsExclude, "bce", exclude("", "bce", until)},
		{exclude("a300", "cd", 100), ModeIsExclude, "", exclude("", "", until)},
		{exclude("", "c", 100), ModeIsExclude, "c", exclude("", "c", until)},

		// EXCLUDE (X,Y) ALLOW (A): EXCLUDE (X+A,Y-A), (A)=until
		{exclude("a300", "cd", 100), AllowNewSources, "ac", exclude("a900 c900", "d", 100)},
		{exclude("", "c", 100), AllowNewSources, "c", exclude("c900", "", 100)},

		// EXCLUDE (X,Y) BLOCK (A): EXCLUDE (X-A,Y+A)
		{exclude("a300 b400", "cd", 100), BlockOldSources, "bce", exclude("a300", "bcde", 100)},
		{exclude("", "", 100), BlockOldSources, "a", exclude("", "a", 100)},
		{exclude("a300", "c", 100), BlockOldSources, "", exclude("a300", "c", 100)},

		// EXCLUDE (X,Y) TO_IN (A): INCLUDE (A), (A)=until
		{exclude("a300 b400", "cd", 100), ChangeToInclude, "bce", include("b900 c900 e900")},
		{exclude("a300", "c", 100), ChangeToInclude, "", include("")},

		// EXCLUDE (X,Y) TO_EX (A): EXCLUDE ({},A), group=until
		{exclude("a300 b400", "cd", 100), ChangeToExclude, "bce", exclude("", "bce", until)},
		{exclude("a300", "cd", 100), ChangeToExclude, "", exclude("", "", until)},

		// §4.2.12: other types change nothing.
		{exclude("a300", "cd", 100), RecordType(0), "a", exclude("a300", "cd", 100)},
		{include("a100"), RecordType(7), "a", include("a100")},
	}
	for _, test := range tests {
		t.Run(fmt.Sprintf("%s %v %s", test.have.text(), test.record, test.sources), func(t *testing.T) {
			before := test.have.text()
			got := test.have.apply(test.record, letters(test.sources), at(until))
			assert.Equal(t, test.want.text(), got.text())
			assert.Equal(t, before, test.have.text(), "the old state is left")
		})
	}
}

// TestStateExpire has RFC 3376 §6.3 and §6.5.
func TestStateExpire(t *testing.T) {
	tests := []struct {
		have state
		now  int
		want state
		next int
	}{
		{include("a100 b200"), 99, include("a100 b200"), 100},
		{include("a100 b200"), 100, include("b200"), 200},
		{include("a100 b200"), 200, include(""), 0},
		{exclude("a300 b400", "c", 100), 99, exclude("a300 b400", "c", 100), 100},
		{exclude("a300 b400", "c", 100), 100, include("a300 b400"), 300},
		{exclude("a300 b400", "c", 100), 300, include("b400"), 400},
		{exclude("a100", "c", 100), 100, include(""), 0},
		{exclude("", "", 100), 100, include(""), 0},
	}
	for _, test := range tests {
		t.Run(fmt.Sprintf("%s at %d", test.have.text(), test.now), func(t *testing.T) {
			got := test.have.expire(at(test.now))
			assert.Equal(t, test.want.text(), got.text())
			if test.next == 0 {
				assert.True(t, got.none())
				return
			}
			assert.Equal(t, at(test.next), got.next())
		})
	}
}

func TestStateLast(t *testing.T) {
	assert.Equal(t, at(200), include("a200 b100").last())
	assert.Equal(t, at(300), exclude("", "c", 300).last())
	assert.Equal(t, at(400), exclude("a400", "c", 300).last(), "it goes on as INCLUDE {a}")
	assert.True(t, state{}.last().IsZero())
}
