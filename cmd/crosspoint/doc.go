// Command crosspoint is the controller and the tools to look into it: one binary, one file per command.
//
// What asks a running controller (get, dump, drain, take, version) goes through its API (package northbound/ops) and so sees what any
// other client sees. A command is an options struct, a function that makes the cobra command and parses into the options, and a
// function that runs on them.
//
// Output goes to a terminal as an aligned table for people, and to anything else as tab-separated values with whole ids and times.
// Errors go to standard error as "crosspoint: …" with exit status 1; a command line that makes no sense has exit status 2.
package main
