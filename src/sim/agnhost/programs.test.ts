import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { NetworkRequest, NetworkResponse } from '../model/fabric.ts'
import { textFrom } from '../process/bytes.ts'
import {
  type FakeServer,
  type Machine,
  restarted,
  type Start,
  start,
} from '../shell/shell-fixture.ts'

const image = 'registry.k8s.io/e2e-test-images/agnhost:2.63.0'

function agnhost(args: readonly string[], more: Partial<Start> = {}): Machine {
  return start({ argv: ['/agnhost', ...args], image, ...more })
}

/** What a program answers at once; undefined where it says nothing. */
function get(machine: Machine, path: string, port = 8080): NetworkResponse | undefined {
  const headers = [
    ['Host', 'example'],
    ['x-a', '1'],
    ['X-A', '2'],
  ] as const
  return asked(
    machine,
    { protocol: 'http', method: 'GET', path, headers, fromIp: '10.0.0.9' },
    port,
  )
}

function asked(
  machine: Machine,
  request: NetworkRequest,
  port: number,
): NetworkResponse | undefined {
  let answer: NetworkResponse | undefined
  machine.process.request(request, port, (response) => {
    answer = response
  })
  return answer
}

const bodyOf = (response: NetworkResponse | undefined) => response && textFrom(response.body)

describe("the programs of upstream's test image", () => {
  test('are run in shells too, one after the other, and inside of a container', () => {
    const script = '/agnhost entrypoint-tester a && exec /agnhost-2 entrypoint-tester b'
    const shell = start({ argv: ['sh', '-c', script], image })
    shell.pass()
    const out = '[/agnhost entrypoint-tester a]\n[/agnhost-2 entrypoint-tester b]\n'
    assert.deepEqual([shell.out(), shell.process.exit], [out, { code: 0 }])
    const inside = agnhost(['entrypoint-tester'], { isInit: false })
    assert.deepEqual(
      [inside.out(), inside.process.exit],
      ['[/agnhost entrypoint-tester]\n', { code: 0 }],
    )
  })

  test('are known in their own image alone', () => {
    const other = start({ argv: ['/agnhost', 'entrypoint-tester'], image: 'example.com/app' })
    other.pass(1000)
    assert.equal(other.process.exit, undefined)
    assert.deepEqual(other.guesses().length, 1)
  })

  test('refuse what they do not know as cobra does', () => {
    for (const [args, why] of [
      [['none'], 'unknown command "none" for "app"'],
      [['netexec', '--none'], 'unknown flag: --none'],
      [['netexec', '--http-port'], 'flag needs an argument: --http-port'],
      [
        ['netexec', '--http-port=x'],
        'invalid argument "x" for "--http-port" flag: strconv.ParseInt: parsing "x": invalid syntax',
      ],
    ] as const) {
      const refused = agnhost(args)
      refused.pass()
      assert.deepEqual([refused.err(), refused.process.exit], [`Error: ${why}\n`, { code: 1 }])
    }
  })

  test('pause says what ended it where the kubelet looks', () => {
    const paused = agnhost(['pause'])
    paused.pass(1000)
    paused.process.signal('SIGUSR1')
    assert.equal(paused.process.exit, undefined)
    paused.process.signal('SIGTERM')
    const message = 'exiting because of signal "terminated"\n'
    assert.equal(paused.out(), `Paused\nSignals registered\n${message}`)
    assert.equal(paused.files.read('/dev/termination-log'), message)
    assert.deepEqual(paused.process.exit, { code: 2 })
  })

  test('mounttest makes files with given permissions and says what they are', () => {
    const path = '/tmp/new'
    const mount = agnhost([
      'mounttest',
      `--new_file_0660=${path}`,
      `--file_perm=${path}`,
      `--file_owner=${path}`,
      '--file_mode=/tmp',
      '--file_content=/none',
    ])
    mount.pass()
    assert.deepEqual(mount.out().split('\n'), [
      'content of file "/tmp/new": mount-tester new file',
      '',
      'mode of file "/tmp": dtrwxrwxrwx',
      'perms of file "/tmp/new": -rw-rw----',
      'owner UID of "/tmp/new": 0',
      'owner GID of "/tmp/new": 0',
      'error reading file content for "/none": open /none: no such file or directory',
      '',
    ])
    assert.deepEqual(mount.process.exit, { code: 1 })
  })

  test('mounttest reads a file again and again, also after it was saved', () => {
    const args = ['mounttest', '--file_content_in_loop=/etc/motd', '--retry_time=7']
    const loop = agnhost([...args, '--break_on_expected_content=false'])
    loop.pass(3000)
    const argv = ['/agnhost', ...args, '--break_on_expected_content=false']
    const later = restarted(loop, { argv, image })
    later.pass()
    assert.equal(loop.out(), 'content of file "/etc/motd": welcome\n\n'.repeat(2))
    assert.equal(later.out(), 'content of file "/etc/motd": welcome\n\n'.repeat(2))
    assert.deepEqual(later.process.exit, { code: 0 })
  })

  test('netexec does what it is asked', () => {
    const netexec = agnhost(['netexec', '--http-port', '80', '--udp-port=81'])
    netexec.pass(1000)
    const { process } = netexec
    assert.deepEqual(
      [process.listens(80), process.listens(81), process.listens(81, 'udp')],
      [true, false, true],
    )
    assert.equal(bodyOf(get(netexec, '/hostname', 80)), 'pod')
    assert.equal(bodyOf(get(netexec, '/clientip', 80)), '10.0.0.9:40000')
    assert.equal(bodyOf(get(netexec, '/header', 80)), '{"X-A":["1","2"]}')
    const page = get(netexec, '/echo?msg=%3Ca%20href%3D%22%2F%22%3E', 80)
    assert.deepEqual(page?.headers, [['Content-Type', 'text/html; charset=utf-8']])
    const echoed = get(netexec, '/echo?msg=a%20b&code=418', 80)
    assert.deepEqual([echoed?.status, bodyOf(echoed)], [418, 'a b'])
    const moved = get(netexec, '/redirect?location=%2Fecho%3Fmsg%3Dx&code=307', 80)
    assert.deepEqual([moved?.status, moved?.headers[0]], [307, ['Location', '/echo?msg=x']])
    const shell = get(netexec, '/shell?cmd=echo%20one%3B%20exit%203', 80)
    assert.equal(bodyOf(shell), '{"error":"exit status 3","output":"one\\n"}')
    const datagram = { protocol: 'udp', data: 'echo Hi\n', fromIp: '10.0.0.9' } as const
    assert.equal(bodyOf(asked(netexec, datagram, 81)), 'hi')
    assert.equal(asked(netexec, { ...datagram, data: 'none' }, 81), undefined)
    assert.equal(get(netexec, '/exit?code=7&wait=2s', 80), undefined)
    netexec.pass()
    assert.deepEqual([netexec.nowMs(), process.exit], [3000, { code: 7 }])
  })

  test('netexec asks another server as often as it is told', () => {
    const other: FakeServer = { status: 200, body: 'other' }
    const servers = { '10.1.1.1:80': other, '10.1.1.2:80': 'refused' as const }
    const netexec = agnhost(['netexec'], { servers })
    netexec.pass(1000)
    const answers: string[] = []
    for (const host of ['10.1.1.1', '10.1.1.2']) {
      const path = `/dial?host=${host}&port=80&request=hostname&tries=2`
      const request = { protocol: 'http', method: 'GET', path, headers: [], fromIp: '::1' } as const
      netexec.process.request(request, 8080, ({ body }) => answers.push(textFrom(body)))
    }
    netexec.pass(10_000)
    const refused =
      'Get \\"http://10.1.1.2:80/hostname\\": dial tcp 10.1.1.2:80: connect: connection refused'
    assert.deepEqual(answers, [
      '{"responses":["other","other"]}',
      `{"errors":["${refused}","${refused}"]}`,
    ])
  })

  test('netexec goes on for a while after SIGTERM, and is not ready any more', () => {
    const netexec = agnhost(['netexec', '--delay-shutdown=5'])
    netexec.pass(1000)
    assert.equal(get(netexec, '/readyz')?.status, 200)
    netexec.process.signal('SIGTERM')
    assert.deepEqual(
      [get(netexec, '/readyz')?.status, get(netexec, '/healthz')?.status],
      [503, 200],
    )
    netexec.pass()
    assert.deepEqual([netexec.nowMs(), netexec.process.exit], [6000, { code: 0 }])
  })

  test('liveness is well for ten seconds', () => {
    const liveness = agnhost(['liveness'])
    liveness.pass(10_000)
    assert.equal(get(liveness, '/healthz')?.status, 200)
    liveness.pass(100)
    assert.deepEqual(bodyOf(get(liveness, '/healthz')), 'error: 10.1')
    liveness.process.signal('SIGTERM')
    assert.deepEqual(liveness.process.exit, { code: 2 })
  })

  test('logs-generator writes its lines evenly', () => {
    const logs = agnhost(['logs-generator', '--log-lines-total', '4', '--run-duration', '2s'])
    logs.pass(1020)
    assert.equal(logs.err().split('\n').length - 1, 3)
    logs.pass()
    assert.deepEqual(
      [logs.err().split('\n').length - 1, logs.nowMs(), logs.process.exit],
      [4, 2010, { code: 0 }],
    )
  })

  test('connect says in one word why it cannot', () => {
    const servers = {
      'web:80': { status: 200 },
      '10.0.0.1:80': 'refused',
      '10.0.0.2:80': 'silent',
    } as const
    for (const [address, why] of [
      ['web:80', ''],
      ['10.0.0.1:80', 'REFUSED\n'],
      ['10.0.0.2:80', 'TIMEOUT\n'],
      ['none:80', 'DNS: lookup none: no such host\n'],
      ['web', 'UNKNOWN: address web: missing port in address\n'],
    ] as const) {
      const connected = agnhost(['connect', address, '--timeout=5s'], { servers, isInit: false })
      connected.pass()
      assert.deepEqual([connected.err(), connected.process.exit?.code], [why, why === '' ? 0 : 1])
    }
  })

  test('test-webserver serves the files of the container', () => {
    const server = agnhost(['test-webserver'])
    server.pass(1000)
    assert.equal(bodyOf(get(server, '/etc/motd', 80)), 'welcome\n')
    assert.deepEqual(
      [get(server, '/none', 80)?.status, get(server, '/etc', 80)?.status],
      [404, 301],
    )
    assert.match(bodyOf(get(server, '/etc/', 80)) ?? '', /<a href="motd">motd<\/a>/)
  })

  test('nettest remembers who wrote to it, and needs the API server', () => {
    const args = ['nettest', '--peers=0']
    const post = (machine: Machine, text: string) => {
      const body = Buffer.from(text)
      const request = {
        protocol: 'http',
        method: 'POST',
        path: '/write',
        headers: [],
        body,
      } as const
      asked(machine, { ...request, fromIp: '10.0.0.9' }, 8080)
    }
    const nettest = agnhost(args)
    nettest.pass(1000)
    post(nettest, '{"Source": "a"}')
    post(nettest, 'none')
    const { Received, Errors, Hostname } = JSON.parse(bodyOf(get(nettest, '/read')) ?? '')
    assert.deepEqual([Received, Errors.length, Hostname], [{ a: 1 }, 1, 'pod'])
    nettest.pass()
    assert.deepEqual(nettest.process.exit, { code: 1 })
  })

  test('webhook admits, refuses and changes what it is asked about', () => {
    const machine = agnhost(['webhook', '--alsologtostderr', '-v=4', '--port=8444'])
    machine.pass(1000)
    const review = (path: string, request: object, type = 'application/json') => {
      const body = Buffer.from(
        JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request }),
      )
      const headers = [['Content-Type', type]] as const
      const asking = {
        protocol: 'http',
        method: 'POST',
        path,
        headers,
        body,
        fromIp: '::1',
      } as const
      return bodyOf(asked(machine, asking, 8444))
    }
    const said = (path: string, request: object) => {
      const { response } = JSON.parse(review(path, { uid: 'u', ...request }) ?? '')
      const { patch, ...rest } = response
      return { ...rest, ...(patch && { patch: JSON.parse(atob(patch)) }) }
    }
    const configMaps = { group: '', version: 'v1', resource: 'configmaps' }
    const bad = {
      resource: configMaps,
      object: { data: { 'webhook-e2e-test': 'webhook-disallow' } },
    }
    const reason = 'the configmap contains unwanted key and value'
    assert.deepEqual(said('/configmaps', { ...bad, operation: 'CREATE' }), {
      uid: 'u',
      allowed: false,
      status: { reason },
    })
    assert.deepEqual(said('/configmaps', { ...bad, operation: 'DELETE', oldObject: {} }), {
      uid: 'u',
      allowed: true,
    })
    const staged = { object: { data: { 'mutation-start': 'yes', 'mutation-stage-1': 'yes' } } }
    assert.deepEqual(said('/mutating-configmaps', staged), {
      uid: 'u',
      allowed: true,
      patchType: 'JSONPatch',
      patch: [{ op: 'add', path: '/data/mutation-stage-2', value: 'yes' }],
    })
    const labels = { 'webhook-e2e-test': 'wait-forever' }
    assert.equal(
      review('/pods', { resource: { resource: 'pods' }, object: { metadata: { labels } } }),
      undefined,
    )
    assert.equal(review('/always-deny', {}, 'text/plain'), '')
    assert.equal(review('/always-allow-delay-5s', { uid: 'u' }), undefined)
    assert.equal(machine.process.wakeAtMs, 6000)
    assert.equal(bodyOf(get(machine, '/readyz', 8444)), 'ok')
  })

  test('crd-conversion-webhook turns one version of the example into the other', () => {
    const machine = agnhost(['crd-conversion-webhook', '--port', '9443'])
    machine.pass(1000)
    const converted = (desiredAPIVersion: string, object: object) => {
      const request = { uid: 'u', desiredAPIVersion, objects: [object] }
      const review = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'ConversionReview', request }
      const body = Buffer.from(JSON.stringify(review))
      const asking = { protocol: 'http', method: 'POST', path: '/crdconvert', body } as const
      const answer = asked(machine, { ...asking, headers: [], fromIp: '::1' }, 9443)
      const { convertedObjects, result } = JSON.parse(bodyOf(answer) ?? '').response
      return convertedObjects?.[0] ?? result.message
    }
    const [v1, v2] = ['stable.example.com/v1', 'stable.example.com/v2']
    assert.deepEqual(converted(v2, { apiVersion: v1, kind: 'A', hostPort: 'h:1' }), {
      apiVersion: v2,
      kind: 'A',
      host: 'h',
      port: '1',
    })
    assert.deepEqual(converted(v1, { apiVersion: v2, host: 'h' }), {
      apiVersion: v1,
      hostPort: 'h:',
    })
    assert.equal(converted(v1, { apiVersion: 'a/v1' }), 'unexpected conversion version "a/v1"')
    assert.equal(converted(v2, { apiVersion: v1, hostPort: 'h' }), 'invalid hostPort value `h`')
  })
})
