import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Machine, sh } from './shell-fixture.ts'

/** Wakes a shell until an instant, and says how often that was. */
function wakesUntil({ process, pass, nowMs }: Machine, untilMs: number): number {
  let wakes = 0
  while (!process.exit && (process.wakeAtMs ?? Number.POSITIVE_INFINITY) <= untilMs) {
    pass((process.wakeAtMs ?? 0) - nowMs())
    wakes++
  }
  return wakes
}

describe('a shell that keeps busy', () => {
  const busy = [
    'while true; do :; done',
    'while true; do echo x | cat > /dev/null; done',
    'while true; do x=$(echo $x); done',
    '(while true; do :; done) | cat',
    'yes > /dev/null & yes > /dev/null & wait',
  ]
  for (const script of busy) {
    test(`${script} is carried on in a few steps for each second`, () => {
      const machine = sh(script)
      const wakes = wakesUntil(machine, 10_000)
      assert.equal(machine.process.exit, undefined)
      assert.ok(wakes >= 10 && wakes <= 1000, `${wakes} wakes`)
    })
  }

  test('does not keep others from starting', () => {
    const machine = sh('(while true; do :; done) & sleep 1; echo in time')
    machine.pass(1500)
    assert.equal(machine.out(), 'in time\n')
  })

  test('computes a while for nothing', () => {
    const machine = sh('i=0; while [ $i -lt 5000 ]; do i=$((i+1)); done; echo $i')
    machine.pass(10)
    assert.equal(machine.out(), '5000\n')
  })

  const excessive: readonly (readonly [script: string, message: string])[] = [
    ['f() { f; }; f', 'Maximum function recursion depth (1000) reached'],
    ['f() { x=$(f); }; f', 'Cannot fork'],
    ['x=a; while :; do x=$x$x; done', 'Out of space'],
  ]
  for (const [script, message] of excessive) {
    test(`${script} ends: ${message}`, () => {
      const machine = sh(script)
      machine.pass()
      assert.ok(machine.err().startsWith(`sh: 1: ${message}\n`), machine.err())
      assert.equal(machine.process.exit?.code, 2)
    })
  }
})
