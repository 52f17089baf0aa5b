// biome-ignore-all lint/suspicious/noTemplateCurlyInString: shells have braces, too
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { start } from './shell-fixture.ts'

/** Script, what it prints, what it complains of, and its exit code: all as dash 0.5.12 has them. */
const scripts: readonly (readonly [string, string, RegExp, number])[] = [
  // What `set -e` lets pass, however deep within a function.
  ['set -e; f() { false; echo in; }; f || echo out', 'in\n', /^$/, 0],
  [
    'set -e; f() { for i in 1 2; do false; done; echo $i; }; if f; then echo y; fi',
    '2\ny\n',
    /^$/,
    0,
  ],
  ['set -e; f() { return 1; }; while ! f; do break; done; false; echo no', '', /^$/, 1],
  [
    'set -e; { false; echo a; } || true; (false; echo b) || true; false; echo no',
    'a\nb\n',
    /^$/,
    1,
  ],
  // What is not set.
  ['set -u; echo ${X:-d} $#; echo $X; echo no', 'd 0\n', /X: parameter not set/, 2],
  ['trap "echo bye" EXIT; set -u; echo $X', 'bye\n', /X: parameter not set/, 2],
  ['echo ${X?gone}; echo no', '', /X: gone/, 2],
  ['X=; echo ${X?gone}; echo ${X:?}; echo no', '\n', /X: parameter not set or null/, 2],
  ['readonly R=1; R=2; echo no', '', /R: is read only/, 2],
  // What cannot be computed, and what can.
  ['echo $((10 / 0)); echo no', '', /division by zero: "10 \/ 0"/, 2],
  [
    'echo $((1<<4)) $((5&3)) $((5|3)) $((5^3)) $((~5)) $((0x10)) $((010))',
    '16 1 7 6 -6 16 8\n',
    /^$/,
    0,
  ],
  ['x=5; echo $((x += 2)) $x $((x > 3 ? 1 : 0)) $((0 && 1 / 0))', '7 7 1 0\n', /^$/, 0],
  // Options that this shell has not.
  ['set -euo pipefail; echo no', '', /Illegal option -o pipefail/, 2],
  ['sh -o pipefail -c "echo no"; echo $?', '2\n', /Illegal option -o pipefail/, 0],
  ['exit abc', '', /Illegal number: abc/, 2],
  ['[ 1 -eq x ]; echo $?; [ 1; echo $?', '2\n2\n', /Illegal number: x\n.*missing \]/, 0],
  [
    '[[ a = a ]]; echo $?; source /etc/motd; echo $?',
    '127\n127\n',
    /\[\[: not found\n.*source: not found/,
    0,
  ],
  // Patterns: what is quoted stands for itself, and one that is none fits nothing.
  ['case x in [) echo a;; *) echo b;; esac; X="a[b"; echo ${X%[*}', 'b\na\n', /^$/, 0],
  [
    'case ab in "*") echo no;; [!x]?) echo yes;; esac; X="a*b"; echo "${X%%"*"*}"',
    'yes\na\n',
    /^$/,
    0,
  ],
  // Words.
  [
    'IFS=:; x=a::b; for i in $x; do echo "[$i]"; done; set -- a b; echo "$*"',
    '[a]\n[]\n[b]\na:b\n',
    /^$/,
    0,
  ],
  [
    'echo ~/x "~"; cd /tmp; cd -; set -- 1 2 3 4 5 6 7 8 9 ten; echo ${10}',
    '/root/x ~\n/\nten\n',
    /^$/,
    0,
  ],
  [
    'X=1; sh -c "echo [\\$X]"; export X; sh -c "echo [\\$X]"; Y=2 sh -c "echo \\$Y"',
    '[]\n[1]\n2\n',
    /^$/,
    0,
  ],
  // Output.
  ['printf "%.2f|%05d|%-3s|%b|%s\\n" 3.14159 42 ab "x\\ty" ""', '3.14|00042|ab |x\ty|\n', /^$/, 0],
  [
    'printf "%d %s\\n" 1 a 2; printf "no\\n" a b; printf "%d\\n" z; echo $?',
    '1 a\n2 \nno\n0\n1\n',
    /z: expected numeric/,
    0,
  ],
  ['printf "%k"; printf "%99999999999d" 1; echo no', '', /%k: invalid directive/, 2],
  ['printf "%99999999999d" 1; echo no', '', /Out of space/, 2],
  ['echo -e "a\\tb"; echo "a\\nb"; echo -n x; echo a{b,c}', '-e a\tb\na\nb\nxa{b,c}\n', /^$/, 0],
  ['exec 3>&1; echo three >&3; exec 3>/tmp/f; echo kept >&3; cat /tmp/f', 'three\nkept\n', /^$/, 0],
  ['set -x; x=1; echo "a b" >/dev/null', '', /^\+ x=1\n\+ echo a b\n$/, 0],
  ['echo a | nosuch -x; echo $?; nosuch <<EOF\na\nEOF', '0\n', /^$/, 0],
  [
    'expr 1 + 2; command -v sleep exit; umask; rm /none || rm -f /none',
    '3\n/usr/bin/sleep\nexit\n0022\n',
    /cannot remove/,
    0,
  ],
  [`eval "${'('.repeat(20_000)}"`, '', /Out of space/, 2],
]

describe('what dash refuses, and how it goes on', () => {
  for (const [script, out, err, code] of scripts) {
    test(script.slice(0, 200), { timeout: 20_000 }, () => {
      const machine = start({ argv: ['sh', '-c', script] })
      machine.pass()
      assert.deepEqual([machine.out(), machine.process.exit?.code], [out, code])
      assert.match(machine.err(), err)
    })
  }
})

const others: readonly (readonly [
  argv: readonly string[],
  image: string,
  out: string,
  code: number,
])[] = [
  [['bash', '-c', 'set -o pipefail; false | true; echo $?; set -u; echo $X'], 'debian', '1\n', 127],
  [
    ['bash', '-c', 'echo {1..3}{a,b}; echo "a\\tb"; echo -e "a\\tb"'],
    'debian',
    '1a 1b 2a 2b 3a 3b\na\\tb\na\tb\n',
    0,
  ],
  [['bash', '-c', 'set -- {a,} {,} "" ; echo $#'], 'debian', '2\n', 0],
  [['bash', '-c', '[[ a == a ]] && echo $((1 / 0))'], 'debian', '', 1],
  [['bash', '-c', 'echo {1..9999}{1..9999}; echo no'], 'debian', '', 2],
  [
    ['sh', '-c', 'set -o pipefail; false | true; echo $?; echo -e "a\\tb" {a,b}'],
    'busybox',
    '1\na\tb {a,b}\n',
    0,
  ],
  [['echo', '-e', 'a\\tb'], 'debian', 'a\tb\n', 0],
]

describe('other shells differ from it', () => {
  for (const [argv, image, out, code] of others) {
    test(`${argv.join(' ')} in ${image}`, () => {
      const machine = start({ argv, image })
      machine.pass()
      assert.deepEqual([machine.out(), machine.process.exit?.code], [out, code])
    })
  }
})

/** Script, its exit status, and when it ends. */
const limits: readonly (readonly [string, string, number])[] = [
  ['timeout 1 sleep 9', '124', 1000],
  ['timeout -s KILL 1 sleep 9', '137', 1000],
  ['timeout --preserve-status 1 sleep 9', '143', 1000],
  ['timeout -k 2 1 sh -c \'trap "" TERM; sleep 9; sleep 9\'', '137', 3000],
  ['timeout --signal=INT 1 sh -c \'trap "exit 3" INT; sleep 2; sleep 9\'', '124', 2000],
]

describe('timeout', () => {
  for (const [script, status, tookMs] of limits) {
    test(`${script} ends with ${status} after ${tookMs} ms`, () => {
      const machine = start({ argv: ['sh', '-c', `${script}; echo $?`], isInit: false })
      machine.pass()
      assert.deepEqual([machine.out(), machine.nowMs()], [`${status}\n`, tookMs])
    })
  }
})
