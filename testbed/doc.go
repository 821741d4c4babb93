// Package testbed says what a fabric for tests and demonstrations is: its topology, and what one can have its switches and hosts do.
// testbed/sim and testbed/ovs implement Fabric; scenarios run unchanged on either.
package testbed
