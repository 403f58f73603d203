#!/usr/bin/env bash
# The instructions sipflow needs for a few small captures, against the committed figures: a regression
# gate that no load of the machine disturbs. UPDATE=1 writes the figures again.
#
# What is counted is the difference of two runs, so that starting up cancels. The figures are those of
# a release build; another compiler may move them, hence the allowance.
set -euo pipefail

here=$(dirname "$0")
sipflow=${SIPFLOW:-$here/../target/release/sipflow}
figures=$here/instructions.txt
allowance=5 # percent
cases=$here/../testdata/cases
one=("$cases/tcp/capture.pcap")
all=("${one[@]}" "$cases"/{two_proxies,ice_stun,ipv6_p2p,vlan,reorder_pca,wrong_sdp_rtpengine_latch}/capture.pcap)

command -v valgrind >/dev/null || { echo "skipped: valgrind is not installed (apt-get install valgrind)"; exit 0; }
test -x "$sipflow" || { echo "there is no $sipflow: run 'make build' first" >&2; exit 1; }

count() { # COMMAND... FILE...
  valgrind --tool=callgrind --callgrind-out-file=/dev/null "$sipflow" "$@" -q -o /dev/null 2>&1 |
    awk '/Collected/ { n = $NF } END { if (!n) exit 1; print n }'
}

failed=0 measured=()
for command in "calls" "streams" "report --json" "report --format ndjson"; do
  read -ra words <<<"$command"
  now=$(( $(count "${words[@]}" "${all[@]}") - $(count "${words[@]}" "${one[@]}") ))
  measured+=("$now $command")
  was=$(awk -v c="$command" '{ n = $1; sub(/^[0-9]+ /, ""); if ($0 == c) print n }' "$figures" 2>/dev/null || true)
  if [ -z "${was:-}" ]; then
    echo "new      $command: $now"
  elif [ $(( now * 100 )) -gt $(( was * (100 + allowance) )) ]; then
    echo "SLOWER   $command: $now, was $was"
    failed=1
  else
    echo "fine     $command: $now, was $was"
  fi
done
if [ -n "${UPDATE:-}" ]; then
  printf '%s\n' "${measured[@]}" >"$figures"
  echo "written  $figures"
  exit 0
fi
exit $failed
