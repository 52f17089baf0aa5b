import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { filesOf, type Machine, restarted, sh, start } from './shell-fixture.ts'

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

  /** Makes a variable of 100,000 letters. */
  const large = 'i=0; x=$(printf %0100000d 1)'

  const excessive: readonly (readonly [script: string, message: string])[] = [
    ['f() { f; }; f', 'Maximum function recursion depth (1000) reached'],
    ['f() { x=$(f); }; f', 'Cannot fork'],
    ['x=a; while :; do x=$x$x; done', 'Out of space'],
    [`${large}; while :; do i=$((i+1)); eval "x$i=$x"; done`, 'Out of space'],
    [`${large}; set -- $x; while :; do set -- "$@" "$@"; done`, 'Out of space'],
    [`${large}; while :; do i=$((i+1)); eval "f$i() { echo $x; }"; done`, 'Out of space'],
  ]
  for (const [script, message] of excessive) {
    test(`${script} ends: ${message}`, () => {
      const machine = sh(script)
      machine.pass(86_400_000)
      assert.ok(machine.err().startsWith(`sh: 1: ${message}\n`), machine.err())
      assert.equal(machine.process.exit?.code, 2)
    })
  }
})

describe('what eval and its like have read', () => {
  const endless = [
    'eval "x=$i; y=$((x + 1))"',
    'eval "echo \\$(echo $i) > /dev/null"',
    'sh -c "echo $i > /dev/null"',
    'f() { eval "x=$i"; }; f; timeout 1 echo $i > /dev/null',
  ]
  for (const command of endless) {
    test(`is forgotten once it has run: ${command}`, () => {
      const machine = sh(
        `i=0; while [ $i -lt 3000 ]; do i=$((i+1)); ${command}; done; sleep 1; echo $i`,
      )
      machine.pass(3_600_000)
      assert.equal(machine.out(), '3000\n')
      const { sources } = machine.process.save()
      assert.ok(Array.isArray(sources) && sources.length < 4)
    })
  }

  test('is kept while something can come to it, also in a shell that was saved', () => {
    const script = `eval 'f() { eval "echo in $1"; }'; trap "eval 'echo bye'" EXIT
      for i in 1 2 3; do eval "f $i; sleep 1; f $i"; done; f 4`
    const machine = sh(script)
    machine.pass(1500)
    const again = restarted(machine, { argv: ['sh', '-c', script] })
    machine.pass()
    again.pass()
    const lines = (...numbers: number[]) => numbers.map((each) => `in ${each}\n`).join('')
    assert.equal(machine.out(), `${lines(1, 1, 2, 2, 3, 3, 4)}bye\n`)
    assert.equal(again.out(), `${lines(2, 3, 3, 4)}bye\n`)
  })
})

describe('a full disk', () => {
  const full: readonly (readonly [shell: string, script: string, message: string])[] = [
    ['dash', 'echo 1234567 >> /tmp/f; echo $?', 'dash: 1: echo: echo: I/O error\n'],
    [
      'bash',
      'echo 1234567 >> /tmp/f; echo $?',
      'bash: 1: echo: write error: No space left on device\n',
    ],
    ['ash', 'echo 1234567 >> /tmp/f; echo $?', 'ash: write error: No space left on device\n'],
    ['sh', 'cat /etc/motd > /tmp/f; echo $?', 'cat: write error: No space left on device\n'],
    ['sh', 'cp /etc/motd /tmp/f; echo $?', "cp: error writing '/tmp/f': No space left on device\n"],
    ['sh', 'tee /tmp/f < /etc/motd > /dev/null; echo $?', 'tee: /tmp/f: No space left on device\n'],
  ]
  for (const [shell, script, message] of full) {
    test(`is told by ${shell} of ${script}`, () => {
      const files = filesOf({ bytes: 1005, files: 10 })
      files.write('/etc/motd', 'x'.repeat(1000))
      const machine = start({ argv: [shell, '-c', script], files })
      machine.pass()
      assert.deepEqual([machine.out(), machine.err()], ['1\n', message])
      assert.equal(files.size('/tmp/f'), 5)
    })
  }

  const noInodes: readonly (readonly [script: string, message: string])[] = [
    ['echo > /tmp/f', 'sh: 1: cannot create /tmp/f: No space left on device\n'],
    ['touch /tmp/f', "touch: cannot touch '/tmp/f': No space left on device\n"],
    ['mkdir /tmp/f', "mkdir: cannot create directory '/tmp/f': No space left on device\n"],
    ['cp /etc/motd /tmp/f', "cp: cannot create regular file '/tmp/f': No space left on device\n"],
  ]
  for (const [script, message] of noInodes) {
    test(`has no place for another file: ${script}`, () => {
      const files = filesOf({ bytes: 1000, files: 3 })
      files.write('/etc/motd', 'x')
      const machine = start({ argv: ['sh', '-c', `${script} || echo failed`], files })
      machine.pass()
      assert.deepEqual([machine.out(), machine.err()], ['failed\n', message])
    })
  }
})
