#!/usr/bin/perl
# carol, a Net::SIP client: registers, calls bob, talks for two seconds, hangs up.
use strict;
use warnings;
use Net::SIP;

my ($proxy, $own, $voice) = @ARGV;
my $ua = Net::SIP::Simple->new(
    legs           => ["$own:5060"],
    outgoing_proxy => "$proxy:5060",
    registrar      => $proxy,
    domain         => $proxy,
    from           => "sip:carol\@$proxy",
    auth           => ['carol', 'secret-carol'],
);
$ua->register or die 'not registered: ' . $ua->error . "\n";
my $call = $ua->invite("sip:bob\@$proxy", init_media => $ua->rtp('media_send_recv', $voice, -1))
    or die 'no call: ' . $ua->error . "\n";
die 'call failed: ' . $call->error . "\n" if $call->error;
my $done;
$ua->add_timer(2, sub { $call->bye(cb_final => \$done) });
$ua->loop(\$done, 20);
die "no end\n" unless $done;
