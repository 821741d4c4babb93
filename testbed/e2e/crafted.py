# Says by IGMP, MLD and router discovery what a host could, as Scapy makes it and not a kernel. Arguments: the interface, and what to say.
import sys

from scapy.contrib.igmp import IGMP
from scapy.contrib.igmpv3 import IGMPv3, IGMPv3gr, IGMPv3mr
from scapy.layers.inet import IP, IPOption_Router_Alert
from scapy.layers.inet6 import (
    ICMPv6MLDMultAddrRec, ICMPv6MLDone, ICMPv6MLReport, ICMPv6MLReport2, ICMPv6ND_RA, ICMPv6NDOptPrefixInfo, IPv6, IPv6ExtHdrHopByHop, RouterAlert)
from scapy.layers.l2 import Ether
from scapy.arch import get_if_addr, get_if_hwaddr
from scapy.sendrecv import sendp

nic, version, what, group, *sources = sys.argv[1:]
mac = get_if_hwaddr(nic)
records = {"IS_IN": 1, "IS_EX": 2, "TO_IN": 3, "TO_EX": 4, "ALLOW": 5, "BLOCK": 6}


def igmp(to, message):
    return Ether(src=mac, dst="01:00:5e:%02x:%02x:%02x" % tuple(int(n) & m for n, m in zip(to.split(".")[1:], (127, 255, 255)))) / IP(
        src=get_if_addr(nic), dst=to, ttl=1, tos=0xC0, options=[IPOption_Router_Alert()]) / message


def ipv6(to, hlim):
    low = [int(x or "0", 16) for x in to.replace("::", ":0:").split(":")[-2:]]
    host = [int(x, 16) for x in mac.split(":")]
    link_local = "fe80::%02x%02x:%02xff:fe%02x:%02x%02x" % (host[0] ^ 2, *host[1:])
    return Ether(src=mac, dst="33:33:%02x:%02x:%02x:%02x" % (low[0] >> 8, low[0] & 255, low[1] >> 8, low[1] & 255)) / IPv6(
        src=link_local, dst=to, hlim=hlim)


def mld(to, message):
    return ipv6(to, 1) / IPv6ExtHdrHopByHop(options=[RouterAlert(value=0)]) / message


def frame():
    if version == "router":  # of a prefix, for two minutes (RFC 4861 §4.2)
        return ipv6("ff02::1", 255) / ICMPv6ND_RA(routerlifetime=120) / ICMPv6NDOptPrefixInfo(
            prefix=group, prefixlen=64, validlifetime=120, preferredlifetime=60)
    if version == "IGMPv3":
        record = IGMPv3gr(rtype=records[what], maddr=group, srcaddrs=sources)
        return igmp("224.0.0.22", IGMPv3(type=0x22) / IGMPv3mr(records=[record]))
    if version == "IGMPv2":
        kind, to = {"report": (0x16, group), "leave": (0x17, "224.0.0.2"), "query": (0x11, "224.0.0.1")}[what]
        return igmp(to, IGMP(type=kind, mrcode=100 if what == "query" else 0, gaddr=group))
    if version == "MLDv2":
        record = ICMPv6MLDMultAddrRec(rtype=records[what], dst=group, sources=sources)
        return mld("ff02::16", ICMPv6MLReport2(records=[record]))
    if what == "leave":
        return mld("ff02::2", ICMPv6MLDone(mladdr=group))
    return mld(group, ICMPv6MLReport(mladdr=group))


sendp(frame(), iface=nic, verbose=False)
