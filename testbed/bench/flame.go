package bench

// Flame is a flame graph: where a workload's processor time in the controller went.
type Flame struct {
	Workload string `json:"workload"`
}
