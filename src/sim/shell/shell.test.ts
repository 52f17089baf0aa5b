import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { loadMs, sh, start } from './shell-fixture.ts'

/** Script, what it prints, its exit code, and when it ends in milliseconds after it was loaded. */
const scripts: readonly (readonly [string, string, number, number])[] = [
  ['echo a; echo b', 'a\nb\n', 0, 0],
  ['true && echo yes || echo no', 'yes\n', 0, 0],
  ['false && echo yes || echo no', 'no\n', 0, 0],
  ['sleep 2; exit 3', '', 3, 2000],
  ['sleep 0.5 && sleep 1s', '', 0, 1500],
  ['for i in 1 2 3; do echo -n $i; done', '123', 0, 0],
  ['for i in $(seq 2 4); do echo -n $i; done', '234', 0, 0],
  ['for i in {1..3}; do echo -n $i,; done', '{1..3},', 0, 0],
  ['i=0; while [ $i -lt 3 ]; do i=$((i+1)); sleep 1; done; echo $i', '3\n', 0, 3000],
  ['i=0; until test $i = 2; do i=$((i+1)); done; echo $i', '2\n', 0, 0],
  ['if test -f /etc/motd; then cat /etc/motd; else echo none; fi', 'welcome\n', 0, 0],
  ['case web-1 in db-*) echo db;; web-*) echo web;; *) echo other;; esac', 'web\n', 0, 0],
  [`echo "$GREETING \${NAME:-world}" '$GREETING'`, 'hello world $GREETING\n', 0, 0],
  ['x="a b"; for w in $x "$x"; do echo "<$w>"; done', '<a>\n<b>\n<a b>\n', 0, 0],
  ['echo one > /tmp/f; echo two >> /tmp/f; cat < /tmp/f', 'one\ntwo\n', 0, 0],
  ['echo gone > /dev/null; echo err >&2', '', 0, 0],
  ['echo b | cat; printf "%s-%s\\n" x y | tee /tmp/t; cat /tmp/t', 'b\nx-y\nx-y\n', 0, 0],
  ['greet() { echo hi $1; return 4; }; greet you; echo $?', 'hi you\n4\n', 0, 0],
  ['(exit 5); echo $?; (cd /tmp; pwd); pwd', '5\n/tmp\n/\n', 0, 0],
  ['set -e; false; echo never', '', 1, 0],
  ['set -e; if false; then echo no; fi; echo yes', 'yes\n', 0, 0],
  ['sleep 3 & sleep 1; wait; echo done', 'done\n', 0, 3000],
  ['(sleep 1; exit 7) & wait $!; echo $?', '7\n', 0, 1000],
  ['trap "echo bye" EXIT; exit 2', 'bye\n', 2, 0],
  ['exec sleep 4; echo never', '', 0, 4000],
  ['sh -c "exit 9"; echo $?', '9\n', 0, 0],
  ['while true; do echo x; break; done; echo y', 'x\ny\n', 0, 0],
  ['printf "%03d %x %5s|%-4d|%%\\n" 7 255 ab 3', '007 ff    ab|3   |%\n', 0, 0],
  ['basename /a/b.txt .txt; basename /a/', 'b\na\n', 0, 0],
  ['cat /none', '', 1, 0],
  ['migrate && echo migrated', 'migrated\n', 0, 0],
  ['x=$(rsync a); echo $?; rsync b | cat; (rsync c); echo done', '0\ndone\n', 0, 0],
]

describe('the simulated shell', () => {
  for (const [script, out, code, tookMs] of scripts) {
    test(script, () => {
      const machine = sh(script)
      machine.pass()
      assert.deepEqual(
        { out: machine.out(), code: machine.process.exit?.code, tookMs: machine.nowMs() - loadMs },
        { out, code, tookMs },
      )
    })
  }

  test('a shell without input ends at once with 0', () => {
    const machine = start({ argv: ['bash'] })
    machine.pass(0)
    assert.equal(machine.process.exit?.code, 0)
  })

  test('a shell that is typed into runs line after line, until its input ends', () => {
    const machine = start({ argv: ['bash'], stdin: true, isInit: false })
    machine.process.input('x=1\necho $x\n')
    assert.equal(machine.out(), '1\n')
    machine.process.input('exit 6\n')
    assert.equal(machine.process.exit?.code, 6)
  })

  test('what is typed is run once it is whole', () => {
    const machine = start({ argv: ['sh'], stdin: true, isInit: false })
    machine.process.input('for i in 1 2\n')
    machine.process.input('do echo $i\ndone\ncat <<EOF\nin\n')
    assert.equal(machine.out(), '1\n2\n')
    machine.process.input('EOF\nread line\nfor the read\necho "$line"\n')
    assert.equal(machine.out(), '1\n2\nin\nfor the read\n')
  })

  test('who types what cannot be read is told, and may go on', () => {
    const machine = start({ argv: ['sh'], stdin: true, tty: true, isInit: false })
    machine.process.input('echo )\necho still\n')
    assert.equal(machine.out(), 'echo )\r\necho still\r\nstill\r\n')
    assert.equal(machine.err(), 'sh: 1: Syntax error: ")" unexpected\r\n')
    assert.equal(machine.process.exit, undefined)
  })

  test('a script that is read from elsewhere ends with what cannot be read', () => {
    const machine = start({ argv: ['sh'], stdin: true, isInit: false })
    machine.process.input('echo )\necho never\n')
    assert.deepEqual([machine.out(), machine.process.exit?.code], ['', 2])
  })

  const wrong: readonly (readonly [string, string])[] = [
    ['if true', 'end of file unexpected (expecting "then")'],
    ['echo "a', 'Unterminated quoted string'],
    ['echo $(a', 'end of file unexpected (expecting ")")'],
    ['for', 'Bad for loop variable'],
    ['echo )', '")" unexpected'],
  ]
  for (const [script, why] of wrong) {
    test(`${script} cannot be read, and ends the shell with 2`, () => {
      const machine = sh(script)
      machine.pass()
      assert.equal(machine.err(), `sh: 1: Syntax error: ${why}\n`)
      assert.equal(machine.process.exit?.code, 2)
    })
  }
})

/** Command line, what it prints, its exit code. */
const commandLines: readonly (readonly [readonly string[], string, number])[] = [
  [['sh', '-c', 'echo $0 $1', 'name', 'one'], 'name one\n', 0],
  [['bash', '-c', '--', 'echo $# $1', 'name', 'one'], '1 one\n', 0],
  [['sh', '-ec', 'false; echo never'], '', 1],
  [['sh', '-c', '-e', 'false; echo never'], '', 1],
  [['bash', '--norc', '-o', 'errexit', '-c', 'false; echo never'], '', 1],
  [['bash', '-eo', 'pipefail', '-c', 'false | true; echo never'], '', 1],
  [['sh', '-c', 'sh -c -- "echo inner \\$1" name one'], 'inner one\n', 0],
  [['sh', '-c', 'set -- a b; set +e; echo $#; set --; echo $#'], '2\n0\n', 0],
]

describe('the command line of a shell', () => {
  for (const [argv, printed, code] of commandLines) {
    test(argv.join(' '), () => {
      const machine = start({ argv })
      machine.pass(1000)
      assert.equal(machine.out(), printed)
      assert.equal(machine.process.exit?.code, code)
    })
  }
})
