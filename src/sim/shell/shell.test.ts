import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parseBehaviour } from '../behaviour/parse-behaviour.ts'
import type { Process, ProcessFiles, ProcessState, ProcessWorld } from '../process/process.ts'
import { startProcess } from '../process/start-process.ts'

const behaviour = parseBehaviour({
  annotations: {},
  container: 'main',
  namespace: 'default',
  pod: 'pod',
  labels: {},
  image: 'busybox',
  ports: [],
})

/** A container's worth of world, whose time a test moves. */
interface Machine {
  readonly process: Process
  readonly out: () => string
  readonly err: () => string
  readonly nowMs: () => number
  /** Goes on until the process ends, or `limitMs` is over. */
  pass(limitMs?: number): void
}

interface Start {
  readonly argv: readonly string[]
  readonly stdin?: boolean
  readonly tty?: boolean
  readonly isInit?: boolean
  readonly state?: ProcessState
  readonly atMs?: number
}

function start({
  argv,
  stdin = false,
  tty = false,
  isInit = true,
  state,
  atMs = 0,
}: Start): Machine {
  const written = { stdout: '', stderr: '' }
  let now = atMs
  const world: ProcessWorld = {
    nowMs: () => now,
    wallMs: () => Date.UTC(2026, 0, 1) + now,
    env: { HOME: '/root', GREETING: 'hello' },
    hostname: 'pod',
    files: memoryFiles(),
    write: (stream, text) => {
      written[stream] += text
    },
    isServing: () => false,
    signalInit: (signal) => process.signal(signal),
  }
  const spec = { argv, isInit, stdin, tty, workingDir: '/' }
  const process: Process = startProcess(spec, world, behaviour, state)
  return {
    process,
    out: () => written.stdout,
    err: () => written.stderr,
    nowMs: () => now,
    pass(limitMs = 3_600_000) {
      const endMs = now + limitMs
      while (!process.exit && process.wakeAtMs !== undefined && process.wakeAtMs <= endMs) {
        now = Math.max(now, process.wakeAtMs)
        process.wake()
      }
      if (!process.exit) now = endMs
    },
  }
}

function memoryFiles(): ProcessFiles {
  const files = new Map<string, string>([['/etc/motd', 'welcome\n']])
  return {
    read: (path) => files.get(path),
    write: (path, text) => void files.set(path, text),
    append: (path, text) => void files.set(path, (files.get(path) ?? '') + text),
    remove: (path) => void files.delete(path),
    kindOf: (path) => (files.has(path) ? 'file' : path === '/tmp' ? 'directory' : undefined),
    list: (path) =>
      [...files.keys()]
        .filter((each) => each.startsWith(`${path}/`))
        .map((each) => each.slice(path.length + 1)),
    makeDirectory: () => undefined,
  }
}

/** Script, what it prints, its exit code, and when it ends in milliseconds after it was loaded. */
const scripts: readonly (readonly [string, string, number, number])[] = [
  ['echo a; echo b', 'a\nb\n', 0, 0],
  ['true && echo yes || echo no', 'yes\n', 0, 0],
  ['false && echo yes || echo no', 'no\n', 0, 0],
  ['sleep 2; exit 3', '', 3, 2000],
  ['sleep 0.5 && sleep 1s', '', 0, 1500],
  ['for i in 1 2 3; do echo -n $i; done', '123', 0, 0],
  ['for i in $(seq 2 4); do echo -n $i; done', '234', 0, 0],
  ['for i in {1..3}; do echo -n $i,; done', '1,2,3,', 0, 0],
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
  ['cat /none', '', 1, 0],
  ['migrate && echo migrated', 'migrated\n', 0, 0],
]

const loadMs = 10

const codeOf = ({ process }: Machine): number | undefined => process.exit?.code

describe('the simulated shell', () => {
  for (const [script, out, code, tookMs] of scripts) {
    test(script, () => {
      const machine = start({ argv: ['sh', '-c', script] })
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

  test('an endless loop that never waits is carried on in steps', () => {
    const machine = start({ argv: ['sh', '-c', 'while true; do :; done'] })
    machine.pass(100)
    assert.equal(machine.process.exit, undefined)
    assert.ok((machine.process.wakeAtMs ?? 0) > 100)
  })

  test('the first process ignores a signal that it has no handler for', () => {
    const machine = start({ argv: ['sleep', 'infinity'] })
    machine.pass(1000)
    machine.process.signal('SIGTERM')
    assert.equal(codeOf(machine), undefined)
    machine.process.signal('SIGKILL')
    assert.equal(codeOf(machine), 137)
  })

  test('any other process ends by it', () => {
    const machine = start({ argv: ['sleep', '60'], isInit: false })
    machine.process.signal('SIGTERM')
    assert.equal(machine.process.exit?.code, 143)
  })

  test('a trap runs once the command in the foreground has ended', () => {
    const machine = start({ argv: ['sh', '-c', 'trap "exit 7" TERM; sleep 10; echo never'] })
    machine.pass(1000)
    machine.process.signal('SIGTERM')
    assert.equal(codeOf(machine), undefined)
    machine.pass()
    assert.deepEqual([codeOf(machine), machine.nowMs()], [7, 10_000 + loadMs])
  })

  test('wait is interrupted by a trapped signal at once', () => {
    const script = 'trap "echo caught" TERM; sleep 60 & wait; echo $?'
    const machine = start({ argv: ['sh', '-c', script] })
    machine.pass(1000)
    machine.process.signal('SIGTERM')
    assert.equal(machine.out(), 'caught\n143\n')
  })

  test('a program that is exec-ed takes the signals, and drains', () => {
    const machine = start({ argv: ['sh', '-c', 'echo starting; exec nginx -g "daemon off;"'] })
    machine.pass(1000)
    assert.ok(machine.process.listens(80))
    machine.process.signal('SIGTERM')
    assert.ok(!machine.process.listens(80))
    machine.pass(0)
    assert.equal(machine.process.exit?.code, 0)
  })

  test('a shell that waits for a program keeps the signal to itself', () => {
    const machine = start({ argv: ['sh', '-c', 'nginx & wait'] })
    machine.pass(1000)
    machine.process.signal('SIGTERM')
    machine.pass(1000)
    assert.equal(machine.process.exit, undefined)
  })

  const saved: readonly (readonly [string, string])[] = [
    ['in a loop that sleeps', 'i=0; while [ $i -lt 4 ]; do i=$((i+1)); sleep 5; echo $i; done'],
    ['while it waits for a job', 'sleep 10 & (sleep 3; echo in) & wait; echo out'],
    ['in a function', 'f() { sleep 5; echo $1; }; f 1; f 2'],
  ]
  for (const [where, script] of saved) {
    test(`what was saved ${where} goes on as if nothing had been`, () => {
      const argv = ['sh', '-c', script]
      const whole = start({ argv })
      whole.pass()
      const before = start({ argv })
      before.pass(7000)
      const state = JSON.parse(JSON.stringify(before.process.save())) as ProcessState
      const after = start({ argv, state, atMs: before.nowMs() })
      after.pass()
      assert.equal(before.out() + after.out(), whole.out())
      assert.equal(after.nowMs(), whole.nowMs())
    })
  }
})
