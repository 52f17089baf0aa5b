import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { loadMs, type Machine, restarted, sh, start } from './shell-fixture.ts'

const codeOf = ({ process }: Machine): number | undefined => process.exit?.code

describe('signals to a shell', () => {
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

  test('nothing inside kills the first process', () => {
    for (const argv of [
      ['bash', '-c', 'kill -9 $$; exit 3'],
      ['sh', '-c', 'sh -c "kill -KILL 1" & sleep 1; exit 3'],
    ]) {
      const machine = start({ argv })
      machine.pass(2000)
      assert.equal(machine.process.exit?.code, 3)
    }
  })

  test('a shell that waits for a program keeps the signal to itself', () => {
    const machine = start({ argv: ['sh', '-c', 'nginx & wait'] })
    machine.pass(1000)
    machine.process.signal('SIGTERM')
    machine.pass(1000)
    assert.equal(machine.process.exit, undefined)
  })

  /** Who runs `nginx`, and whether SIGTERM then reaches it (as measured with each shell). */
  const reached: readonly (readonly [string, string, string, boolean])[] = [
    ['bash', 'nginx', 'debian', true],
    ['bash', 'true && nginx > /dev/null', 'debian', true],
    ['bash', 'if true; then nginx; fi', 'debian', false],
    ['bash', 'trap "echo t" TERM; nginx', 'debian', false],
    ['sh', 'nginx', 'nginx:1.27', false],
    ['sh', 'nginx', 'nginx:1.27-alpine', true],
    ['sh', 'if true; then nginx; fi', 'busybox', true],
    ['sh', 'f() { nginx; }; f', 'busybox', false],
    ['sh', 'trap "echo t" TERM; nginx', 'busybox', false],
    ['sh', 'sh -c "exec nginx"', 'busybox', true],
    ['dash', 'nginx', 'busybox', false],
    ['dash', 'exec nginx', 'debian', true],
    ['sh', 'nginx & exec php-fpm', 'debian', true],
    ['sh', 'nginx & php-fpm & wait', 'debian', false],
    ['sh', 'nginx | tee /tmp/log', 'busybox', false],
  ]
  for (const [shell, script, image, isReached] of reached) {
    test(`${shell} -c '${script}' in ${image} ${isReached ? 'turns into the server' : 'keeps SIGTERM'}`, () => {
      const machine = start({ argv: [shell, '-c', script], image })
      machine.pass(1000)
      assert.ok(machine.process.isServing)
      machine.process.signal('SIGTERM')
      machine.pass(1000)
      assert.equal(codeOf(machine), isReached ? 0 : undefined)
      assert.equal(machine.process.isServing, !isReached)
    })
  }

  const drains = { 'sim.knarr.dev/on-sigterm': 'drain 3s' }

  test('kill $! lets a server in the background drain', () => {
    const script = 'nginx & sleep 1; kill $!; wait $!; echo "left $?"'
    const machine = sh(script, { annotations: drains })
    machine.pass(2000)
    assert.equal(machine.process.listens(80), false)
    assert.equal(codeOf(machine), undefined)
    machine.pass(3000)
    assert.deepEqual([machine.out(), codeOf(machine)], ['listening on every port\nleft 0\n', 0])
    assert.equal(machine.nowMs(), 4010)
  })

  test('a trap passes the signal on to every server, also after a snapshot', () => {
    const script =
      'nginx & a=$!; fpm & b=$!; trap "kill $a $b; wait $a; wait $b; exit 5" TERM; wait'
    const before = sh(script, { annotations: drains })
    before.pass(1000)
    const machine = restarted(before, { argv: ['sh', '-c', script], annotations: drains })
    assert.ok(machine.process.listens(80))
    machine.process.signal('SIGTERM')
    assert.equal(machine.process.listens(80), false)
    machine.pass(10_000)
    assert.deepEqual([codeOf(machine), machine.nowMs()], [5, 4000])
  })

  test('wait -n returns with the first server that ends', () => {
    const annotations = { 'sim.knarr.dev/exit-after': '3s', 'sim.knarr.dev/exit-code': '4' }
    const machine = sh('nginx & sleep 9 & wait -n; exit $?', { annotations })
    machine.pass()
    assert.deepEqual([codeOf(machine), machine.nowMs()], [4, 3010])
  })

  /** Script, what it prints in dash 0.5.12. */
  const scripts: readonly (readonly [string, string])[] = [
    [
      '(trap "echo sub; exit 3" TERM; sleep 1; echo x) & sleep 0.3; kill $!; wait $!; echo $?',
      'sub\n3\n',
    ],
    ['trap "echo T" TERM; (kill -TERM $$; echo in); echo out', 'in\nT\nout\n'],
    ['trap "echo outer" USR1; (kill -USR1 $$; sleep 1) & wait; echo next', 'outer\nnext\n'],
    ['trap "echo E" EXIT; sh -c "echo in"; (echo sub); x=$(echo c); echo $x', 'in\nsub\nc\nE\n'],
    ['trap "echo E $?; exit" EXIT; exit 3', 'E 0\n'],
    ['trap "" USR1; (kill -USR1 $$; echo alive)', 'alive\n'],
    ['trap "echo got" USR1; kill -USR1 $$; trap - USR1; echo next', 'got\nnext\n'],
    ['sleep 9 & kill -INT $!; sleep 8 & kill $!; wait $!; echo $?', '143\n'],
    ['sleep 1 & kill -0 $!; echo $?; wait; kill -0 $! 2> /dev/null; echo $?', '0\n1\n'],
    ['sleep 0 & wait $!; wait 12345; echo $?', '127\n'],
  ]
  for (const [script, out] of scripts) {
    test(script, () => {
      const machine = sh(script)
      machine.pass(10_000)
      assert.equal(machine.out(), out)
    })
  }
})
