package topology

// Hop is the next step towards a destination.
type Hop struct {
	Out      PortID // the port to send to; the same as Via.From.Port
	Distance int    // links to the destination, at least 1
	Via      Link
}

// NextHops gives, for every switch that can reach dst over usable links, the next hop of
// a shortest path; dst itself has none. Among equally short ones the choice is by a
// stable hash of the destination and the link, so that destinations spread over
// parallel links and a link that appears or goes moves no more of them than it must.
// Each hop is nearer to dst, so there is no loop. It takes O(V + E).
//
// may, unless nil, tells whether a hop may be chosen: a switch that cannot be told to take another hop has only the
// one that it takes.
func NextHops(g *Graph, dst SwitchID, may func(via Link) bool) map[SwitchID]Hop {
	hops := map[SwitchID]Hop{}
	rank := map[SwitchID]uint64{}
	level := []SwitchID{dst}
	for distance := 1; len(level) > 0; distance++ {
		var next []SwitchID
		for _, id := range level {
			for _, out := range g.Out(id) {
				via := out.Reverse()
				from := via.From.Switch
				have, seen := hops[from]
				if from == dst || (seen && have.Distance < distance) || (may != nil && !may(via)) {
					continue
				}
				if !seen {
					next = append(next, from)
				}
				r := spread(dst, via)
				if !seen || r < rank[from] || (r == rank[from] && via.Compare(have.Via) < 0) {
					hops[from] = Hop{Out: via.From.Port, Distance: distance, Via: via}
					rank[from] = r
				}
			}
		}
		level = next
	}
	return hops
}

// spread ranks a link for a destination (rendezvous hashing): the lowest rank wins.
func spread(dst SwitchID, l Link) uint64 {
	h := mix(uint64(dst))
	h = mix(h ^ uint64(l.From.Switch))
	h = mix(h ^ uint64(l.From.Port))
	h = mix(h ^ uint64(l.To.Switch))
	return mix(h ^ uint64(l.To.Port))
}

// mix is the finaliser of splitmix64: every bit of x changes about half of the result.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
