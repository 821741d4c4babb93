package openflow

// ErrorType is the kind of an error message (OpenFlow 1.3.5 §7.5.4, enum ofp_error_type).
type ErrorType uint16

// ErrorCode is the reason within an ErrorType.
type ErrorCode uint16

// Error types.
const (
	ErrHelloFailed         ErrorType = 0      // the hello handshake failed
	ErrBadRequest          ErrorType = 1      // the request was not understood
	ErrBadAction           ErrorType = 2      // an action is wrong
	ErrBadInstruction      ErrorType = 3      // an instruction is wrong
	ErrBadMatch            ErrorType = 4      // the match is wrong
	ErrFlowModFailed       ErrorType = 5      // a flow entry could not be changed
	ErrGroupModFailed      ErrorType = 6      // a group could not be changed
	ErrPortModFailed       ErrorType = 7      // a port could not be changed
	ErrTableModFailed      ErrorType = 8      // a table could not be changed
	ErrQueueOpFailed       ErrorType = 9      // a queue operation failed
	ErrSwitchConfigFailed  ErrorType = 10     // the switch could not be configured
	ErrRoleRequestFailed   ErrorType = 11     // a role was not given
	ErrMeterModFailed      ErrorType = 12     // a meter could not be changed
	ErrTableFeaturesFailed ErrorType = 13     // table features could not be set
	ErrExperimenter        ErrorType = 0xffff // an error of an experimenter
)

// Codes of ErrHelloFailed (OpenFlow 1.3.5 §7.5.4.1).
const (
	CodeHelloIncompatible ErrorCode = 0 // no version in common
	CodeHelloEPerm        ErrorCode = 1 // not allowed
)

// Codes of ErrBadRequest (OpenFlow 1.3.5 §7.5.4.2).
const (
	CodeBadRequestVersion           ErrorCode = 0  // version not supported
	CodeBadRequestType              ErrorCode = 1  // message type not supported
	CodeBadRequestMultipart         ErrorCode = 2  // multipart type not supported
	CodeBadRequestExperimenter      ErrorCode = 3  // experimenter not supported
	CodeBadRequestExpType           ErrorCode = 4  // experimenter type not supported
	CodeBadRequestEPerm             ErrorCode = 5  // not allowed
	CodeBadRequestLen               ErrorCode = 6  // wrong length for the type
	CodeBadRequestBufferEmpty       ErrorCode = 7  // buffer already used
	CodeBadRequestBufferUnknown     ErrorCode = 8  // no such buffer
	CodeBadRequestTableID           ErrorCode = 9  // table missing or invalid
	CodeBadRequestIsSlave           ErrorCode = 10 // denied because the controller is slave
	CodeBadRequestPort              ErrorCode = 11 // port missing or invalid
	CodeBadRequestPacket            ErrorCode = 12 // packet in a packet-out invalid
	CodeBadRequestMultipartOverflow ErrorCode = 13 // multipart request too long for the buffer
)

// Codes of ErrBadAction (OpenFlow 1.3.5 §7.5.4.3).
const (
	CodeBadActionType              ErrorCode = 0  // action type not known or not supported
	CodeBadActionLen               ErrorCode = 1  // wrong length of an action
	CodeBadActionExperimenter      ErrorCode = 2  // experimenter not known
	CodeBadActionExpType           ErrorCode = 3  // experimenter action not known
	CodeBadActionOutPort           ErrorCode = 4  // output port wrong
	CodeBadActionArgument          ErrorCode = 5  // argument wrong
	CodeBadActionEPerm             ErrorCode = 6  // not allowed
	CodeBadActionTooMany           ErrorCode = 7  // more actions than can be handled
	CodeBadActionQueue             ErrorCode = 8  // queue wrong
	CodeBadActionOutGroup          ErrorCode = 9  // group wrong
	CodeBadActionMatchInconsistent ErrorCode = 10 // action does not fit the match
	CodeBadActionUnsupportedOrder  ErrorCode = 11 // order of actions not supported in apply-actions
	CodeBadActionTag               ErrorCode = 12 // tag or encapsulation not supported
	CodeBadActionSetType           ErrorCode = 13 // set-field type not supported
	CodeBadActionSetLen            ErrorCode = 14 // wrong length in set-field
	CodeBadActionSetArgument       ErrorCode = 15 // wrong argument of set-field
)

// Codes of ErrBadInstruction (OpenFlow 1.3.5 §7.5.4.4).
const (
	CodeBadInstructionUnknown                 ErrorCode = 0 // instruction not known
	CodeBadInstructionUnsupported             ErrorCode = 1 // instruction not supported
	CodeBadInstructionTableID                 ErrorCode = 2 // goto-table wrong
	CodeBadInstructionMetadataUnsupported     ErrorCode = 3 // metadata value not supported
	CodeBadInstructionMetadataMaskUnsupported ErrorCode = 4 // metadata mask not supported
	CodeBadInstructionExperimenter            ErrorCode = 5 // experimenter not known
	CodeBadInstructionExpType                 ErrorCode = 6 // experimenter instruction not known
	CodeBadInstructionLen                     ErrorCode = 7 // wrong length of an instruction
	CodeBadInstructionEPerm                   ErrorCode = 8 // not allowed
)

// Codes of ErrBadMatch (OpenFlow 1.3.5 §7.5.4.5).
const (
	CodeBadMatchType         ErrorCode = 0  // match type not supported
	CodeBadMatchLen          ErrorCode = 1  // wrong length of the match
	CodeBadMatchTag          ErrorCode = 2  // tag or encapsulation not supported
	CodeBadMatchDataLinkMask ErrorCode = 3  // datalink address mask not supported
	CodeBadMatchNetworkMask  ErrorCode = 4  // network address mask not supported
	CodeBadMatchWildcards    ErrorCode = 5  // combination of masked and left-out fields not supported
	CodeBadMatchField        ErrorCode = 6  // field not supported
	CodeBadMatchValue        ErrorCode = 7  // value not supported
	CodeBadMatchMask         ErrorCode = 8  // mask not supported
	CodeBadMatchPrereq       ErrorCode = 9  // a prerequisite is missing
	CodeBadMatchDupField     ErrorCode = 10 // field twice
	CodeBadMatchEPerm        ErrorCode = 11 // not allowed
)

// Codes of ErrFlowModFailed (OpenFlow 1.3.5 §7.5.4.6).
const (
	CodeFlowModUnknown   ErrorCode = 0 // for no given reason
	CodeFlowModTableFull ErrorCode = 1 // table full
	CodeFlowModTableID   ErrorCode = 2 // table missing
	CodeFlowModOverlap   ErrorCode = 3 // overlaps an entry, with check_overlap set
	CodeFlowModEPerm     ErrorCode = 4 // not allowed
	CodeFlowModTimeout   ErrorCode = 5 // timeout not supported
	CodeFlowModCommand   ErrorCode = 6 // command not known
	CodeFlowModFlags     ErrorCode = 7 // flags not known
)

// Codes of ErrGroupModFailed (OpenFlow 1.3.5 §7.5.4.7).
const (
	CodeGroupModGroupExists         ErrorCode = 0  // group already there
	CodeGroupModInvalidGroup        ErrorCode = 1  // group invalid
	CodeGroupModWeightUnsupported   ErrorCode = 2  // unequal weights not supported
	CodeGroupModOutOfGroups         ErrorCode = 3  // too many groups
	CodeGroupModOutOfBuckets        ErrorCode = 4  // too many buckets
	CodeGroupModChainingUnsupported ErrorCode = 5  // groups that use groups not supported
	CodeGroupModWatchUnsupported    ErrorCode = 6  // watch port or group not supported
	CodeGroupModLoop                ErrorCode = 7  // groups form a loop
	CodeGroupModUnknownGroup        ErrorCode = 8  // no such group to modify
	CodeGroupModChainedGroup        ErrorCode = 9  // group is used by another
	CodeGroupModType                ErrorCode = 10 // group type not known
	CodeGroupModCommand             ErrorCode = 11 // command not known
	CodeGroupModBucket              ErrorCode = 12 // error in a bucket
	CodeGroupModWatch               ErrorCode = 13 // watch port or group wrong
	CodeGroupModEPerm               ErrorCode = 14 // not allowed
)

// Codes of ErrPortModFailed (OpenFlow 1.3.5 §7.5.4.8).
const (
	CodePortModPort      ErrorCode = 0 // no such port
	CodePortModHWAddr    ErrorCode = 1 // hardware address does not fit the port
	CodePortModConfig    ErrorCode = 2 // configuration wrong
	CodePortModAdvertise ErrorCode = 3 // advertise wrong
	CodePortModEPerm     ErrorCode = 4 // not allowed
)

// Codes of ErrTableModFailed (OpenFlow 1.3.5 §7.5.4.9).
const (
	CodeTableModTable  ErrorCode = 0 // no such table
	CodeTableModConfig ErrorCode = 1 // configuration wrong
	CodeTableModEPerm  ErrorCode = 2 // not allowed
)

// Codes of ErrQueueOpFailed (OpenFlow 1.3.5 §7.5.4.10).
const (
	CodeQueueOpPort  ErrorCode = 0 // no such port
	CodeQueueOpQueue ErrorCode = 1 // no such queue
	CodeQueueOpEPerm ErrorCode = 2 // not allowed
)

// Codes of ErrSwitchConfigFailed (OpenFlow 1.3.5 §7.5.4.11).
const (
	CodeSwitchConfigFlags ErrorCode = 0 // flags wrong
	CodeSwitchConfigLen   ErrorCode = 1 // miss_send_len wrong
	CodeSwitchConfigEPerm ErrorCode = 2 // not allowed
)

// Codes of ErrRoleRequestFailed (OpenFlow 1.3.5 §7.5.4.12).
const (
	CodeRoleRequestStale       ErrorCode = 0 // generation id too old
	CodeRoleRequestUnsupported ErrorCode = 1 // roles not supported
	CodeRoleRequestRole        ErrorCode = 2 // role wrong
)

// Codes of ErrMeterModFailed (OpenFlow 1.3.5 §7.5.4.13).
const (
	CodeMeterModUnknown      ErrorCode = 0  // for no given reason
	CodeMeterModMeterExists  ErrorCode = 1  // meter already there
	CodeMeterModInvalidMeter ErrorCode = 2  // meter invalid
	CodeMeterModUnknownMeter ErrorCode = 3  // no such meter
	CodeMeterModCommand      ErrorCode = 4  // command not known
	CodeMeterModFlags        ErrorCode = 5  // flags not supported
	CodeMeterModRate         ErrorCode = 6  // rate not supported
	CodeMeterModBurst        ErrorCode = 7  // burst size not supported
	CodeMeterModBand         ErrorCode = 8  // band not supported
	CodeMeterModBandValue    ErrorCode = 9  // band value not supported
	CodeMeterModOutOfMeters  ErrorCode = 10 // too many meters
	CodeMeterModOutOfBands   ErrorCode = 11 // too many bands
)

// Codes of ErrTableFeaturesFailed (OpenFlow 1.3.5 §7.5.4.14).
const (
	CodeTableFeaturesTable    ErrorCode = 0 // no such table
	CodeTableFeaturesMetadata ErrorCode = 1 // metadata mask wrong
	CodeTableFeaturesType     ErrorCode = 2 // property type not known
	CodeTableFeaturesLen      ErrorCode = 3 // wrong length of a property
	CodeTableFeaturesArgument ErrorCode = 4 // property value not supported
	CodeTableFeaturesEPerm    ErrorCode = 5 // not allowed
)

// errorInfo names an error type and its codes, by number.
type errorInfo struct {
	name   string
	prefix string
	codes  []string
}

// errorTypes is indexed by ErrorType and never written. ErrExperimenter stands apart, at 0xffff.
var errorTypes = [...]errorInfo{
	ErrHelloFailed: {"OFPET_HELLO_FAILED", "OFPHFC_", []string{
		"INCOMPATIBLE",
		"EPERM",
	}},
	ErrBadRequest: {"OFPET_BAD_REQUEST", "OFPBRC_", []string{
		"BAD_VERSION",
		"BAD_TYPE",
		"BAD_MULTIPART",
		"BAD_EXPERIMENTER",
		"BAD_EXP_TYPE",
		"EPERM",
		"BAD_LEN",
		"BUFFER_EMPTY",
		"BUFFER_UNKNOWN",
		"BAD_TABLE_ID",
		"IS_SLAVE",
		"BAD_PORT",
		"BAD_PACKET",
		"MULTIPART_BUFFER_OVERFLOW",
	}},
	ErrBadAction: {"OFPET_BAD_ACTION", "OFPBAC_", []string{
		"BAD_TYPE",
		"BAD_LEN",
		"BAD_EXPERIMENTER",
		"BAD_EXP_TYPE",
		"BAD_OUT_PORT",
		"BAD_ARGUMENT",
		"EPERM",
		"TOO_MANY",
		"BAD_QUEUE",
		"BAD_OUT_GROUP",
		"MATCH_INCONSISTENT",
		"UNSUPPORTED_ORDER",
		"BAD_TAG",
		"BAD_SET_TYPE",
		"BAD_SET_LEN",
		"BAD_SET_ARGUMENT",
	}},
	ErrBadInstruction: {"OFPET_BAD_INSTRUCTION", "OFPBIC_", []string{
		"UNKNOWN_INST",
		"UNSUP_INST",
		"BAD_TABLE_ID",
		"UNSUP_METADATA",
		"UNSUP_METADATA_MASK",
		"BAD_EXPERIMENTER",
		"BAD_EXP_TYPE",
		"BAD_LEN",
		"EPERM",
	}},
	ErrBadMatch: {"OFPET_BAD_MATCH", "OFPBMC_", []string{
		"BAD_TYPE",
		"BAD_LEN",
		"BAD_TAG",
		"BAD_DL_ADDR_MASK",
		"BAD_NW_ADDR_MASK",
		"BAD_WILDCARDS",
		"BAD_FIELD",
		"BAD_VALUE",
		"BAD_MASK",
		"BAD_PREREQ",
		"DUP_FIELD",
		"EPERM",
	}},
	ErrFlowModFailed: {"OFPET_FLOW_MOD_FAILED", "OFPFMFC_", []string{
		"UNKNOWN",
		"TABLE_FULL",
		"BAD_TABLE_ID",
		"OVERLAP",
		"EPERM",
		"BAD_TIMEOUT",
		"BAD_COMMAND",
		"BAD_FLAGS",
	}},
	ErrGroupModFailed: {"OFPET_GROUP_MOD_FAILED", "OFPGMFC_", []string{
		"GROUP_EXISTS",
		"INVALID_GROUP",
		"WEIGHT_UNSUPPORTED",
		"OUT_OF_GROUPS",
		"OUT_OF_BUCKETS",
		"CHAINING_UNSUPPORTED",
		"WATCH_UNSUPPORTED",
		"LOOP",
		"UNKNOWN_GROUP",
		"CHAINED_GROUP",
		"BAD_TYPE",
		"BAD_COMMAND",
		"BAD_BUCKET",
		"BAD_WATCH",
		"EPERM",
	}},
	ErrPortModFailed: {"OFPET_PORT_MOD_FAILED", "OFPPMFC_", []string{
		"BAD_PORT",
		"BAD_HW_ADDR",
		"BAD_CONFIG",
		"BAD_ADVERTISE",
		"EPERM",
	}},
	ErrTableModFailed: {"OFPET_TABLE_MOD_FAILED", "OFPTMFC_", []string{
		"BAD_TABLE",
		"BAD_CONFIG",
		"EPERM",
	}},
	ErrQueueOpFailed: {"OFPET_QUEUE_OP_FAILED", "OFPQOFC_", []string{
		"BAD_PORT",
		"BAD_QUEUE",
		"EPERM",
	}},
	ErrSwitchConfigFailed: {"OFPET_SWITCH_CONFIG_FAILED", "OFPSCFC_", []string{
		"BAD_FLAGS",
		"BAD_LEN",
		"EPERM",
	}},
	ErrRoleRequestFailed: {"OFPET_ROLE_REQUEST_FAILED", "OFPRRFC_", []string{
		"STALE",
		"UNSUP",
		"BAD_ROLE",
	}},
	ErrMeterModFailed: {"OFPET_METER_MOD_FAILED", "OFPMMFC_", []string{
		"UNKNOWN",
		"METER_EXISTS",
		"INVALID_METER",
		"UNKNOWN_METER",
		"BAD_COMMAND",
		"BAD_FLAGS",
		"BAD_RATE",
		"BAD_BURST",
		"BAD_BAND",
		"BAD_BAND_VALUE",
		"OUT_OF_METERS",
		"OUT_OF_BANDS",
	}},
	ErrTableFeaturesFailed: {"OFPET_TABLE_FEATURES_FAILED", "OFPTFFC_", []string{
		"BAD_TABLE",
		"BAD_METADATA",
		"BAD_TYPE",
		"BAD_LEN",
		"BAD_ARGUMENT",
		"EPERM",
	}},
}

// String is the standard's name, as in "OFPET_BAD_REQUEST"; "OFPET_99" for a type that is not known.
func (t ErrorType) String() string {
	switch {
	case int(t) < len(errorTypes):
		return errorTypes[t].name
	case t == ErrExperimenter:
		return "OFPET_EXPERIMENTER"
	default:
		return "OFPET_" + utoa(uint64(t))
	}
}

// CodeName is the standard's name of a code, as in "OFPBRC_BAD_LEN"; the number alone when type or code are not known.
func CodeName(t ErrorType, c ErrorCode) string {
	if int(t) >= len(errorTypes) || int(c) >= len(errorTypes[t].codes) {
		return utoa(uint64(c))
	}
	return errorTypes[t].prefix + errorTypes[t].codes[c]
}
