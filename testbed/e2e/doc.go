// Package e2e tests the program from outside, as a user runs it: every test plan on the simulated fabric and on Open vSwitch, and what is left
// behind when it ends by itself, is interrupted, or is killed; and what other implementations than ours say by IGMP and MLD: the Linux kernel in
// every version and with every kind of message, two kernels behind one port, lwIP and Scapy, with Wireshark to judge. And it shows a picture: ffmpeg sends one
// over multicast, and receivers decode it while the network moves it, fails, and takes a receiver to another camera; every frame is compared.
//
// It uses the one Open vSwitch of the machine and measures time, so it must not run beside other tests: go test -p 1.
package e2e
