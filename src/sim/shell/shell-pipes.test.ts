import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { loadMs, restarted, sh } from './shell-fixture.ts'

/** Script, what it prints, and when it ends in milliseconds after it was loaded. */
const scripts: readonly (readonly [script: string, out: string, tookMs: number])[] = [
  ['(echo 1; sleep 1; echo 2) | while read n; do echo "n$n"; done', 'n1\nn2\n', 1000],
  ['sleep 2 | sleep 1; echo both', 'both\n', 2000],
  ['echo a | while read x; do y=$x; done; echo "[$y]"', '[]\n', 0],
  ['for i in 1 2 3; do echo $i; done | { read a; read b; echo $b $a; }', '2 1\n', 0],
  ['while true; do echo y; sleep 1; done | head -2; echo $?', 'y\ny\n0\n', 2000],
  ['yes | head -3', 'y\ny\ny\n', 0],
  ['{ echo a; echo b >&2; } 2>&1 | cat', 'a\nb\n', 0],
  ['x=$(sleep 2; echo late); echo $x', 'late\n', 2000],
  ['echo $(sleep 1; echo a) $(sleep 1; echo b)', 'a b\n', 2000],
  ['for i in $(sleep 1; echo 1 2); do echo $i; done', '1\n2\n', 1000],
  ['x=$( (sleep 1; echo in) & echo first); echo $x', 'first in\n', 1000],
  [`echo \${y:=$(sleep 1; echo d)} $(echo e) $y`, 'd e d\n', 1000],
  ['case $(sleep 1; echo b) in a) echo A;; b) echo B;; esac', 'B\n', 1000],
  ['echo a > /tmp/$(sleep 1; echo f); cat /tmp/f', 'a\n', 1000],
  ['(trap "echo bye" EXIT; sleep 1; echo hi); echo after', 'hi\nbye\nafter\n', 1000],
  ['sh -c "sleep 1; echo inner" | cat', 'inner\n', 1000],
]

describe('pipes and substitutions take the time that their commands take', () => {
  for (const [script, out, tookMs] of scripts) {
    test(script, () => {
      const machine = sh(script)
      machine.pass(60_000)
      assert.deepEqual([machine.out(), machine.nowMs() - loadMs], [out, tookMs])
    })
  }

  for (const pipe of ['cat', 'tee /dev/stderr', "sed 's/x/x/'", 'grep x', 'cat | cat | cat']) {
    test(`an endless writer streams through ${pipe}`, () => {
      const machine = sh(`i=0; while true; do i=$((i+1)); echo x$i; sleep 1; done | ${pipe}`)
      machine.pass(1500)
      assert.equal(machine.out(), 'x1\nx2\n')
      machine.pass(1000)
      assert.equal(machine.out(), 'x1\nx2\nx3\n')
    })
  }

  test('an endless substitution never ends, and lets time go by', () => {
    const machine = sh('x=$(while true; do sleep 1; done); echo never')
    machine.pass(10_000)
    assert.deepEqual([machine.out(), machine.process.exit], ['', undefined])
  })

  test('a writer waits while its pipe is full', () => {
    const machine = sh('{ yes; echo never; } | { sleep 60; head -1; }; echo $?')
    machine.pass()
    assert.equal(machine.out(), 'y\n0\n')
    assert.equal(machine.nowMs(), 60_000 + loadMs)
  })

  const saved: readonly (readonly [where: string, script: string])[] = [
    ['in a pipe', 'for i in 1 2 3 4; do echo $i; sleep 3; done | while read n; do echo n$n; done'],
    ['in a substitution', 'for i in 1 2; do x=$(echo a; sleep 5; echo b); echo $x; done'],
    ['half-way through a line', '(echo -n a; sleep 10; echo b) | sed s/a/A/'],
    ['in a loop that sleeps', 'i=0; while [ $i -lt 4 ]; do i=$((i+1)); sleep 5; echo $i; done'],
    ['while it waits for a job', 'sleep 10 & (sleep 3; echo in) & wait; echo out'],
    ['in a function', 'f() { sleep 5; echo $1; }; f 1; f 2'],
  ]
  for (const [where, script] of saved) {
    test(`what was saved ${where} goes on as if nothing had been`, () => {
      const whole = sh(script)
      whole.pass()
      const before = sh(script)
      before.pass(7000)
      const after = restarted(before, { argv: ['sh', '-c', script] })
      after.pass()
      assert.equal(before.out() + after.out(), whole.out())
      assert.equal(after.nowMs(), whole.nowMs())
    })
  }
})
