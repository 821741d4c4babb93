package openflow

// MatchError says why a match is not valid, in the terms of OFPET_BAD_MATCH (OpenFlow 1.3.5 §7.5.4.4).
type MatchError struct {
	Field  Field     // the number of the field at fault
	Code   ErrorCode // a code of ErrBadMatch
	Reason string
}

// Error says which field is wrong and how.
func (e *MatchError) Error() string {
	return "bad match field " + e.Field.String() + ": " + e.Reason
}

// Answer gives the type and code of the error message with which a switch refuses the match.
func (e *MatchError) Answer() (ErrorType, ErrorCode) { return ErrBadMatch, e.Code }

// Validate checks what a switch checks (OpenFlow 1.3.5 §7.2.3.6): lengths, duplicates, masks on fields that have none, values wider than
// the field, value bits outside the mask, and prerequisites. The error is a *MatchError. Fields that are not known pass.
func (m Match) Validate() error {
	if e := m.validate(); e != nil {
		return e
	}
	return nil
}

func (m Match) validate() *MatchError {
	left := m
	for len(left) > 0 {
		o, rest, ok := left.next()
		if !ok {
			return &MatchError{Code: CodeBadMatchLen, Reason: "cut short"}
		}
		before := m[:len(m)-len(left)]
		if e := o.validate(before); e != nil {
			return e
		}
		left = rest
	}
	return nil
}

// validate checks one field that stands behind others.
func (o OXM) validate(before Match) *MatchError {
	bad := func(c ErrorCode, reason string) *MatchError {
		return &MatchError{Field: o.Header.Field(), Code: c, Reason: reason}
	}
	if code, reason := o.check(); reason != "" {
		return bad(code, reason)
	}
	for other := range before.Fields() {
		if compareOXM(o, other) == 0 {
			return bad(CodeBadMatchDupField, "twice in one match")
		}
	}
	info, ok := o.Header.known()
	switch {
	case !ok:
		return nil
	case o.Header.HasMask() && !info.maskable:
		return bad(CodeBadMatchMask, "takes no mask")
	case !info.fits(o.Value()):
		return bad(CodeBadMatchValue, "value wider than the field")
	case !o.insideMask():
		return bad(CodeBadMatchWildcards, "value has bits outside its mask")
	case !info.needs.met(before):
		return bad(CodeBadMatchPrereq, "needs "+info.needs.field.String()+" in front of it")
	}
	return nil
}

// fits tells whether a value of the field's length uses the field's bits only.
func (f *fieldInfo) fits(value string) bool {
	for i := range len(value) {
		if value[i]&^f.widthMask(i) != 0 {
			return false
		}
	}
	return true
}

// insideMask tells whether the mask, when there is one, covers all bits of the value.
func (o OXM) insideMask() bool {
	value, mask := o.Value(), o.Mask()
	for i := range len(mask) {
		if value[i]&^mask[i] != 0 {
			return false
		}
	}
	return true
}
