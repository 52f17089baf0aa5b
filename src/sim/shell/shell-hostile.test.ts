import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { systemClock } from '#lib'
import { sh, start } from './shell-fixture.ts'

/** On a busy machine; what holds up the process takes many times as long. */
const limitMs = 8000

/** Scripts that held up the process for minutes and more, each for one kind of work. */
const scripts: Readonly<Record<string, string>> = {
  'grep -E with nested repetitions': `printf %050000d 0 | tr 0 a | grep -E '(a+)+b'`,
  'sed with nested repetitions': `printf %050000d 0 | tr 0 a | sed 's/\\(a*\\)*b/x/'`,
  'a case with many stars': `x=$(printf %050000d 0); case $x in ${'*0'.repeat(40)}*1) echo yes;; esac`,
  'taking off the end of a long text': `x=$(printf %0100000d 0); echo \${x%%*1*1*1} | wc -c`,
  'taking off the beginning of a long text': `x=$(printf %0100000d 0); echo \${x##*1*1*1} | wc -c`,
  'many brackets that do not close': `x=$(printf %050000d 0 | tr 0 '['); case $x in $x) echo yes;; esac`,
  'many braces that do not close': `bash -c 'echo {${','.repeat(50_000)}' | wc -c`,
  'read of a line of blanks': `printf %0100000d 0 | tr 0 ' ' | sed 's/$/x/' | { read a b; echo $a; }`,
  'substitutions within substitutions': `echo ${'$('.repeat(5000)}echo${')'.repeat(5000)}`,
  'output that ends in lines without letters': `x=$(printf %0200000d 0 | tr 0 '\\n'; echo x)`,
  'a printf of many wide fields': `printf '%4000000d' $(seq 2000) | wc -c`,
  'a set of many ranges': `echo a | tr "$(printf %05000d 0 | sed 's/0/a-~/g')" b`,
}

describe('a hostile script ends or waits, whatever it asks for:', () => {
  for (const [what, script] of Object.entries(scripts)) {
    test(what, () => {
      const before = systemClock.monotonicMs()
      sh(script).pass(60_000)
      assert.ok(systemClock.monotonicMs() - before < limitMs)
    })
  }

  test('a script that is typed and never becomes whole', () => {
    const machine = start({ argv: ['sh'], stdin: true, isInit: false })
    const before = systemClock.monotonicMs()
    machine.process.input('if true; then\n'.repeat(5000))
    machine.process.input(undefined)
    machine.pass(60_000)
    assert.ok(systemClock.monotonicMs() - before < limitMs)
  })

  test('a back-reference is refused in the words of grep', () => {
    const machine = sh(`echo aa | grep '\\(a\\)\\1'; echo $?`)
    machine.pass()
    assert.deepEqual(
      [machine.out(), machine.err()],
      ['2\n', 'grep: back-references are not supported in a simulation\n'],
    )
  })
})
