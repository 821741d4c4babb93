package openflow

import "errors"

// answerDataLen is how much of a failed request an error message repeats, at least, when the request is as long (OpenFlow 1.3.5 §7.5.4).
const answerDataLen = 64

// errorAnswer is the type and code of the error message that answers a bad message. With ErrExperimenter the experimenter is the ONF.
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
	bundleMsgLen      = errorAnswer{ErrExperimenter, CodeBundleMsgLen}
	bundleMsgXID      = errorAnswer{ErrExperimenter, CodeBundleMsgXID}
)

// answerer is what *ParseError, *MatchError and *ValidationError have in common.
type answerer interface {
	error
	Answer() (ErrorType, ErrorCode)
}

// AnswerError makes the error message that answers a request, given the request's bytes and what Parse or Validate said of it; send it with
// the request's xid. ok is false when err is of neither, so that the standard has no answer to it.
func AnswerError(err error, request []byte) (m *ErrorMsg, ok bool) {
	var a answerer
	if !errors.As(err, &a) {
		return nil, false
	}
	m = &ErrorMsg{}
	m.ErrType, m.Code = a.Answer()
	if m.ErrType == ErrExperimenter {
		m.Experimenter = ExperimenterONF
	}
	m.Data = clone(request[:min(answerDataLen, len(request))])
	return m, true
}
