package openflow

// Codes that the ONF's extensions to 1.3 give errors of ErrExperimenter, with ExperimenterONF as experimenter.
const (
	CodeBundleUnknown    ErrorCode = 2300 // EXT-230: for no given reason
	CodeBundleEPerm      ErrorCode = 2301 // EXT-230: not allowed
	CodeBundleID         ErrorCode = 2302 // EXT-230: no such bundle
	CodeBundleExists     ErrorCode = 2303 // EXT-230: bundle already there
	CodeBundleClosed     ErrorCode = 2304 // EXT-230: bundle is closed
	CodeBundleOutOf      ErrorCode = 2305 // EXT-230: too many bundles
	CodeBundleType       ErrorCode = 2306 // EXT-230: step not known or not supported
	CodeBundleFlags      ErrorCode = 2307 // EXT-230: flags not supported, or not those of the bundle
	CodeBundleMsgLen     ErrorCode = 2308 // EXT-230: wrong length of the message inside
	CodeBundleMsgXID     ErrorCode = 2309 // EXT-230: the xid of the message inside is another
	CodeBundleMsgUnsup   ErrorCode = 2310 // EXT-230: message not supported in a bundle
	CodeBundleConflict   ErrorCode = 2311 // EXT-230: message not supported with the others of the bundle
	CodeBundleMsgTooMany ErrorCode = 2312 // EXT-230: too many messages in the bundle
	CodeBundleMsgFailed  ErrorCode = 2313 // EXT-230: a message of the bundle failed
	CodeBundleTimeout    ErrorCode = 2314 // EXT-230: bundle open for too long
	CodeBundleInProgress ErrorCode = 2315 // EXT-230: another bundle locks what this one needs

	CodeFlowModPriority       ErrorCode = 2360 // EXT-236: priority not supported
	CodeAsyncConfigInvalid    ErrorCode = 2370 // EXT-237: asynchronous configuration invalid
	CodeAsyncConfigUnsup      ErrorCode = 2371 // EXT-237: asynchronous configuration not supported
	CodeAsyncConfigEPerm      ErrorCode = 2372 // EXT-237: not allowed
	CodeDupInstruction        ErrorCode = 2600 // EXT-260: an instruction twice
	CodeMultipartRequestEnded ErrorCode = 2640 // EXT-264: a multipart request was not finished in time
	CodeMultipartReplyEnded   ErrorCode = 2641 // EXT-264: a multipart reply was not finished in time
	CodeSetMask               ErrorCode = 4250 // EXT-425: wrong mask in a set-field
)

// onfCodeName is the name that later versions of the standard, and Open vSwitch, give a code; "" when it is not known.
func onfCodeName(c ErrorCode) string {
	names := [...]string{
		"UNKNOWN", "EPERM", "BAD_ID", "BUNDLE_EXIST", "BUNDLE_CLOSED", "OUT_OF_BUNDLES", "BAD_TYPE", "BAD_FLAGS", "MSG_BAD_LEN",
		"MSG_BAD_XID", "MSG_UNSUP", "MSG_CONFLICT", "MSG_TOO_MANY", "MSG_FAILED", "TIMEOUT", "BUNDLE_IN_PROGRESS",
	}
	switch {
	case c >= CodeBundleUnknown && int(c-CodeBundleUnknown) < len(names):
		return "OFPBFC_" + names[c-CodeBundleUnknown]
	case c == CodeFlowModPriority:
		return "OFPFMFC_BAD_PRIORITY"
	case c == CodeAsyncConfigInvalid:
		return "OFPACFC_INVALID"
	case c == CodeAsyncConfigUnsup:
		return "OFPACFC_UNSUPPORTED"
	case c == CodeAsyncConfigEPerm:
		return "OFPACFC_EPERM"
	case c == CodeDupInstruction:
		return "OFPBIC_DUP_INST"
	case c == CodeMultipartRequestEnded:
		return "OFPBRC_MULTIPART_REQUEST_TIMEOUT"
	case c == CodeMultipartReplyEnded:
		return "OFPBRC_MULTIPART_REPLY_TIMEOUT"
	case c == CodeSetMask:
		return "OFPBAC_BAD_SET_MASK"
	}
	return ""
}

// CodeName is the name of the code, as in "OFPBRC_BAD_LEN", also of those that the ONF's extensions add; the number when it is not known.
func (e *ErrorMsg) CodeName() string {
	if e.ErrType == ErrExperimenter && e.Experimenter == ExperimenterONF {
		if name := onfCodeName(e.Code); name != "" {
			return name
		}
	}
	return CodeName(e.ErrType, e.Code)
}
