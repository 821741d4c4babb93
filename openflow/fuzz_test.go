package openflow

import "testing"

// FuzzParse looks for bytes that make the parser or Validate panic, or the parser disagree with itself.
func FuzzParse(f *testing.F) {
	for _, b := range frames(f) {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		h, m, err := Parse(b)
		if err == nil && (m == nil || int(h.Length) != len(b)) {
			t.Fatalf("accepted %x as %v", b, m)
		}
		if err == nil {
			_ = Validate(m) // any message: it must not panic either
		}
		var p Parser
		if _, _, err2 := p.Parse(b); (err == nil) != (err2 == nil) {
			t.Fatalf("Parser says %v, Parse %v", err2, err)
		}
	})
}

// FuzzRoundTrip looks for messages that change when they are written and read again. The header is put right first, so
// that mutations reach the bodies.
func FuzzRoundTrip(f *testing.F) {
	for _, b := range frames(f) {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) < HeaderLen || len(b) > MaxMessageLen {
			return
		}
		put16(b[2:], uint16(len(b)))
		checkFixpoint(t, b)
	})
}

// FuzzText looks for flows whose text form changes when it is read and written again.
func FuzzText(f *testing.F) {
	for _, s := range flowTexts {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		m, err := ParseFlow(s)
		if err != nil {
			return
		}
		text := m.Text()
		again, err := ParseFlow(text)
		if err != nil {
			t.Fatalf("%q became %q: %v", s, text, err)
		}
		if again.Text() != text {
			t.Fatalf("%q became %q became %q", s, text, again.Text())
		}
	})
}
