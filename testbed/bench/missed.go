package bench

import (
	_ "embed"
	"strings"
)

//go:embed missed.md
var missed string

// explanations are the sections of missed.md by the rows that their headings name.
func explanations() map[string]string {
	out := map[string]string{}
	for _, section := range strings.Split("\n"+missed, "\n## ")[1:] {
		heading, text, _ := strings.Cut(section, "\n")
		for _, row := range strings.Split(heading, ",") {
			out[strings.TrimSpace(row)] = strings.TrimSpace(text)
		}
	}
	return out
}
