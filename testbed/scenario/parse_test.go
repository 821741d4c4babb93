package scenario

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"crosspoint/testbed"
)

func TestPlansOfTheProgram(t *testing.T) {
	require.NotEmpty(t, Names())
	for _, name := range Names() {
		plan, err := Load(name)
		require.NoError(t, err)
		for _, part := range plan.Parts {
			assert.NotEmpty(t, part.Steps, "%s: part %s", name, part.Name)
		}
	}
	_, err := Load("nonsense")
	assert.ErrorContains(t, err, "demo-leaf-spine")
}

// TestDemos holds the plans of the demo to the parts that the lab asks for by name.
func TestDemos(t *testing.T) {
	for _, topo := range []string{"leaf-spine", "ring", "single"} {
		plan, err := Load("demo-" + topo)
		require.NoError(t, err)
		for _, part := range []string{"start", "watch"} {
			_, there := plan.Part(part)
			assert.True(t, there, "%s: %s", topo, part)
		}
		_, fails := plan.Part("failure")
		_, repairs := plan.Part("repair")
		assert.Equal(t, topo != "single", fails)
		assert.Equal(t, fails, repairs)
	}
}

func TestParse(t *testing.T) {
	plan, err := Parse("p", `
# header
topology ring switches 3 hosts 2
switches listen
run 1s
part next
run 2s
flow cam from h1 to 239.1.1.1 bandwidth 1Mbit/s receivers h2 h3 label "A B" forward no
refused 409 "flow" delete endpoint h1
`)
	require.NoError(t, err)
	assert.True(t, plan.Listen)
	assert.Equal(t, testbed.Ring(3, 2), plan.Topology)
	require.Len(t, plan.Parts, 2)
	assert.Equal(t, "start", plan.Parts[0].Name)
	assert.Equal(t, Step{Line: 5, Text: "run 1s", verb: runVerb{time.Second}}, plan.Parts[0].Steps[0])
	flow := plan.Parts[1].Steps[1].verb.(flowVerb)
	assert.Equal(t, []string{"h2", "h3"}, flow.receivers)
	assert.Equal(t, "A B", flow.label)
	assert.False(t, *flow.forward)
	assert.Equal(t, refusedVerb{409, "flow", deleteVerb{host: "h1"}}, plan.Parts[1].Steps[2].verb)
}

func TestParseRefuses(t *testing.T) {
	const top = "topology single hosts 2\nflow cam from h1 to 239.1.1.1 bandwidth 1Mbit/s\n"
	for text, want := range map[string]string{
		"":                                 "no step",
		"run 1s":                           "plan:1: a plan starts with its topology",
		"topology star hosts 3":            `"star" means nothing here`,
		"topology single":                  `"hosts" and their number are missing`,
		"topology single hosts":            "number is missing at the end",
		"topology ring switches 2 hosts 1": "number from 3",
		"topology single hosts 2\ntopology single hosts 2": "plan:2: the topology is given twice",
		top + "jump":                                 `plan:3: "jump" is no step`,
		top + "endpoint h3":                          `there is no host "h3"`,
		top + "endpoint h1 role king":                "role: want sender or receiver or both",
		top + "flow cam2 from h1 to 10.0.0.1":        "no multicast group",
		top + "flow cam2 from h1 to 239.1.1.2":       "needs a bandwidth",
		top + "flow cam2 to 239.1.1.2 bandwidth 1M":  "needs a sender",
		top + "patch cam3 forward yes":               `there is no flow "cam3"`,
		top + "stop cam":                             `there is no stream "cam"`,
		top + "send rogue":                           "from HOST to GROUP",
		top + "send rogue from h1":                   "from HOST to GROUP",
		top + "run":                                  "duration is missing",
		top + "run -1s":                              "no duration",
		top + "run 1s 2s":                            `"2s" is too much`,
		top + "wait cam h2":                          "state is missing",
		top + "wait nothing":                         `"nothing" means nothing here`,
		top + "join h1 239.1.1.1 version 4":          "number from 1 to 3",
		"topology single hosts 2 hub h9":             "\"h9\"",
		"topology single hosts 2 hub h1 h2 hub h2":   "behind a hub already",
		"topology ring switches 3 hosts 1 hub h1 h2": "at another switch",
		top + "join h1 ff05::1 version 3":            "number from 1 to 2",
		top + "ping h1 h2 over IPX":                  "want IPv4 or IPv6",
		top + "leave h1 239.1.1.1 version 2":         "means nothing here",
		top + "link sideways":                        "down or silent or up",
		top + "link down s1 s9":                      `no switch or host "s9"`,
		top + "refused 200 \"\" delete flow cam":     "number from 400",
		top + "refused 400 \"\" run 1s":              "no request that can be refused",
		top + "request GET flows/$cam9 expect 200":   "$cam9 is no host or flow",
		top + "request GET flows `x` 200":            `"expect" and a status are missing`,
		top + "expect gap h1 cam below 1s":           `there is no stream "cam"`,
		top + "outage cam h2 50ms":                   `"below" is missing`,
		top + "outage cam h2 below 50ms tries 2":     "is too much",
		top + "serve --x":                            "before the first step",
		top + "watch links 10ms":                     "how often: want every",
		top + "drain s9":                             `there is no switch "s9"`,
		top + "undrain s1":                           "want all",
		top + "optimise moves many":                  "number from 0",
		top + "take h1 to cam":                       "taken from: want from",
		top + "take h1 from cam to cam mode fast":    "mode: want break-before-make or make-before-break",
		top + "pair p cam":                           "flow is missing",
		top + "legs cam cam":                         "what legs do is missing",
		top + "garbage hello":                        `"closed" is missing`,
		top + "part a\npart a":                       `two parts "a"`,
		top + "switches listen":                      "before the first step",
		top + "wait synced within soon":              "no duration",
		top + "endpoint h1 label \"no end":           "plan:3: the quotation",
		top + "kill network":                         "want controller",
	} {
		_, err := Parse("plan", text)
		assert.ErrorContains(t, err, want, text)
	}
}

func TestParseServeAndTakes(t *testing.T) {
	plan, err := Parse("plan", "topology single hosts 3\nserve --lldp-interval 100ms\nflow a from h1 to 239.1.1.1 bandwidth 1Mbit/s\n"+
		"flow b from h1 to 239.1.1.2 bandwidth 1Mbit/s\ntake h2 h3 from a to b and h3 from b to a mode make-before-break")
	require.NoError(t, err)
	assert.Equal(t, []string{"--lldp-interval", "100ms"}, plan.Serve)
	assert.Equal(t, takeVerb{[]take{{"h2", "a", "b"}, {"h3", "a", "b"}, {"h3", "b", "a"}}, "make-before-break"}, plan.Parts[0].Steps[2].verb)
}

func TestParseBounds(t *testing.T) {
	_, err := Parse("plan", "topology single hosts "+strings.Repeat("9", 30))
	assert.Error(t, err)
}
