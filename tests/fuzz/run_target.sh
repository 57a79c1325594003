#!/usr/bin/env bash
# run_target.sh TARGET ARGUMENT…: runs a libFuzzer program and leaves its one result for tools/test_summary.py.
set -uo pipefail
name=$(basename "$1")
"$@"
rc=$?
mkdir -p "$(dirname "$MLA_FUZZ_RESULT")"
failure=
[ $rc -ne 0 ] && failure="<failure message=\"exit status $rc\"/>"
echo "<testsuite><testcase name=\"$name\">$failure</testcase></testsuite>" >"$MLA_FUZZ_RESULT"
exit $rc
