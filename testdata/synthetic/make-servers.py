#!/usr/bin/env python3
"""Write captures of what servers do to calls and requests: a PBX that passes nothing on, a loop, an ACK that is not sent.

usage: make-servers.py [DIR]      writes NAME/capture.pcap and NAME/README.md for each case into testdata/cases, or DIR
"""
import os
import random
import socket
import struct
import sys

def ck(b):
    if len(b)%2: b+=b'\0'
    s=sum(struct.unpack('!%dH'%(len(b)//2),b))
    while s>>16: s=(s&0xffff)+(s>>16)
    return ~s&0xffff
class Cap:
    def __init__(s): s.p=[]; s.ipid=1
    def udp(s,t,a,b,pay):
        if isinstance(pay,str): pay=pay.encode()
        (sa,sp),(da,dp)=a,b
        u=struct.pack('!HHHH',sp,dp,8+len(pay),0)+pay
        ph=socket.inet_aton(sa)+socket.inet_aton(da)+struct.pack('!BBH',0,17,len(u))
        c=ck(ph+u) or 0xffff
        u=u[:6]+struct.pack('!H',c)+u[8:]
        s.ipid=(s.ipid+1)&0xffff
        ih=struct.pack('!BBHHHBBH4s4s',0x45,0,20+len(u),s.ipid,0x4000,64,17,0,socket.inet_aton(sa),socket.inet_aton(da))
        ih=ih[:10]+struct.pack('!H',ck(ih))+ih[12:]
        mac=lambda ip: b'\x02\0'+socket.inet_aton(ip)
        s.p.append((t,mac(da)+mac(sa)+b'\x08\0'+ih+u))
    def rtp(s,t,a,b,n,pt=0,ssrc=1,seq=1,ts=0,step=160,dt=.02,size=160,m=True,drop=()):
        for i in range(n):
            if i in drop: continue
            h=struct.pack('!BBHII',0x80,pt|(0x80 if m and i==0 else 0),(seq+i)&0xffff,(ts+i*step)&0xffffffff,ssrc)
            s.udp(t+i*dt,a,b,h+b'\xd5'*size)
    def write(s,f,snap=65535):
        s.p.sort(key=lambda x:x[0])
        with open(f,'wb') as o:
            o.write(struct.pack('<IHHiIII',0xa1b2c3d4,2,4,0,0,snap,1))
            for t,d in s.p:
                us=int(round(t*1e6)); o.write(struct.pack('<IIII',1700000000+us//1000000,us%1000000,min(len(d),snap),len(d))+d[:snap])
def sdp(ip,port,codecs=((0,'PCMU/8000'),(101,'telephone-event/8000')),dirn=None,ptime=None,prof='RTP/AVP',o=1,ver=1,extra=(),kind='audio'):
    l=['v=0',f'o=- {o} {ver} IN IP4 {ip}','s=-',f'c=IN IP4 {ip}','t=0 0',f'm={kind} {port} {prof} '+' '.join(str(p) for p,_ in codecs)]
    for p,n in codecs:
        if n: l.append(f'a=rtpmap:{p} {n}')
        if n and 'telephone' in n: l.append(f'a=fmtp:{p} 0-15')
    if ptime: l.append(f'a=ptime:{ptime}')
    l+=list(extra)
    if dirn: l.append('a='+dirn)
    return '\r\n'.join(l)+'\r\n'
class D:
    """one dialog between a (caller) and b (callee), direct"""
    n=0
    def __init__(s,c,a,b,ua='alice',ub='bob',dom='example.com',cid=None):
        D.n+=1; s.c=c; s.a=a; s.b=b; s.ua=ua; s.ub=ub; s.dom=dom; s.cid=cid or f'c{D.n}-{random.randint(1,1<<30)}@{a[0]}'
        s.ta=f'ta{D.n}'; s.tb=f'tb{D.n}'; s.br={}
    def addr(s,side): return s.a if side=='a' else s.b
    def uri(s,side): return f'sip:{s.ua if side=="a" else s.ub}@{s.dom}'
    def contact(s,side): ad=s.addr(side); return f'sip:{s.ua if side=="a" else s.ub}@{ad[0]}:{ad[1]}'
    def fromto(s,side,totag=None):
        o='b' if side=='a' else 'a'
        ft=s.ta if side=='a' else s.tb
        tt=totag
        return [f'From: <{s.uri(side)}>;tag={ft}', f'To: <{s.uri(o)}>'+(f';tag={tt}' if tt else '')]
    def req(s,t,side,m,cseq,totag=None,body=None,extra=(),uri=None,dst=None,src=None,contact=None,branch=None,ctype='application/sdp',vias=None):
        o='b' if side=='a' else 'a'
        src=src or s.addr(side); dst=dst or s.addr(o)
        br=branch or f'z9hG4bK{D.n}{side}{cseq}{m}'
        if m=='ACK' and branch is None: br+='x'
        s.br[(side,cseq,m)]=(br,src,dst,totag)
        l=[f'{m} {uri or (s.contact(o) if totag else s.uri(o))} SIP/2.0']+(vias or [f'Via: SIP/2.0/UDP {src[0]}:{src[1]};branch={br};rport'])+['Max-Forwards: 70']+s.fromto(side,totag)
        l+=[f'Call-ID: {s.cid}',f'CSeq: {cseq} {m}']
        if m in('INVITE','UPDATE','REFER','SUBSCRIBE','NOTIFY') : l.append(f'Contact: <{contact or s.contact(side)}>')
        l+=list(extra)
        if body: l.append(f'Content-Type: {ctype}')
        l.append(f'Content-Length: {len(body or "")}')
        s.c.udp(t,src,dst,'\r\n'.join(l)+'\r\n\r\n'+(body or ''))
    def rsp(s,t,side,m,cseq,code,reason,totag=None,body=None,extra=(),contact=None,src=None,dst=None,ctype='application/sdp',vias=None):
        """answer by `side` to the other's request"""
        o='b' if side=='a' else 'a'
        br,rs,rd,rt=s.br[(o,cseq,m)]
        src=src or s.addr(side); dst=dst or rs
        tt=rt or totag or (None if code==100 else (s.tb if side=='b' else s.ta))
        l=[f'SIP/2.0 {code} {reason}']+(vias or [f'Via: SIP/2.0/UDP {rs[0]}:{rs[1]};branch={br};rport={rs[1]};received={rs[0]}'])+s.fromto(o,tt)
        l+=[f'Call-ID: {s.cid}',f'CSeq: {cseq} {m}']
        if m in('INVITE','UPDATE') and 100<code<300: l.append(f'Contact: <{contact or s.contact(side)}>')
        l+=list(extra)
        if body: l.append(f'Content-Type: {ctype}')
        l.append(f'Content-Length: {len(body or "")}')
        s.c.udp(t,src,dst,'\r\n'.join(l)+'\r\n\r\n'+(body or ''))
    def setup(s,t=0,ring=1.0,sa=None,sb=None,pa=4000,pb=5000,extra=(),rextra=(),ack=True):
        s.pa=(s.a[0],pa); s.pb=(s.b[0],pb)
        s.req(t,'a','INVITE',1,body=sa or sdp(s.a[0],pa),extra=extra)
        s.rsp(t+.01,'b','INVITE',1,100,'Trying'); s.rsp(t+.05,'b','INVITE',1,180,'Ringing')
        s.rsp(t+ring,'b','INVITE',1,200,'OK',body=sb or sdp(s.b[0],pb,o=2),extra=rextra)
        if ack: s.req(t+ring+.02,'a','ACK',1,totag=s.tb)
    def talk(s,t,secs,pt=0,ptb=None,a=True,b=True,seq=1,ssa=None,ssb=None,ts=0):
        n=int(secs*50); k=D.n*10
        if a: s.c.rtp(t,s.pa,s.pb,n,pt=pt,ssrc=ssa or k+1,seq=seq,ts=ts)
        if b: s.c.rtp(t+.005,s.pb,s.pa,n,pt=pt if ptb is None else ptb,ssrc=ssb or k+2,seq=seq+1000,ts=ts)
    def bye(s,t,side='a',cseq=9,ok=True,extra=()):
        s.req(t,side,'BYE',cseq,totag=s.tb if side=='a' else s.ta,extra=extra)
        if ok: s.rsp(t+.02,'b' if side=='a' else 'a','BYE',cseq,200,'OK')

random.seed(7)
A, B, PBX = ("198.51.100.10", 5060), ("203.0.113.20", 5060), ("192.0.2.5", 5060)
G729 = ((18, "G729/8000"),)


def relayed(c, to_bob=True, media_of_bob=True, inside=PBX):
    """A call of two legs through a PBX that relays the media."""
    la, lb = D(c, A, PBX, "alice", "bob"), D(c, inside, B, "alice", "bob")
    la.req(0, "a", "INVITE", 1, body=sdp(A[0], 4000, G729))
    la.rsp(.01, "b", "INVITE", 1, 100, "Trying")
    lb.req(.03, "a", "INVITE", 1, body=sdp(inside[0], 12000, G729, o=7),
           extra=[f"X-CID: {la.cid}"] if inside != PBX else [])
    lb.rsp(.05, "b", "INVITE", 1, 180, "Ringing")
    la.rsp(.07, "b", "INVITE", 1, 180, "Ringing")
    lb.rsp(2, "b", "INVITE", 1, 200, "OK", body=sdp(B[0], 5000, G729, o=3))
    lb.req(2.02, "a", "ACK", 1, totag=lb.tb)
    la.rsp(2.03, "b", "INVITE", 1, 200, "OK", body=sdp(PBX[0], 14000, G729, o=8))
    la.req(2.05, "a", "ACK", 1, totag=la.tb)
    g729 = dict(pt=18, size=20)
    c.rtp(2.1, (A[0], 4000), (PBX[0], 14000), 300, ssrc=11, **g729)
    if media_of_bob:
        if to_bob:
            c.rtp(2.12, (inside[0], 12000), (B[0], 5000), 300, ssrc=12, **g729)
        c.rtp(2.1, (B[0], 5000), (inside[0], 12000), 300, ssrc=13, **g729)
    c.rtp(2.12, (PBX[0], 14000), (A[0], 4000), 300, ssrc=14, **g729)
    la.bye(8.2)
    lb.bye(8.25)


def pbx_drops_one_way(c):
    """A PBX gets the RTP of both phones and sends none of it on to bob: `one_way_audio` names it."""
    relayed(c, to_bob=False)


def pbx_other_leg_without_media(c):
    """The same call where no media of the second leg was captured: almost the same, and nothing can be said of it."""
    relayed(c, media_of_bob=False)


def reinvite_without_ack(c):
    """A re-INVITE whose 200 is repeated for 32 s for want of an ACK, then the call ends: `missing_ack`, no `retransmissions`."""
    d = D(c, A, B)
    d.setup()
    d.req(10, "a", "INVITE", 20, totag=d.tb, body=sdp(A[0], 4000, ver=2))
    t, pause = 10.05, .5
    while t < 42:
        d.rsp(t, "b", "INVITE", 20, 200, "OK", body=sdp(B[0], 5000, o=2, ver=2))
        t, pause = t + pause, min(pause * 2, 4)
    d.bye(42.1, side="b")


def register_loop(c):
    """A REGISTER that two proxies send to each other until its hops are used up: `routing_loop`, no `registration_rejected`."""
    one, two = PBX, ("192.0.2.6", 5060)
    path, vias, stack, t = [A, one, two, one, two, one, two, one], [], [], 0
    own = ["From: <sip:alice@example.com>;tag=1", "Call-ID: loop1", "CSeq: 1 REGISTER"]
    for i, (src, dst) in enumerate(zip(path, path[1:])):
        vias = [f"Via: SIP/2.0/UDP {src[0]}:{src[1]};branch=z9hG4bKx{i}"] + vias
        lines = ["REGISTER sip:example.com SIP/2.0"] + vias + own + [
            f"Max-Forwards: {70 - i}", "To: <sip:alice@example.com>", "Contact: <sip:alice@198.51.100.10>", "Expires: 300", "Content-Length: 0"]
        c.udp(t, src, dst, "\r\n".join(lines) + "\r\n\r\n")
        stack.append((src, dst, vias))
        t += .002
    for src, dst, vias in reversed(stack):
        lines = ["SIP/2.0 483 Too Many Hops"] + vias + own + ["To: <sip:alice@example.com>;tag=z", "Content-Length: 0"]
        c.udp(t, dst, src, "\r\n".join(lines) + "\r\n\r\n")
        t += .002


class Proxied:
    """A call of alice to bob through one proxy that stays in its way."""
    def __init__(self, c):
        self.c, self.proxy, self.other = c, PBX, ("192.0.2.6", 5060)
        self.own = ["From: <sip:alice@example.com>;tag=1", "Call-ID: loop2"]
        self.bob = f"sip:bob@{B[0]}:{B[1]}"

    def via(self, at, name):
        return f"Via: SIP/2.0/UDP {at[0]}:{at[1]};branch=z9hG4bK{name}"

    def send(self, t, src, dst, first, vias, cseq, more=(), body="", to=";tag=2"):
        lines = [first] + vias + self.own + [f"To: <sip:bob@example.com>{to}", f"CSeq: {cseq}"] + list(more)
        if body:
            lines.append("Content-Type: application/sdp")
        self.c.udp(t, src, dst, "\r\n".join(lines + [f"Content-Length: {len(body)}"]) + "\r\n\r\n" + body)

    def answered(self):
        """INVITE to 200; gives back what sends that 200 again."""
        contact, route = f"Contact: <sip:alice@{A[0]}>", f"Record-Route: <sip:{self.proxy[0]};lr>"
        one = [self.via(A, "i1")]
        two = [self.via(self.proxy, "i2")] + one
        self.send(0, A, self.proxy, "INVITE sip:bob@example.com SIP/2.0", one, "1 INVITE",
                  ["Max-Forwards: 70", contact], sdp(A[0], 4000), "")
        self.send(.002, self.proxy, B, f"INVITE {self.bob} SIP/2.0", two, "1 INVITE",
                  ["Max-Forwards: 69", contact, route], sdp(A[0], 4000), "")

        def back(t, status, body=""):
            more = [f"Contact: <{self.bob}>", route]
            self.send(t, B, self.proxy, f"SIP/2.0 {status}", two, "1 INVITE", more, body)
            self.send(t + .002, self.proxy, A, f"SIP/2.0 {status}", one, "1 INVITE", more, body)

        back(.1, "180 Ringing")
        back(1, "200 OK", sdp(B[0], 5000, o=2))
        return lambda t: back(t, "200 OK", sdp(B[0], 5000, o=2))

    def through(self, t, method, cseq):
        """A request that arrives."""
        one = [self.via(A, f"{method}1")]
        route = [f"Route: <sip:{self.proxy[0]};lr>"]
        self.send(t, A, self.proxy, f"{method} {self.bob} SIP/2.0", one, f"{cseq} {method}", ["Max-Forwards: 70"] + route)
        two = [self.via(self.proxy, f"{method}2")] + one
        self.send(t + .002, self.proxy, B, f"{method} {self.bob} SIP/2.0", two, f"{cseq} {method}", ["Max-Forwards: 69"])
        if method != "ACK":
            self.send(t + .01, B, self.proxy, "SIP/2.0 200 OK", two, f"{cseq} {method}")
            self.send(t + .012, self.proxy, A, "SIP/2.0 200 OK", one, f"{cseq} {method}")

    def round(self, t, method, cseq, times, users=("bob",), last=None, status=None):
        """A request that the two proxies send to each other, for these users one after the other, then to `last`."""
        path = [A] + [self.proxy, self.other] * times + ([last] if last else [])
        vias, stack = [], []
        for i, (src, dst) in enumerate(zip(path, path[1:])):
            vias = [self.via(src, f"{method}r{i}")] + vias
            user = users[min(i // 2, len(users) - 1)]
            self.send(t, src, dst, f"{method} sip:{user}@{B[0]}:{B[1]} SIP/2.0", vias, f"{cseq} {method}", [f"Max-Forwards: {70 - i}"])
            stack.append((src, dst, vias))
            t += .002
        for src, dst, vias in reversed(stack if status else []):
            self.send(t, dst, src, f"SIP/2.0 {status}", vias, f"{cseq} {method}")
            t += .002

    def talk(self, t, packets):
        self.c.rtp(t, (A[0], 4000), (B[0], 5000), packets, ssrc=1)
        self.c.rtp(t + .005, (B[0], 5000), (A[0], 4000), packets, ssrc=2, seq=1001)


def bye_loop(c):
    """A BYE that two proxies send to each other until its hops are used up: `routing_loop`, no `request_failed`."""
    call = Proxied(c)
    call.answered()
    call.through(1.01, "ACK", 1)
    call.talk(1.1, 100)
    call.round(3.2, "BYE", 2, 5, status="483 Too Many Hops")


def ack_loop(c):
    """An ACK that two proxies send to each other, so that bob repeats his 200: `routing_loop`, no `ack_not_received`."""
    call = Proxied(c)
    again = call.answered()
    call.round(1.01, "ACK", 1, 4)
    for t in (1.5, 2.5, 4.5):
        again(t)
        call.round(t + .01, "ACK", 1, 4)
    call.talk(1.1, 200)
    call.through(5.2, "BYE", 2)


def bye_spiral(c):
    """A BYE that passes two proxies three times, each time for another user, and arrives: no finding."""
    call = Proxied(c)
    call.answered()
    call.through(1.01, "ACK", 1)
    call.talk(1.1, 100)
    call.round(3.2, "BYE", 2, 3, users=("sales", "team", "bob"), last=B, status="200 OK")


def redirected(c):
    """Bob rings and says to call carol (302), whom alice calls under the same Call-ID; gives back both dialogs."""
    carol = ("203.0.113.30", 5060)
    first = D(c, A, B, cid="moved1")
    first.req(0, "a", "INVITE", 1, body=sdp(A[0], 4000))
    first.rsp(.1, "b", "INVITE", 1, 180, "Ringing")
    first.rsp(.5, "b", "INVITE", 1, 302, "Moved Temporarily", extra=["Contact: <sip:carol@203.0.113.30>"])
    first.req(.51, "a", "ACK", 1, totag=first.tb, branch=first.br[("a", 1, "INVITE")][0], uri="sip:bob@example.com")
    second = D(c, A, carol, cid="moved1")
    second.ta, second.pa, second.pb = first.ta, (A[0], 4000), (carol[0], 6000)
    second.contact = lambda side: "sip:carol@203.0.113.30" if side == "b" else f"sip:alice@{A[0]}"
    second.req(.6, "a", "INVITE", 2, body=sdp(A[0], 4000), uri="sip:carol@203.0.113.30")
    second.rsp(.7, "b", "INVITE", 2, 180, "Ringing")
    return second


def redirect_after_ringing(c):
    """Bob rings and says to call carol (302), who answers: no fork, and the media are carol's."""
    call = redirected(c)
    call.rsp(2, "b", "INVITE", 2, 200, "OK", body=sdp("203.0.113.30", 6000, o=3))
    call.req(2.02, "a", "ACK", 2, totag=call.tb)
    call.talk(2.1, 2)
    call.bye(4.2)


def redirect_to_busy(c):
    """Bob says to call carol (302), who is busy: it is not bob who is."""
    call = redirected(c)
    call.rsp(2, "b", "INVITE", 2, 486, "Busy Here")
    call.req(2.02, "a", "ACK", 2, totag=call.tb, branch=call.br[("a", 2, "INVITE")][0])


def pbx_two_addresses(c):
    """A PBX with an address for each leg drops one direction; that it sends from the inner one is seen in another call."""
    inside = ("192.0.2.133", 5060)
    relayed(c, to_bob=False, inside=inside)
    other = D(c, inside, ("203.0.113.40", 5060), "zoe", "dan")
    other.setup(t=.5, pa=9500, pb=7500)
    other.talk(1.6, 6)
    other.bye(8.4)


def pbx_speaks_for_a_phone(c):
    """A PBX sends alice RTP of its own, as bob's phone sends none: the story does not say that bob does."""
    relayed(c, media_of_bob=False)
    c.rtp(2.12, (PBX[0], 12000), (B[0], 5000), 300, ssrc=12, pt=18, size=20)


def main():
    cases = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "cases")
    for case in (pbx_drops_one_way, pbx_other_leg_without_media, reinvite_without_ack, register_loop,
                 bye_loop, ack_loop, bye_spiral, redirect_after_ringing, redirect_to_busy,
                 pbx_two_addresses, pbx_speaks_for_a_phone):
        folder = os.path.join(cases, case.__name__)
        os.makedirs(folder, exist_ok=True)
        c = Cap()
        case(c)
        c.write(os.path.join(folder, "capture.pcap"))
        with open(os.path.join(folder, "README.md"), "w") as readme:
            readme.write(f"# {case.__name__}\n\n{case.__doc__}\n\nWritten by `testdata/synthetic/make-servers.py`.\n")


main()
