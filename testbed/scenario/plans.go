package scenario

import (
	"embed"
	"fmt"
	"slices"
	"strings"
)

//go:embed testdata/*.txt
var texts embed.FS

const folder = "testdata"

// Names lists the plans that come with the program.
func Names() []string {
	entries, err := texts.ReadDir(folder)
	if err != nil {
		panic("scenario: " + err.Error()) // it is part of the program
	}
	var names []string
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(e.Name(), ".txt"))
	}
	return slices.Sorted(slices.Values(names))
}

// Load parses a plan that comes with the program.
func Load(name string) (Plan, error) {
	file := name + ".txt"
	text, err := texts.ReadFile(folder + "/" + file)
	if err != nil {
		return Plan{}, fmt.Errorf("there is no plan %q: want one of %s", name, strings.Join(Names(), ", "))
	}
	return Parse(file, string(text))
}
