// Package flows knows what a flow is, what every switch must hold so that it reaches its receivers and nobody else, and how to get a
// switch from what it has to what it should have.
//
//	NetworkFlow, Endpoint      who may send what to whom (IS-06)
//	pipeline.go                every table, priority, cookie, group and meter range
//	Base, Guard, Branch, Host  compile: pieces of a switch's tables
//	Tables                     what a switch holds: entries by (table, priority, match), groups, meters
//	Program                    what an owner wants of a switch, in short: Branches and Guard of a flow, or Tables
//	Tracker                    have and want of one switch; Next gives the ordered batch between them
//
// Everything here is pure: no clock, goroutine or I/O. Equal input gives equal output, byte for byte.
package flows
