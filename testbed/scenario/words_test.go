package scenario

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestSplit(t *testing.T) {
	for line, want := range map[string][]string{
		"":                              nil,
		"   # only a comment":           nil,
		"run 2s # and a comment":        {"run", "2s"},
		`label "Camera 1" x`:            {"label", "Camera 1", "x"},
		`say "a\r\n\x04\"q\""`:          {"say", "a\r\n\x04\"q\""},
		"body `{\"a\": \"#\"}` end":     {"body", `{"a": "#"}`, "end"},
		"two\twords":                    {"two", "words"},
		"a#b is a word":                 {"a#b", "is", "a", "word"},
		`empty "" is a word`:            {"empty", "", "is", "a", "word"},
		"   leading and trailing      ": {"leading", "and", "trailing"},
	} {
		got, err := split(line)
		require.NoError(t, err, line)
		assert.Equal(t, want, got, line)
	}
}

func TestSplitRefuses(t *testing.T) {
	for _, line := range []string{`"no end`, "`no end", `"wrong \q escape"`, `"glued"to`, `glued"to"`} {
		_, err := split(line)
		assert.Error(t, err, line)
	}
}

func TestParseNeverPanics(t *testing.T) {
	words := []string{
		"topology", "single", "hosts", "3", "endpoint", "h1", "h2", "flow", "cam", "from", "to", "239.1.1.1", "bandwidth", "1Mbit/s", "refused",
		"400", `""`, "request", "PUT", "`x`", "expect", "link", "down", "on", "s1", "wait", "denied", "join", "within", "1s", "part", "\n", "\n",
		"receivers", "add", "garbage", "closed", "unchanged", "gap", "below", "mark", "kill", "controller", "$h1", "-", "99999999999",
	}
	rapid.Check(t, func(t *rapid.T) {
		text := "topology single hosts 3\n"
		for _, word := range rapid.SliceOfN(rapid.SampledFrom(words), 0, 40).Draw(t, "words") {
			text += word + " "
		}
		_, _ = Parse("plan", text)
	})
}
