// Package intent takes what a client wants changed to the controller, and brings back the controller's answer in the words and statuses of HTTP. Every API
// that changes something goes through it, so that a refusal reads the same everywhere.
package intent
