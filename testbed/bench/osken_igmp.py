"""A switch with os-ken's igmplib, as its documentation has it: the switch of datapath id 1 is a querier whose multicast comes in by port 1.

IGMP alone is sent to the controller. What no entry forwards is dropped, so that the library is not also busy with the stream."""

from os_ken.base import app_manager
from os_ken.controller import ofp_event
from os_ken.controller.handler import CONFIG_DISPATCHER, set_ev_cls
from os_ken.lib import igmplib
from os_ken.ofproto import ofproto_v1_3


class Querier(app_manager.OSKenApp):
    OFP_VERSIONS = [ofproto_v1_3.OFP_VERSION]
    _CONTEXTS = {"igmplib": igmplib.IgmpLib}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        kwargs["igmplib"].set_querier_mode(dpid=1, server_port=1)

    @set_ev_cls(ofp_event.EventOFPSwitchFeatures, CONFIG_DISPATCHER)
    def switch_is_there(self, event):
        switch = event.msg.datapath
        make, numbers = switch.ofproto_parser, switch.ofproto
        punt = make.OFPActionOutput(numbers.OFPP_CONTROLLER, numbers.OFPCML_NO_BUFFER)
        switch.send_msg(make.OFPFlowMod(
            datapath=switch, priority=1, match=make.OFPMatch(eth_type=0x0800, ip_proto=2),
            instructions=[make.OFPInstructionActions(numbers.OFPIT_APPLY_ACTIONS, [punt])]))
