// Package e2e tests the program from outside, as a user runs it: every test plan on the simulated fabric and on Open vSwitch, and what is left
// behind when it ends by itself, is interrupted, or is killed; and what other implementations than ours say by IGMP and MLD: the Linux kernel in
// every version and with every kind of message, two kernels behind one port, and Scapy, with Wireshark to judge.
//
// It uses the one Open vSwitch of the machine and measures time, so it must not run beside other tests: go test -p 1.
package e2e
