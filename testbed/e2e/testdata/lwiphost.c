/*
 * A host whose TCP/IP stack is lwIP, on a network interface beside the kernel's: it speaks IGMPv2 and MLDv1 by code that is neither Linux's nor Crosspoint's.
 *
 *   lwiphost INTERFACE IPV4 IPV6
 *
 * It says "ready" when it is on the network, then reads lines "join GROUP" and "leave GROUP" and answers each with "ok" or with why not.
 */
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <lwip/ethip6.h>
#include <lwip/igmp.h>
#include <lwip/init.h>
#include <lwip/mld6.h>
#include <lwip/netif.h>
#include <lwip/sys.h>
#include <lwip/tcpip.h>
#include <netif/etharp.h>

static const char *nic;
static int wire;
static struct netif host;

static void fail(const char *what) {
    perror(what);
    exit(1);
}

/* open_wire opens a packet socket that takes in every multicast frame, as a querier's specific queries go to the group's own address. */
static void open_wire(void) {
    int index = if_nametoindex(nic);
    struct sockaddr_ll at = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = index};
    struct packet_mreq all = {.mr_ifindex = index, .mr_type = PACKET_MR_ALLMULTI};
    struct ifreq asked = {0};

    if (index == 0) fail(nic);
    if ((wire = socket(AF_PACKET, SOCK_RAW, 0)) < 0) fail("packet socket");
    if (bind(wire, (struct sockaddr *)&at, sizeof at) < 0) fail("bind");
    if (setsockopt(wire, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &all, sizeof all) < 0) fail("take in all multicast");
    strncpy(asked.ifr_name, nic, IFNAMSIZ - 1);
    if (ioctl(wire, SIOCGIFHWADDR, &asked) < 0) fail("address of the interface");
    memcpy(host.hwaddr, asked.ifr_hwaddr.sa_data, ETH_HWADDR_LEN);
}

static err_t put(struct netif *n, struct pbuf *p) {
    char frame[2048];
    u16_t length = pbuf_copy_partial(p, frame, sizeof frame, 0);

    (void)n;
    return write(wire, frame, length) == length ? ERR_OK : ERR_IF;
}

/* listen_to_wire gives lwIP what others send. */
static void listen_to_wire(void *unused) {
    char frame[2048];

    (void)unused;
    for (;;) {
        struct sockaddr_ll from;
        socklen_t size = sizeof from;
        ssize_t length = recvfrom(wire, frame, sizeof frame, 0, (struct sockaddr *)&from, &size);
        struct pbuf *p;

        if (length < 0) fail("receive");
        if (from.sll_pkttype == PACKET_OUTGOING) continue;
        if ((p = pbuf_alloc(PBUF_RAW, (u16_t)length, PBUF_RAM)) == NULL) continue;
        pbuf_take(p, frame, (u16_t)length);
        if (host.input(p, &host) != ERR_OK) pbuf_free(p);
    }
}

static err_t set_up(struct netif *n) {
    n->name[0] = 'l', n->name[1] = 'w';
    n->hwaddr_len = ETH_HWADDR_LEN;
    n->mtu = 1500;
    n->output = etharp_output;
    n->output_ip6 = ethip6_output;
    n->linkoutput = put;
    n->flags = NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_ETHERNET | NETIF_FLAG_IGMP | NETIF_FLAG_MLD6 | NETIF_FLAG_LINK_UP;
    return ERR_OK;
}

static void started(void *semaphore) { sys_sem_signal(semaphore); }

static err_t change(int joins, const char *group) {
    ip4_addr_t v4;
    ip6_addr_t v6;

    if (ip4addr_aton(group, &v4)) return joins ? igmp_joingroup_netif(&host, &v4) : igmp_leavegroup_netif(&host, &v4);
    if (!ip6addr_aton(group, &v6)) return ERR_ARG;
    ip6_addr_assign_zone(&v6, IP6_MULTICAST, &host);
    return joins ? mld6_joingroup_netif(&host, &v6) : mld6_leavegroup_netif(&host, &v6);
}

int main(int argc, char **argv) {
    ip4_addr_t v4, mask, none;
    ip6_addr_t v6;
    s8_t slot;
    sys_sem_t up;
    char verb[8], group[64];

    if (argc != 4 || !ip4addr_aton(argv[2], &v4) || !ip6addr_aton(argv[3], &v6)) {
        fprintf(stderr, "usage: %s INTERFACE IPV4 IPV6\n", argv[0]);
        return 2;
    }
    nic = argv[1];
    open_wire();
    sys_sem_new(&up, 0);
    tcpip_init(started, &up);
    sys_arch_sem_wait(&up, 0);

    LOCK_TCPIP_CORE();
    IP4_ADDR(&mask, 255, 0, 0, 0);
    ip4_addr_set_zero(&none);
    netif_add(&host, &v4, &mask, &none, NULL, set_up, tcpip_input);
    netif_create_ip6_linklocal_address(&host, 1);
    netif_ip6_addr_set_state(&host, 0, IP6_ADDR_PREFERRED);
    netif_add_ip6_address(&host, &v6, &slot);
    netif_ip6_addr_set_state(&host, slot, IP6_ADDR_PREFERRED);
    netif_set_default(&host);
    netif_set_up(&host);
    UNLOCK_TCPIP_CORE();
    sys_thread_new("wire", listen_to_wire, NULL, 0, 0);

    setvbuf(stdout, NULL, _IOLBF, 0);
    puts("ready");
    while (scanf("%7s %63s", verb, group) == 2) {
        err_t err;

        LOCK_TCPIP_CORE();
        err = change(strcmp(verb, "join") == 0, group);
        UNLOCK_TCPIP_CORE();
        if (err == ERR_OK)
            puts("ok");
        else
            printf("%s %s: lwIP error %d\n", verb, group, err);
    }
    return 0;
}
