package openflow

// multipartNames are indexed by MultipartType and never written.
var multipartNames = [...]string{
	MultipartDesc:          "DESC",
	MultipartFlow:          "FLOW",
	MultipartAggregate:     "AGGREGATE",
	MultipartTable:         "TABLE",
	MultipartPortStats:     "PORT_STATS",
	MultipartQueue:         "QUEUE",
	MultipartGroup:         "GROUP",
	MultipartGroupDesc:     "GROUP_DESC",
	MultipartGroupFeatures: "GROUP_FEATURES",
	MultipartMeter:         "METER",
	MultipartMeterConfig:   "METER_CONFIG",
	MultipartMeterFeatures: "METER_FEATURES",
	MultipartTableFeatures: "TABLE_FEATURES",
	MultipartPortDesc:      "PORT_DESC",
}

// String is the standard's name without OFPMP_; "MULTIPART_99" for a type that is not known.
func (t MultipartType) String() string {
	switch {
	case int(t) < len(multipartNames):
		return multipartNames[t]
	case t == MultipartExperimenter:
		return "EXPERIMENTER"
	default:
		return "MULTIPART_" + utoa(uint64(t))
	}
}

// MultipartType is MultipartDesc.
func (DescRequest) MultipartType() MultipartType { return MultipartDesc }

// MultipartType is MultipartDesc.
func (Desc) MultipartType() MultipartType { return MultipartDesc }

// MultipartType is MultipartFlow.
func (FlowStatsRequest) MultipartType() MultipartType { return MultipartFlow }

// MultipartType is MultipartFlow.
func (FlowStatsReply) MultipartType() MultipartType { return MultipartFlow }

// MultipartType is MultipartAggregate.
func (AggregateRequest) MultipartType() MultipartType { return MultipartAggregate }

// MultipartType is MultipartAggregate.
func (AggregateReply) MultipartType() MultipartType { return MultipartAggregate }

// MultipartType is MultipartTable.
func (TableStatsRequest) MultipartType() MultipartType { return MultipartTable }

// MultipartType is MultipartTable.
func (TableStatsReply) MultipartType() MultipartType { return MultipartTable }

// MultipartType is MultipartPortStats.
func (PortStatsRequest) MultipartType() MultipartType { return MultipartPortStats }

// MultipartType is MultipartPortStats.
func (PortStatsReply) MultipartType() MultipartType { return MultipartPortStats }

// MultipartType is MultipartQueue.
func (QueueStatsRequest) MultipartType() MultipartType { return MultipartQueue }

// MultipartType is MultipartQueue.
func (QueueStatsReply) MultipartType() MultipartType { return MultipartQueue }

// MultipartType is MultipartGroup.
func (GroupStatsRequest) MultipartType() MultipartType { return MultipartGroup }

// MultipartType is MultipartGroup.
func (GroupStatsReply) MultipartType() MultipartType { return MultipartGroup }

// MultipartType is MultipartGroupDesc.
func (GroupDescRequest) MultipartType() MultipartType { return MultipartGroupDesc }

// MultipartType is MultipartGroupDesc.
func (GroupDescReply) MultipartType() MultipartType { return MultipartGroupDesc }

// MultipartType is MultipartGroupFeatures.
func (GroupFeaturesRequest) MultipartType() MultipartType { return MultipartGroupFeatures }

// MultipartType is MultipartGroupFeatures.
func (GroupFeatures) MultipartType() MultipartType { return MultipartGroupFeatures }

// MultipartType is MultipartMeter.
func (MeterStatsRequest) MultipartType() MultipartType { return MultipartMeter }

// MultipartType is MultipartMeter.
func (MeterStatsReply) MultipartType() MultipartType { return MultipartMeter }

// MultipartType is MultipartMeterConfig.
func (MeterConfigRequest) MultipartType() MultipartType { return MultipartMeterConfig }

// MultipartType is MultipartMeterConfig.
func (MeterConfigReply) MultipartType() MultipartType { return MultipartMeterConfig }

// MultipartType is MultipartMeterFeatures.
func (MeterFeaturesRequest) MultipartType() MultipartType { return MultipartMeterFeatures }

// MultipartType is MultipartMeterFeatures.
func (MeterFeatures) MultipartType() MultipartType { return MultipartMeterFeatures }

// MultipartType is MultipartTableFeatures.
func (TableFeaturesRequest) MultipartType() MultipartType { return MultipartTableFeatures }

// MultipartType is MultipartTableFeatures.
func (TableFeaturesReply) MultipartType() MultipartType { return MultipartTableFeatures }

// MultipartType is MultipartPortDesc.
func (PortDescRequest) MultipartType() MultipartType { return MultipartPortDesc }

// MultipartType is MultipartPortDesc.
func (PortDescReply) MultipartType() MultipartType { return MultipartPortDesc }

// MultipartType is MultipartExperimenter.
func (ExperimenterRequest) MultipartType() MultipartType { return MultipartExperimenter }

// MultipartType is MultipartExperimenter.
func (ExperimenterReply) MultipartType() MultipartType { return MultipartExperimenter }

// MultipartType is the kind that was received.
func (r RawRequest) MultipartType() MultipartType { return r.Kind }

// MultipartType is the kind that was received.
func (r RawReply) MultipartType() MultipartType { return r.Kind }
