#!/usr/bin/env bash
# CPU seconds (user+sys) and peak memory of sipflow and its peers on the same capture in the same
# run, interleaved: compare.sh CAPTURE [ROUNDS]
#
# sipflow is target/release/sipflow (or $SIPFLOW); peers that are not installed are left out.
set -euo pipefail

capture=${1:?usage: compare.sh CAPTURE [ROUNDS]}
rounds=${2:-3}
sipflow=${SIPFLOW:-$(dirname "$0")/../target/release/sipflow}
command -v /usr/bin/time >/dev/null || { echo "needs GNU time (apt-get install time)" >&2; exit 1; }

names=() commands=()
peer() { command -v "${2%% *}" >/dev/null && { names+=("$1"); commands+=("$2"); } || true; }
peer "sipflow report --json" "$sipflow report --json -q -o /dev/null $capture"
peer "sipflow calls" "$sipflow calls -q -o /dev/null $capture"
peer "tshark sip,stat + rtp,streams" "tshark -q -r $capture -z sip,stat -z rtp,streams"
peer "tcpdump -w /dev/null" "tcpdump -r $capture -w /dev/null"

times=$(mktemp)
trap 'rm -f "$times"' EXIT
for _ in $(seq "$rounds"); do
  for i in "${!names[@]}"; do
    /usr/bin/time -a -o "$times" -f "$i %U %S %M" sh -c "${commands[$i]} >/dev/null 2>&1" || true
  done
done
for i in "${!names[@]}"; do
  awk -v i="$i" -v name="${names[$i]}" '
    $1 == i { cpu[++n] = $2 + $3; if ($4 > peak) peak = $4 }
    END {
      for (a = 1; a <= n; a++) for (b = a + 1; b <= n; b++) if (cpu[b] < cpu[a]) { t = cpu[a]; cpu[a] = cpu[b]; cpu[b] = t }
      printf "%-32s %7.2f s CPU (median of %d)  %8.1f MB peak\n", name, cpu[int((n + 1) / 2)], n, peak / 1024
    }' "$times"
done
