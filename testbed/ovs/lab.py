"""Builds one Mininet of Open vSwitch switches, keeps it, and takes it down again.

The program that starts this script writes one JSON line to its standard input: what to build. The script answers with one
JSON line when all is up, then waits for the end of its input. That end comes with Close and also when the program is killed,
so nothing stays behind either way. A last JSON line says what could not be taken down.

Everything that is made is first written to a state file. Taking down works from that file alone: that is also how the
leftovers of a script that was killed itself are found and removed, at the next start, or by a script that is given no line at all.
"""

import errno
import json
import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
import time

STATE_DIR = "/run/crosspoint-lab"
STATE_FILE = STATE_DIR + "/state.json"
OVS_RUN = "/var/run/openvswitch"
OVS_DB = "/etc/openvswitch/conf.db"
OVS_SCHEMA = "/usr/share/openvswitch/vswitch.ovsschema"
# Bridges carry this mark in Open vSwitch's own database, which outlives the state file.
MARK = "crosspoint-lab"
# Open vSwitch sizes its packet sockets by rmem_default when a bridge is made; the backlog takes the bursts of one packet
# going to many veth pairs. The defaults of both lose packets at a few thousand a second.
SYSCTLS = {"net/core/rmem_default": 8388608, "net/core/netdev_max_backlog": 5000}
# Of a host's interface, in this order: the last one starts IPv6.
IPV6 = {"accept_dad": 0, "accept_ra": 0, "router_solicitations": 0, "disable_ipv6": 0}


class LabError(Exception):
    """Something the user has to know about, in words."""


# ---- small things -----------------------------------------------------------------------------------------------


def say(**fields):
    """Writes one JSON line. Nobody may be left to read it."""
    try:
        print(json.dumps(fields), flush=True)
    except OSError:
        pass


def run(*command, check=True):
    """Runs a command and returns what it printed."""
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if check and done.returncode != 0:
        raise LabError("%s: %s" % (" ".join(command[:4]), done.stderr.strip() or "exit status %d" % done.returncode))
    return done.stdout


def read_file(path):
    with open(path) as f:
        return f.read()


def write_file(path, text):
    with open(path, "w") as f:
        f.write(text)


def process(pid):
    """Names a process for good: numbers are used again, start times are not."""
    return {"pid": pid, "started": start_time(pid)}


def start_time(pid):
    """Field 22 of /proc/PID/stat; the second may contain blanks. None for a process that is gone or only not yet reaped."""
    try:
        fields = read_file("/proc/%d/stat" % pid).rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else int(fields[19])


def alive(p):
    return p["started"] is not None and start_time(p["pid"]) == p["started"]


def end(p, signals, patience):
    """Ends a process by one signal after the other; True when it is gone."""
    for s in signals:
        if not alive(p):
            return True
        os.kill(p["pid"], s)
        deadline = time.monotonic() + patience
        while alive(p) and time.monotonic() < deadline:
            time.sleep(0.005)
    return not alive(p)


# ---- state ------------------------------------------------------------------------------------------------------


class State:
    """What this lab has made and changed, on disk before it is done."""

    def __init__(self, fields):
        self.fields = fields

    @classmethod
    def new(cls, owner):
        return cls({"owner": process(owner), "sysctls": {}, "daemons": [], "shells": [], "interfaces": []})

    @classmethod
    def load(cls):
        try:
            return cls(json.loads(read_file(STATE_FILE)))
        except FileNotFoundError:
            return None
        except ValueError as e:
            raise LabError("%s cannot be read (%s): remove it" % (STATE_FILE, e))

    def save(self):
        os.makedirs(STATE_DIR, exist_ok=True)
        write_file(STATE_FILE + ".new", json.dumps(self.fields, indent=1))
        os.rename(STATE_FILE + ".new", STATE_FILE)

    def __getitem__(self, key):
        return self.fields[key]


def take_lock(patience):
    """One lab at a time. The lock is an abstract socket, which the kernel takes away with the process that holds it.

    A lab whose owner is alive is waited for as long as wanted; one whose owner has died is just taking itself down."""
    lock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    began = time.monotonic()
    while True:
        try:
            lock.bind("\0" + MARK)
            return lock
        except OSError as e:
            if e.errno != errno.EADDRINUSE:
                raise
        state = State.load()
        waited = time.monotonic() - began
        if state and alive(state["owner"]) and waited >= patience:
            raise LabError("a lab is running already: close it first (process %d)" % state["owner"]["pid"])
        # Without a state, someone is about to begin, or looks whether anything is left.
        if waited > patience + (60 if state else 5):
            raise LabError("an earlier lab is not done with taking itself down: see ps for crosspoint-lab")
        time.sleep(0.05)


# ---- Open vSwitch daemons ---------------------------------------------------------------------------------------


def answers(daemon):
    """Whether a daemon runs and listens in the default run directory."""
    try:
        pid = int(read_file("%s/%s.pid" % (OVS_RUN, daemon)))
    except (OSError, ValueError):
        return False
    path = "%s/db.sock" % OVS_RUN if daemon == "ovsdb-server" else "%s/%s.%d.ctl" % (OVS_RUN, daemon, pid)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as s:
        try:
            s.connect(path)
            return True
        except OSError:
            return False


def start_daemon(state, daemon, *args):
    """Starts a daemon of the default run directory, unless it runs; records and waits for it."""
    if answers(daemon):
        return
    log = "%s/%s.log" % (STATE_DIR, daemon)
    child = subprocess.Popen(
        [daemon, "--pidfile", "-vconsole:off", "-vsyslog:off", "--log-file=" + log, *args],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    state["daemons"].append(dict(process(child.pid), name=daemon))
    state.save()
    deadline = time.monotonic() + 10
    while not answers(daemon):
        if child.poll() is not None or time.monotonic() > deadline:
            tail = read_file(log).splitlines()[-3:] if os.path.exists(log) else []
            raise LabError("%s does not start: %s" % (daemon, "; ".join(tail) or "it wrote no log"))
        time.sleep(0.005)


def start_open_vswitch(state):
    os.makedirs(OVS_RUN, exist_ok=True)
    if not answers("ovsdb-server"):
        database = os.path.realpath(OVS_DB)  # Debian has a link here, which ovsdb-tool would not create through
        if not os.path.exists(database):
            os.makedirs(os.path.dirname(database), exist_ok=True)
            run("ovsdb-tool", "create", database, OVS_SCHEMA)
    start_daemon(state, "ovsdb-server", OVS_DB, "--remote=punix:%s/db.sock" % OVS_RUN,
                 "--remote=db:Open_vSwitch,Open_vSwitch,manager_options",
                 "--private-key=db:Open_vSwitch,SSL,private_key", "--certificate=db:Open_vSwitch,SSL,certificate",
                 "--bootstrap-ca-cert=db:Open_vSwitch,SSL,ca_cert")
    if not answers("ovs-vswitchd"):
        run("ovs-vsctl", "--no-wait", "init")
        remove_marked_bridges(wait=False)  # else it would bring up the leftovers of a machine that was switched off
    start_daemon(state, "ovs-vswitchd", "unix:%s/db.sock" % OVS_RUN)


def bridges():
    """The bridges there are, and of each whether it is a lab's."""
    table = json.loads(run("ovs-vsctl", "--format=json", "--columns=name,external_ids", "list", "Bridge"))
    return {name: MARK in dict(ids[1]) for name, ids in table["data"]}


def remove_marked_bridges(wait=True):
    ours = [name for name, marked in bridges().items() if marked]
    if ours:
        how = [] if wait else ["--no-wait"]
        run("ovs-vsctl", *how, *" -- ".join("--if-exists del-br " + name for name in ours).split())


# ---- up ---------------------------------------------------------------------------------------------------------


def claim_names(spec, state):
    """Records the interfaces that are to be made, unless one is there: what is not ours is never taken, whatever its name."""
    switches = [s["name"] for s in spec["switches"]]
    ports = [link[end] for link in spec["links"] for end in ("a", "b")] + [h["port"] for h in spec["hosts"]]
    for name in sorted(set(switches) & set(bridges())):
        raise LabError("bridge %s exists and is not a lab's; remove it: ovs-vsctl del-br %s" % (name, name))
    for name in ports + switches:
        if os.path.exists("/sys/class/net/" + name):
            raise LabError("interface %s exists and is not a lab's; remove it: ip link del %s" % (name, name))
    state["interfaces"].extend(ports)
    state.save()


def set_sysctls(state):
    for name, value in SYSCTLS.items():
        path = "/proc/sys/" + name
        old = int(read_file(path))
        if old < value:
            state["sysctls"][name] = {"old": old, "new": value}
            state.save()
            write_file(path, str(value))


def build(spec, state):
    """Makes the network with Mininet and returns it."""
    from mininet.link import Intf, Link
    from mininet.log import setLogLevel
    from mininet.net import Mininet
    from mininet.node import OVSSwitch

    class Switch(OVSSwitch):
        """A switch with a controller by any target, and the mark, in the same transaction. A plain one forwards by itself."""

        def __init__(self, name, targets=(), plain=False, **params):
            self.targets = targets
            mode = "standalone" if plain else "secure"
            OVSSwitch.__init__(self, name, datapath="user", protocols="OpenFlow13", failMode=mode, batch=True, **params)

        def start(self, controllers):
            OVSSwitch.start(self, [])
            self.vsctl("-- br-set-external-id", self, MARK, "1")
            if self.targets:
                self.vsctl("-- set-controller", self, *self.targets)

    class QuietPort(Intf):
        """A switch port on which the kernel says nothing by itself."""

        def config(self, **params):
            write_file("/proc/sys/net/ipv6/conf/%s/disable_ipv6" % self.name, "1")
            return Intf.config(self, **params)

    setLogLevel("error")
    # Mininet would raise a dozen limits of the machine for good; ours are in SYSCTLS.
    Mininet.inited = True
    net = Mininet(topo=None, switch=Switch, link=Link, controller=None, build=False)

    def add(node):
        state["shells"].append(process(node.pid))
        return node

    for s in spec["switches"]:
        add(net.addSwitch(s["name"], dpid=s["dpid"], targets=s["targets"], plain=s.get("plain", False)))
    for h in spec["hosts"]:
        host = add(net.addHost(h["name"], ip=h["ip"]))
        host.cmd("echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6; echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6")
    state.save()
    for link in spec["links"]:
        net.addLink(link["aSwitch"], link["bSwitch"], port1=link["aPort"], port2=link["bPort"], cls1=QuietPort, cls2=QuietPort)
    for h in spec["hosts"]:
        net.addLink(h["switch"], h["name"], port1=h["portNo"], port2=0, addr2=h["mac"], cls1=QuietPort)
    net.build()
    net.start()
    set_up_hosts(net.hosts, {h["name"]: h["ip6"] for h in spec["hosts"]})
    check_ports(spec)
    return net


def set_up_hosts(hosts, addresses6):
    """Offloads off, because a packet socket would see UDP without its checksum, which the receiver then drops; a route for
    multicast; IPv6 without looking for routers, and without a second of duplicate address detection. All hosts at once."""
    for host in hosts:
        nic = host.name + "-eth0"
        steps = ["ethtool -K %s tx off >/dev/null" % nic, "ip route add 224.0.0.0/4 dev %s" % nic]
        if addresses6[host.name]:
            steps += ["echo %d > /proc/sys/net/ipv6/conf/%s/%s" % (value, nic, name) for name, value in IPV6.items()]
            steps += ["ip -6 addr add %s dev %s nodad" % (addresses6[host.name], nic)]
        host.sendCmd(" && ".join(steps + ["echo fine"]))
    for host in hosts:
        out = host.waitOutput().strip()
        if out != "fine":
            raise LabError("set up host %s: %s" % (host.name, out))


def check_ports(spec):
    """Mininet does not look whether ovs-vsctl succeeded: see that each port is there, with its number."""
    table = json.loads(run("ovs-vsctl", "--format=json", "--columns=name,ofport", "list", "Interface"))
    have = dict(table["data"])
    want = {link[end]: link[end + "Port"] for link in spec["links"] for end in ("a", "b")}
    want.update({h["port"]: h["portNo"] for h in spec["hosts"]})
    for name, number in want.items():
        if have.get(name) != number:
            raise LabError("port %s has number %s in Open vSwitch, not %d" % (name, have.get(name), number))


# ---- down -------------------------------------------------------------------------------------------------------


def take_down(state):
    """Undoes all that a state tells of, and returns what could not be undone. It can be done again.

    It does the work of Mininet's stop itself, because it must also work without the Mininet, and because in one batch it is
    ten times as fast."""
    problems = []

    def attempt(what, f):
        try:
            f()
        except (LabError, OSError, ValueError, KeyError) as e:
            problems.append("%s: %s" % (what, e))

    # Hosts first: the kernel removes their ends of links all at once, and one by one it takes longer.
    attempt("end hosts", lambda: end_shells(state))
    attempt("remove bridges", lambda: remove_bridges(state))
    attempt("remove links", lambda: remove_interfaces(state))
    attempt("end Open vSwitch", lambda: end_daemons(state))
    attempt("restore sysctls", lambda: restore_sysctls(state))
    reap()
    if not problems:
        shutil.rmtree(STATE_DIR, ignore_errors=True)
    return problems


def reap():
    """Collects children that have ended, so that they are not left to init as zombies."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def remove_bridges(state):
    if answers("ovsdb-server"):
        remove_marked_bridges(wait=answers("ovs-vswitchd"))


def end_shells(state):
    """A host's namespace ends with its shell."""
    for p in state["shells"]:
        if alive(p):
            os.kill(p["pid"], signal.SIGKILL)
    left = [p["pid"] for p in state["shells"] if not end(p, [signal.SIGKILL], 2)]
    if left:
        raise LabError("processes do not end: %s" % left)


def remove_interfaces(state):
    """One end of a link takes the other with it, so most are gone by the time their turn comes."""
    names = [n for n in state["interfaces"] if os.path.exists("/sys/class/net/" + n)]
    if names:
        subprocess.run(["ip", "-force", "-batch", "-"], input="".join("link del %s\n" % n for n in names), text=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    left = [n for n in names if os.path.exists("/sys/class/net/" + n)]
    if left:
        raise LabError("interfaces are still there: %s" % " ".join(left))


def end_daemons(state):
    for p in reversed(state["daemons"]):
        if not end(p, [signal.SIGTERM, signal.SIGKILL], 3):
            raise LabError("%s (process %d) does not end" % (p["name"], p["pid"]))


def restore_sysctls(state):
    for name, value in state["sysctls"].items():
        path = "/proc/sys/" + name
        if int(read_file(path)) == value["new"]:  # else someone has changed it since
            write_file(path, str(value["old"]))


def clean_up_after_killed():
    """Removes what a script left that was killed itself; there is none while we hold the lock."""
    state = State.load()
    problems = take_down(state) if state else []
    if problems:
        raise LabError("leftovers of an earlier lab: " + "; ".join(problems))


# ---- main -------------------------------------------------------------------------------------------------------


def stop_on_signal(*_):
    raise SystemExit


def keep_lab(spec):
    """Builds, waits for the end of input, takes down."""
    state = State.new(spec["owner"])
    clean_up_after_killed()
    state.save()
    try:
        set_sysctls(state)
        start_open_vswitch(state)
        remove_marked_bridges()
        claim_names(spec, state)
        say(ready=ready_line(build(spec, state), state))
        sys.stdin.read()
    except Exception as e:  # whatever Mininet raises: it is to be said, and all is to be taken down
        say(error=str(e) or repr(e))
    finally:
        for s in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(s, signal.SIG_IGN)
        say(closed=True, problems=take_down(state))


def ready_line(net, state):
    from mininet.net import VERSION
    return {
        "hosts": {h.name: h.pid for h in net.hosts},
        "processes": [p["pid"] for p in state["shells"] + state["daemons"]],
        "openVSwitch": run("ovs-vswitchd", "--version").split()[3],
        "mininet": VERSION,
    }


def main():
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the program that owns us
    for s in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(s, stop_on_signal)
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))  # a node takes two files here, a port several in ovs-vswitchd
    os.environ["OVS_CTL_TIMEOUT"] = "20"  # else ovs-vsctl waits forever for a daemon that died
    try:
        spec = json.loads(sys.stdin.readline() or "null")
        lock = take_lock(spec["patience"] if spec else 0)
        if spec:
            keep_lab(spec)
        else:
            clean_up_after_killed()
            say(closed=True, problems=[])
        lock.close()
    except LabError as e:
        say(error=str(e), closed=True, problems=[])  # nothing was made


main()
