import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { sh, start } from '../shell-fixture.ts'
import { isInstalled, programKind } from './known-programs.ts'

const kinds: readonly (readonly [line: string, kind: string])[] = [
  ['nginx', 'daemon'],
  ['nginx -g daemon off;', 'server'],
  ['nginx -t', 'server'],
  ['/usr/sbin/sshd -D', 'server'],
  ['redis-server --daemonize', 'daemon'],
  ['mongod --fork', 'daemon'],
  ['service nginx start', 'daemon'],
  ['/app/server', 'server'],
  ['my-app --port 80', 'server'],
  ['python3 -m http.server', 'server'],
  ['python manage.py runserver', 'server'],
  ['node server.js', 'server'],
  ['npm start', 'server'],
  ['python manage.py migrate', 'unknown'],
  ['migrate', 'unknown'],
  ['curl http://web', 'unknown'],
]

describe('an unknown program', () => {
  for (const [line, kind] of kinds) {
    test(`${line} is taken for ${kind}`, () => {
      assert.equal(programKind(line.split(' ')), kind)
    })
  }

  test('that looks like a server serves wherever it stands, and keeps the script from going on', () => {
    const machine = sh('echo start; /app/server --port 80; echo ended')
    machine.pass(60_000)
    assert.ok(machine.process.isServing)
    assert.match(machine.out(), /^start\nlistening on every port\n$/)
    machine.process.signal('SIGTERM')
    assert.equal(machine.process.exit, undefined)
  })

  test('that is exec’d gets the signal itself', () => {
    const machine = sh('echo start; exec /app/server --port 80')
    machine.pass(1000)
    machine.process.signal('SIGTERM')
    assert.deepEqual(machine.process.exit, { code: 0 })
  })

  test('that daemonises serves in the background of what follows', () => {
    const machine = sh('nginx && tail -f /var/log/nginx/access.log')
    machine.pass(60_000)
    assert.ok(machine.process.isServing)
    assert.equal(machine.process.exit, undefined)
  })

  test('that is started in the background serves while the script waits', () => {
    const machine = sh('/app/server & wait')
    machine.pass(60_000)
    assert.ok(machine.process.isServing)
  })

  test('tells what it stands for, and what is not simulated', () => {
    const machine = sh('rsync if=/dev/zero of=/tmp/f; exec my-app')
    machine.pass(1000)
    assert.deepEqual(machine.guesses(), [
      'NotSimulated: not simulated: rsync',
      'SimulatedServer: my-app is not simulated: it stands for a server on every port',
    ])
  })

  test('of a Job ends with 0 after its time, and says so', () => {
    const labels = { 'batch.kubernetes.io/job-name': 'migrate' }
    const machine = start({ argv: ['/migrate'], labels })
    machine.pass()
    assert.deepEqual([machine.process.exit, machine.nowMs()], [{ code: 0 }, 1000])
    assert.match(machine.guesses()[0] ?? '', /that ends by itself$/)
  })

  test('of a Job takes the time and the code that are said for it', () => {
    const labels = { 'batch.kubernetes.io/job-name': 'migrate' }
    const annotations = { 'sim.knarr.dev/exit-after': '3s', 'sim.knarr.dev/exit-code': '4' }
    const machine = start({ argv: ['/migrate'], labels, annotations })
    machine.pass()
    assert.deepEqual([machine.process.exit, machine.nowMs()], [{ code: 4 }, 3000])
  })
})

describe('a command that does not exist', () => {
  test('ends with 127 in an image of a bare system', () => {
    const machine = start({ argv: ['bash', '-c', 'sleep20; echo $?'], image: 'ubuntu:latest' })
    machine.pass()
    assert.deepEqual(
      [machine.out(), machine.err()],
      ['127\n', 'bash: 1: sleep20: command not found\n'],
    )
  })

  test('is not known in other images, nor by its path', () => {
    assert.ok(isInstalled('sleep20', false))
    assert.ok(isInstalled('/app/server', true))
    assert.ok(isInstalled('apt-get', true))
    assert.ok(!isInstalled('no-such-thing', false))
  })

  test('in an endless loop costs few wake-ups, and the loop goes on', () => {
    const argv = ['/bin/bash', '-c', '--', 'while true; do sleep20; done;']
    const machine = start({ argv, image: 'ubuntu:latest' })
    machine.pass(30 * 60_000)
    assert.equal(machine.process.exit, undefined)
    assert.ok(machine.err().length < 10_000_000)
    assert.ok(machine.wakeUps() < 2500)
  })
})
