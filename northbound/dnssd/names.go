package dnssd

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/miekg/dns"
)

// maxLabel is the size of a label in bytes (RFC 1035 §2.3.4).
const maxLabel = 63

// checkInstance: RFC 6763 §4.1.1.
func checkInstance(name string) error {
	switch {
	case name == "" || len(name) > maxLabel:
		return fmt.Errorf("instance name %.70q has %d bytes: want 1 to %d", name, len(name), maxLabel)
	case !utf8.ValidString(name):
		return fmt.Errorf("instance name %q: want UTF-8", name)
	case strings.ContainsFunc(name, unicode.IsControl):
		return fmt.Errorf("instance name %q: want no control characters", name)
	}
	return nil
}

// checkHost: RFC 1123 §2.1.
func checkHost(name string) error {
	if len(name) > 200 {
		return fmt.Errorf("host name %.20q… has %d bytes: want at most 200", name, len(name))
	}
	for label := range strings.SplitSeq(name, ".") {
		if !isHostLabel(label) {
			return fmt.Errorf("host name %q: want labels of letters, digits and hyphens", name)
		}
	}
	return nil
}

func isHostLabel(label string) bool {
	if label == "" || len(label) > maxLabel || label[0] == '-' || label[len(label)-1] == '-' {
		return false
	}
	return !strings.ContainsFunc(label, func(r rune) bool { return r != '-' && !isLetterOrDigit(r) })
}

func isLetterOrDigit(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
}

// HostLabel makes a host label of any text, such as the name of a machine: its first label, without what a label may not have.
// "controller" stands in for what leaves nothing.
func HostLabel(name string) string {
	label, _, _ := strings.Cut(name, ".")
	label = strings.Map(func(r rune) rune {
		if isLetterOrDigit(r) {
			return r
		}
		return '-'
	}, label)
	label = strings.Trim(cutTo(strings.Trim(label, "-"), maxLabel), "-")
	if label == "" {
		return "controller"
	}
	return label
}

// InstanceName shortens a name to what an instance may be called.
func InstanceName(name string) string { return cutTo(name, maxLabel) }

// escape writes a label as the dns package reads and writes it, so that names can be compared.
func escape(label string) string {
	var b strings.Builder
	for i := range len(label) {
		switch c := label[i]; {
		case strings.IndexByte(`.();@'"\ `, c) >= 0:
			b.WriteByte('\\')
			b.WriteByte(c)
		case c < ' ' || c > '~':
			fmt.Fprintf(&b, `\%03d`, c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// nthInstance is the instance's name after it was taken n-1 times: "Name (2)" (RFC 6763 appendix D).
func nthInstance(name string, n int) string { return numbered(name, fmt.Sprintf(" (%d)", n), n) }

// nthHost is the host's label after it was taken n-1 times: "name-2".
func nthHost(name string, n int) string { return numbered(name, fmt.Sprintf("-%d", n), n) }

func numbered(name, suffix string, n int) string {
	if n < 2 {
		return name
	}
	return cutTo(name, maxLabel-len(suffix)) + suffix
}

// cutTo shortens to so many bytes, between characters.
func cutTo(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// sameName compares without regard to case (RFC 6762 §16).
func sameName(a, b string) bool { return dns.CanonicalName(a) == dns.CanonicalName(b) }
