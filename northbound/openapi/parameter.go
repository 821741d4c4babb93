package openapi

import (
	"slices"
	"strings"

	"crosspoint/northbound"
)

// CheckText says what is wrong with a value that stands outside of a body, in a path, a query or a header; nil: nothing. The error is
// [northbound.Faults], at the path given. Where the schema wants an integer, digits are one: a sign, a fraction and an exponent are not.
func (s *Schema) CheckText(path, text string) error {
	digits := strings.TrimLeft(text, "0")
	if s.isInteger() && digits != "" && strings.Trim(digits, "0123456789") == "" {
		return s.Check(northbound.NumberValue(path, digits))
	}
	return s.Check(northbound.TextValue(path, text))
}

func (s *Schema) isInteger() bool {
	return s.compiled.Types != nil && slices.Equal(s.compiled.Types.ToStrings(), []string{"integer"})
}
