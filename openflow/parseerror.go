package openflow

import "fmt"

// ParseError says what is wrong with a message and where.
type ParseError struct {
	Type   Type   // of the message
	Field  string // what was being read, as in "match"
	Offset int    // in bytes from the start of the message
	Reason string

	answer errorAnswer
}

// errorAnswer is the type and code of the error message that answers a bad message.
type errorAnswer struct {
	typ  ErrorType
	code ErrorCode
}

// Answers that the parser gives.
var (
	badRequestLen     = errorAnswer{ErrBadRequest, CodeBadRequestLen}
	badRequestVersion = errorAnswer{ErrBadRequest, CodeBadRequestVersion}
	badMatchLen       = errorAnswer{ErrBadMatch, CodeBadMatchLen}
	badMatchType      = errorAnswer{ErrBadMatch, CodeBadMatchType}
	badActionLen      = errorAnswer{ErrBadAction, CodeBadActionLen}
	badActionSetLen   = errorAnswer{ErrBadAction, CodeBadActionSetLen}
	badInstructionLen = errorAnswer{ErrBadInstruction, CodeBadInstructionLen}
	badBucket         = errorAnswer{ErrGroupModFailed, CodeGroupModBucket}
	badBand           = errorAnswer{ErrMeterModFailed, CodeMeterModBand}
	badTableFeatures  = errorAnswer{ErrTableFeaturesFailed, CodeTableFeaturesLen}
)

// Error names message, field, offset and reason.
func (e *ParseError) Error() string {
	return fmt.Sprintf("parse %s: %s at byte %d: %s", e.Type, e.Field, e.Offset, e.Reason)
}

// Answer gives the type and code of the error message that the standard prescribes as answer to the bad message
// (OpenFlow 1.3.5 §7.5.4).
func (e *ParseError) Answer() (ErrorType, ErrorCode) { return e.answer.typ, e.answer.code }
