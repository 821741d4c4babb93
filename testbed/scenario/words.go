package scenario

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// split takes a line apart into words. What starts with # is a comment.
func split(line string) ([]string, error) {
	var out []string
	for rest := strings.TrimSpace(line); rest != "" && rest[0] != '#'; rest = strings.TrimSpace(rest) {
		word, after, err := firstWord(rest)
		if err != nil {
			return nil, err
		}
		if after != "" && after[0] != ' ' && after[0] != '\t' {
			return nil, fmt.Errorf("a blank is missing before %q", after)
		}
		out, rest = append(out, word), after
	}
	return out, nil
}

func firstWord(s string) (word, rest string, err error) {
	if s[0] != '"' && s[0] != '`' {
		end := strings.IndexAny(s, " \t\"`")
		if end < 0 {
			return s, "", nil
		}
		return s[:end], s[end:], nil
	}
	quoted, err := strconv.QuotedPrefix(s)
	if err != nil {
		return "", "", fmt.Errorf("the quotation that starts with %.20s does not end, or has a wrong escape", s)
	}
	word, err = strconv.Unquote(quoted)
	return word, s[len(quoted):], err
}

// words are read one after the other. The first error stays, and there is nothing more to read after it.
type words struct {
	list  []string
	scope *scope
	err   error
}

// scope is what a step may speak of.
type scope struct {
	hosts, switches, ports, flows, streams map[string]bool
}

func (w *words) fail(format string, args ...any) {
	if w.err == nil {
		w.err = fmt.Errorf(format, args...)
	}
	w.list = nil
}

func (w *words) more() bool { return w.err == nil && len(w.list) > 0 }

// take gives the next word; what names it in the error.
func (w *words) take(what string) string {
	if !w.more() {
		w.fail("%s is missing at the end", what)
		return ""
	}
	word := w.list[0]
	w.list = w.list[1:]
	return word
}

// at reports whether a word is next, and takes it when it is.
func (w *words) at(word string) bool {
	if w.more() && w.list[0] == word {
		w.list = w.list[1:]
		return true
	}
	return false
}

// oneOf takes one of a few words.
func (w *words) oneOf(what string, all ...string) string {
	word := w.take(what)
	if w.err == nil && !slices.Contains(all, word) {
		w.fail("%s: want %s, not %q", what, strings.Join(all, " or "), word)
	}
	return word
}

// unknown refuses a clause; known lists those that there are.
func (w *words) unknown(clause string, known ...string) {
	w.fail("%q means nothing here: want %s", clause, strings.Join(known, ", "))
}

func (w *words) end() error {
	if w.more() {
		w.fail("%q is too much", w.list[0])
	}
	return w.err
}

func (w *words) known(what string, names map[string]bool) string {
	name := w.take(what)
	if w.err == nil && !names[name] {
		w.fail("there is no %s %q so far", what, name)
	}
	return name
}

func (w *words) host() string   { return w.known("host", w.scope.hosts) }
func (w *words) flow() string   { return w.known("flow", w.scope.flows) }
func (w *words) stream() string { return w.known("stream", w.scope.streams) }

// hostList takes one host and all that follow.
func (w *words) hostList() []string {
	list := []string{w.host()}
	for w.more() && w.scope.hosts[w.list[0]] {
		list = append(list, w.host())
	}
	return list
}

func (w *words) group() netip.Addr {
	word := w.take("multicast group")
	addr, err := netip.ParseAddr(word)
	if w.err == nil && (err != nil || !addr.IsMulticast()) {
		w.fail("%q is no multicast group", word)
	}
	return addr
}

// version takes an IP version: an address of IPv6 for that, none for IPv4.
func (w *words) version() netip.Addr {
	if w.oneOf("IP version", "IPv4", "IPv6") == "IPv6" {
		return netip.IPv6Unspecified()
	}
	return netip.Addr{}
}

// over takes "over <IP version>" when it is there; IPv4 otherwise.
func (w *words) over() netip.Addr {
	if w.at("over") {
		return w.version()
	}
	return netip.Addr{}
}

func (w *words) duration() time.Duration {
	word := w.take("duration")
	d, err := time.ParseDuration(word)
	if w.err == nil && (err != nil || d <= 0) {
		w.fail("%q is no duration like 500ms or 2s", word)
	}
	return d
}

func (w *words) number(least, most int) int {
	word := w.take("number")
	n, err := strconv.Atoi(word)
	if w.err == nil && (err != nil || n < least || n > most) {
		w.fail("%q is no number from %d to %d", word, least, most)
	}
	if w.err != nil {
		return least // whatever was written, nothing big is made of it
	}
	return n
}

// within takes "within <duration>" when it is there.
func (w *words) within() time.Duration {
	if w.at("within") {
		return w.duration()
	}
	return patience
}

var errEmpty = errors.New("there is no step in it")
