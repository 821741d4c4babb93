package scenario

import (
	"fmt"
	"strings"

	"crosspoint/testbed"
)

// The biggest fabric that a plan may ask for.
const (
	maxSwitches = 200
	maxHosts    = 1000
)

// Parse reads a plan. The name goes into errors: "<name>:<line>: what is wrong".
func Parse(name, text string) (Plan, error) {
	p := parser{plan: Plan{Name: name}}
	for i, line := range strings.Split(text, "\n") {
		list, err := split(line)
		if err == nil && len(list) > 0 {
			err = p.line(i+1, strings.TrimSpace(line), list)
		}
		if err != nil {
			return Plan{}, fmt.Errorf("%s:%d: %w", name, i+1, err)
		}
	}
	if len(p.plan.Parts) == 0 {
		return Plan{}, fmt.Errorf("%s: %w", name, errEmpty)
	}
	return p.plan, nil
}

type parser struct {
	plan  Plan
	scope *scope // nil until the topology is known
}

func (p *parser) line(number int, text string, list []string) error {
	w := &words{list: list[1:], scope: p.scope}
	switch {
	case list[0] == "topology":
		return p.topology(w)
	case p.scope == nil:
		return fmt.Errorf("a plan starts with its topology, not with %q", list[0])
	case list[0] == "switches":
		return p.switches(w)
	case list[0] == "serve":
		return p.serve(w)
	case list[0] == "part":
		return p.part(w)
	}
	v := parseVerb(list[0], w)
	if err := w.end(); err != nil {
		return err
	}
	if len(p.plan.Parts) == 0 {
		p.plan.Parts = []Part{{Name: "start"}}
	}
	last := &p.plan.Parts[len(p.plan.Parts)-1]
	last.Steps = append(last.Steps, Step{Line: number, Text: text, verb: v})
	return nil
}

func (p *parser) part(w *words) error {
	name := w.take("name of the part")
	if _, twice := p.plan.Part(name); twice {
		w.fail("there are two parts %q", name)
	}
	p.plan.Parts = append(p.plan.Parts, Part{Name: name})
	return w.end()
}

func (p *parser) switches(w *words) error {
	if len(p.plan.Parts) > 0 {
		w.fail("this must be said before the first step")
	}
	p.plan.Listen = w.oneOf("what switches do", "listen", "dial") == "listen"
	return w.end()
}

func (p *parser) serve(w *words) error {
	if len(p.plan.Parts) > 0 {
		w.fail("this must be said before the first step")
	}
	for w.more() {
		p.plan.Serve = append(p.plan.Serve, w.take("argument of serve"))
	}
	return w.end()
}

func (p *parser) topology(w *words) error {
	if p.scope != nil {
		w.fail("the topology is given twice")
	}
	count := func(of string, least, most int) int {
		if !w.at(of) {
			w.fail("%q and their number are missing", of)
		}
		return w.number(least, most)
	}
	switch kind := w.take("kind of topology"); kind {
	case "leaf-spine":
		spines, leaves, hosts := count("spines", 1, maxSwitches/2), count("leaves", 1, maxSwitches/2), count("hosts", 1, maxHosts)
		p.plan.Topology = testbed.LeafSpine(spines, leaves, hosts)
	case "ring":
		switches, hosts := count("switches", 3, maxSwitches), count("hosts", 1, maxHosts)
		p.plan.Topology = testbed.Ring(switches, hosts)
	case "single":
		p.plan.Topology = testbed.Single(count("hosts", 1, maxHosts))
	default:
		w.unknown(kind, "leaf-spine", "ring", "single")
	}
	p.scope = newScope(p.plan.Topology)
	for w.scope = p.scope; w.at("hub"); {
		if err := p.plan.Topology.ShareHub(w.hostList()...); err != nil {
			w.fail("%v", err)
		}
	}
	p.scope = newScope(p.plan.Topology)
	return w.end()
}

func newScope(t testbed.Topology) *scope {
	s := &scope{
		hosts: map[string]bool{}, switches: map[string]bool{}, ports: map[string]bool{}, flows: map[string]bool{}, streams: map[string]bool{},
	}
	for _, h := range t.Hosts {
		s.hosts[h.Name] = true
	}
	for _, sw := range t.Switches {
		s.switches[sw.Name] = true
	}
	for _, p := range t.Ports() {
		s.ports[p.Name] = true
	}
	return s
}

// parseVerb reads one step after its first word.
func parseVerb(first string, w *words) verb {
	switch first {
	case "endpoint":
		return parseEndpoint(w)
	case "flow":
		return parseFlow(w)
	case "patch":
		return parsePatch(w)
	case "receivers":
		return parseReceivers(w)
	case "delete":
		return parseDelete(w)
	case "refused":
		return parseRefused(w)
	case "request":
		return parseRequest(w)
	case "send":
		return parseSend(w)
	case "stop":
		return stopVerb{stream: w.stream()}
	case "join", "leave":
		return parseJoin(first, w)
	case "ping":
		return pingVerb{from: w.host(), to: w.host(), over: w.over()}
	case "outage":
		return parseOutage(w)
	case "link":
		return parseLink(w)
	case "swap":
		return parseSwap(w)
	case "attach":
		return parseAttach(w)
	case "drain":
		return parseDrain(w)
	case "undrain":
		w.oneOf("what to give back to use", "all")
		return undrainVerb{}
	case "optimise":
		return parseOptimise(w)
	case "take":
		return parseTake(w)
	case "pair":
		return parsePair(w)
	case "legs":
		return parseLegs(w)
	case "watch":
		return parseWatch(w)
	case "kill", "start":
		w.oneOf("what to "+first, "controller")
		return controllerVerb{start: first == "start"}
	case "garbage":
		return parseGarbage(w)
	case "wait":
		return parseWait(w)
	case "mark":
		return markVerb{}
	case "judge":
		return judgeVerb{}
	case "run":
		return runVerb{w.duration()}
	case "remember":
		return rememberVerb{}
	case "expect":
		return parseExpect(w)
	}
	w.fail("%q is no step", first)
	return nil
}
