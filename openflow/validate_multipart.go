package openflow

// validateRequest checks the matches in multipart requests (OpenFlow 1.3.5 §7.3.5).
func validateRequest(b RequestBody) *ValidationError {
	switch b := b.(type) {
	case FlowStatsRequest:
		return validateMatch(b.Match)
	case AggregateRequest:
		return validateMatch(b.Match)
	case FlowMonitorRequest:
		return validateList("monitors", b, func(m *FlowMonitor) *ValidationError { return validateMatch(m.Match) })
	}
	return nil
}

// validateReply checks the flow entries, groups and meters that a switch reports (OpenFlow 1.3.5 §7.3.5).
func validateReply(b ReplyBody) *ValidationError {
	switch b := b.(type) {
	case FlowStatsReply:
		return validateList("flows", b, validateFlowStats)
	case GroupDescReply:
		return validateList("groups", b, (*GroupDesc).validate)
	case MeterConfigReply:
		return validateList("meters", b, (*MeterConfig).validate)
	case FlowMonitorReply:
		return validateList("updates", b, func(u *FlowUpdate) *ValidationError {
			return validateFlowStats(&FlowStats{Table: u.Table, Match: u.Match, Instructions: u.Instructions})
		})
	}
	return nil
}

func validateList[T any](name string, list []T, one func(*T) *ValidationError) *ValidationError {
	for i := range list {
		if e := one(&list[i]); e != nil {
			return e.inElement(name, i)
		}
	}
	return nil
}
