"""A learning switch for os-ken that does what the tutorial's simple_switch_13 does, which its package no longer has.

A switch sends what no entry forwards to the controller, which notes where the sender is. A frame to whoever has been seen gets an entry of its
own and is sent on; any other is flooded."""

from os_ken.base import app_manager
from os_ken.controller import ofp_event
from os_ken.controller.handler import CONFIG_DISPATCHER, MAIN_DISPATCHER, set_ev_cls
from os_ken.lib.packet import ethernet, packet
from os_ken.ofproto import ofproto_v1_3


class Learning(app_manager.OSKenApp):
    OFP_VERSIONS = [ofproto_v1_3.OFP_VERSION]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.seen = {}

    @set_ev_cls(ofp_event.EventOFPSwitchFeatures, CONFIG_DISPATCHER)
    def switch_is_there(self, event):
        switch = event.msg.datapath
        make, numbers = switch.ofproto_parser, switch.ofproto
        self.forward(switch, 0, make.OFPMatch(), make.OFPActionOutput(numbers.OFPP_CONTROLLER, numbers.OFPCML_NO_BUFFER))

    def forward(self, switch, priority, match, action):
        make, numbers = switch.ofproto_parser, switch.ofproto
        apply = make.OFPInstructionActions(numbers.OFPIT_APPLY_ACTIONS, [action])
        switch.send_msg(make.OFPFlowMod(datapath=switch, priority=priority, match=match, instructions=[apply]))

    @set_ev_cls(ofp_event.EventOFPPacketIn, MAIN_DISPATCHER)
    def frame_came(self, event):
        message = event.msg
        switch = message.datapath
        make, numbers = switch.ofproto_parser, switch.ofproto
        port = message.match["in_port"]
        frame = packet.Packet(message.data).get_protocol(ethernet.ethernet)
        ports = self.seen.setdefault(switch.id, {})
        ports[frame.src] = port
        out = make.OFPActionOutput(ports.get(frame.dst, numbers.OFPP_FLOOD))
        if frame.dst in ports:
            self.forward(switch, 1, make.OFPMatch(in_port=port, eth_dst=frame.dst, eth_src=frame.src), out)
        switch.send_msg(make.OFPPacketOut(
            datapath=switch, buffer_id=numbers.OFP_NO_BUFFER, in_port=port, actions=[out], data=message.data))
