import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { sh } from './shell-fixture.ts'

/** Scripts and what dash 0.5.12 prints for them. */
const scripts: readonly (readonly [script: string, out: string])[] = [
  ['set -- a b; echo $# $1; shift; echo $1', '2 a\nb\n'],
  ['set -- "a b" c; for i in "$@"; do echo "<$i>"; done', '<a b>\n<c>\n'],
  ['for i; do echo $i; done; echo "[$!]"', '[]\n'],
  [`echo \${x:-"a b"} "\${x:-it's}" \${#HOME}`, "a b it's 5\n"],
  [`x=hello; echo \${x%lo} \${x#he} \${x##*l} \${y:=def} $y`, 'hel llo o def def\n'],
  [`x=5; echo $((x+1)) "$(echo "a  b")" $(echo $(echo deep))`, '6 a  b deep\n'],
  ['x=$(exit 4); echo $?; echo $(exit 4); echo $?', '4\n\n0\n'],
  ['echo "a$(printf "x\\n\\n")b"', 'axb\n'],
  ['for i in 1 2; do for j in a b; do break; done; echo $i; done', '1\n2\n'],
  ['for i in 1 2; do for j in a b; do echo $j; break 2; done; echo $i; done', 'a\n'],
  ['for i in 1 2; do for j in a b; do echo $i$j; continue 2; done; done', '1a\n2a\n'],
  ['for i in 1 2; do { break; } > /tmp/f; done; echo seen', 'seen\n'],
  ['case $(echo q) in a | q) echo Q; esac; case x in y) ;; esac; echo $?', 'Q\n0\n'],
  ['f() { local x=2; echo $x; }; x=1; f; echo $x', '2\n1\n'],
  [`x=1 sh -c 'echo $x'; echo "[$x]"; env Y=2 sh -c 'echo $Y'`, '1\n[]\n2\n'],
  ['f() { echo hi; }; f > /tmp/f; cat /tmp/f', 'hi\n'],
  ['exec > /tmp/f; echo hidden; cat /tmp/f >&2', ''],
  ['cat < /none; echo $?; echo x > /tmp; echo $?', '2\n2\n'],
  ['set -e; x=$(false); echo never', ''],
  ['set -e; false || echo yes; ! true; echo end', 'yes\nend\n'],
  ['bash -c "false | true; echo \\$?; set -o pipefail; false | true; echo \\$?"', '0\n1\n'],
  ["sh -c 'echo $0 $1' a b; sh -c 'cd /tmp; exit 3'; echo $?; pwd", 'a b\n3\n/\n'],
  ["echo 'echo read; exit 5' | sh; echo $?", 'read\n5\n'],
  ['timeout 1 sleep 5; echo $?; timeout 5 sh -c "exit 3"; echo $?', '124\n3\n'],
  ['IFS=: read a b <<< 1:2:3; echo $a $b', '1 2:3\n'],
  ['IFS= read -r l <<< "  a b "; echo "[$l]"', '[  a b ]\n'],
  [
    'cat <<EOF\na $HOME $((1+1)) \\$x `echo b` "$(echo "c")"\nj\\\nk\nEOF\necho d',
    'a /root 2 $x b "c"\njk\nd\n',
  ],
  ["cat <<'EOF' | tr a-z A-Z\na $x `b`\nEOF\n", 'A $X `B`\n'],
  ['cat <<-END\n\ta\n\t\tb\n\tEND\necho c', 'a\nb\nc\n'],
  ['cat <<A; cat <<"B"\n1 $HOME\nA\n2 $HOME\nB\n', '1 /root\n2 $HOME\n'],
  ['while read a b; do echo "$b:$a"; done <<EOF\n1 2 3\nx\nEOF\n', '2 3:1\n:x\n'],
  ['cat <<EOF\nno end', 'no end'],
]

describe('the words and redirections of a script', () => {
  for (const [script, out] of scripts) {
    test(script, () => {
      const machine = sh(script)
      machine.pass()
      assert.equal(machine.out(), out)
    })
  }
})
