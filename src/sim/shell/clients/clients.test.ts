import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { HttpProcessRequest } from '../../process/process.ts'
import { type FakeServer, restarted, start } from '../shell-fixture.ts'

const servers: Readonly<Record<string, FakeServer>> = {
  'web:80': { status: 200 },
  'web:81': { status: 404, body: 'nope\n' },
  'web:82': 'refused',
  'web:83': 'silent',
  'web:84': { status: 200, afterMs: 5000 },
  '10.0.0.9:80': { status: 200 },
}

interface Outcome {
  readonly out: string
  readonly err: string
  readonly status: number | undefined
  readonly tookMs: number
}

function run(script: string, image = 'nginx'): Outcome {
  const machine = start({ argv: ['sh', '-c', script], servers, image, isInit: false })
  machine.pass(600_000)
  const { process, out, err, nowMs } = machine
  return { out: out(), err: err(), status: process.exit?.code, tookMs: nowMs() }
}

const meter = `  % Total    % Received % Xferd  Average Speed   Time    Time     Time  Current
                                 Dload  Upload   Total   Spent    Left  Speed
\r  0     0    0     0    0     0      0      0 --:--:-- --:--:-- --:--:--     0`

/** Command, output, errors and status, as the real programs give them. */
const curls: readonly (readonly [command: string, out: string, err: string, status: number])[] = [
  ['curl -s http://web/', 'hello\n', '', 0],
  ['curl -s web', 'hello\n', '', 0],
  ['curl -q -s --interface 10.244.0.2 web', 'hello\n', '', 0],
  [
    'curl -sS --interface 10.244.0.3 web',
    '',
    'curl: (45) bind failed with errno 99: Address not available\n',
    45,
  ],
  ['curl -s http://10.0.0.9:80/x', 'hello\n', '', 0],
  [
    'curl web',
    'hello\n',
    `${meter}\r100     6  100     6    0     0   6000      0 --:--:-- --:--:-- --:--:--  6000\n`,
    0,
  ],
  ['curl -s web:81', 'nope\n', '', 0],
  ['curl -sf web:81', '', '', 22],
  ['curl -fsS web:81', '', 'curl: (22) The requested URL returned error: 404\n', 22],
  ['curl -sS nope', '', 'curl: (6) Could not resolve host: nope\n', 6],
  [
    'curl -sS web:82',
    '',
    'curl: (7) Failed to connect to web port 82 after 0 ms: Could not connect to server\n',
    7,
  ],
  ['curl -s web:82', '', '', 7],
  [
    'curl -sS --max-time 1 web:84',
    '',
    'curl: (28) Operation timed out after 1000 milliseconds with 0 bytes received\n',
    28,
  ],
  ['curl -sS -m 0.5 web:83', '', 'curl: (28) Connection timed out after 500 milliseconds\n', 28],
  [
    'curl -sS --connect-timeout 2 web:83',
    '',
    'curl: (28) Connection timed out after 2000 milliseconds\n',
    28,
  ],
  [
    'curl -sS web:83',
    '',
    'curl: (28) Failed to connect to web port 83 after 131000 ms: Could not connect to server\n',
    28,
  ],
  [`curl -s -o /dev/null -w '%{http_code} %{size_download}\\n' web:81`, '404 5\n', '', 0],
  [`curl -so /dev/null -w '%{http_code}' web:82`, '000', '', 7],
  [
    `curl -sw '%{url_effective} %{remote_ip} %{time_total}\\n' web:84`,
    'hello\nhttp://web:84/ 10.96.0.7 5.000000\n',
    '',
    0,
  ],
  ['curl -sO web/a/b.txt; cat b.txt', 'hello\n', '', 0],
  ['curl -s -o /tmp/f web && cat /tmp/f', 'hello\n', '', 0],
  ['curl -sS -O web', '', 'curl: (23) Failed writing received data to disk/application\n', 23],
  [
    'curl -sI web',
    'HTTP/1.1 200 OK\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: 6\r\n\r\n',
    '',
    0,
  ],
  ['curl -sS ftp://web', '', 'curl: (1) Protocol "ftp" not supported\n', 1],
  ['curl', '', "curl: try 'curl --help' or 'curl --manual' for more information\n", 2],
  [
    'curl --nosuch web',
    '',
    "curl: option --nosuch: is unknown\ncurl: try 'curl --help' or 'curl --manual' for more information\n",
    2,
  ],
  [
    'curl -m x web',
    '',
    "curl: option -m: expected a proper numerical parameter\ncurl: try 'curl --help' or 'curl --manual' for more information\n",
    2,
  ],
  ['curl -s web web:81', 'hello\nnope\n', '', 0],
  ['curl -s https://web:80/', 'hello\n', '', 0],
  [
    'curl --retry 2 -sS -f web:81; curl --retry 2 --retry-connrefused -S web:82 2>&1 | grep -c Will',
    '2\n',
    'curl: (22) The requested URL returned error: 404\n',
    0,
  ],
]

/** As busybox's wget has it. */
const busybox: typeof curls = [
  ['wget -qO- http://web/', 'hello\n', '', 0],
  ['wget -q -O - web:81', '', 'wget: server returned error: HTTP/1.1 404 Not Found\n', 1],
  ['wget -q web:82', '', "wget: can't connect to remote host (10.96.0.7): Connection refused\n", 1],
  ['wget -q nope', '', "wget: bad address 'nope'\n", 1],
  ['wget -T 1 -qO- web:84', '', 'wget: download timed out\n', 1],
  ['wget --spider http://web', '', 'Connecting to web (10.96.0.7:80)\nremote file exists\n', 0],
  ['wget -q --spider web:81', '', 'wget: server returned error: HTTP/1.1 404 Not Found\n', 1],
  [
    'wget -O- http://web:80/',
    'hello\n',
    `Connecting to web:80 (10.96.0.7:80)
writing to stdout
-                    100% |********************************|     6  0:00:00 ETA
written to stdout
`,
    0,
  ],
  [
    'cd /tmp; wget http://web/; wget -q web; cat index.html',
    'hello\n',
    `Connecting to web (10.96.0.7:80)
saving to 'index.html'
index.html           100% |********************************|     6  0:00:00 ETA
'index.html' saved
wget: can't open 'index.html': File exists
`,
    0,
  ],
]

/** As GNU's wget has it. */
const gnu: typeof curls = [
  ['wget -qO- http://web/', 'hello\n', '', 0],
  ['wget -qO- web:81', '', '', 8],
  ['wget -q web:82', '', '', 4],
  [
    'wget nope',
    '',
    `--2026-01-01 00:00:00--  http://nope/
Resolving nope (nope)... failed: Name or service not known.
wget: unable to resolve host address ‘nope’
`,
    4,
  ],
  [
    'wget http://10.0.0.9/; ls index.html',
    'index.html\n',
    `--2026-01-01 00:00:00--  http://10.0.0.9/
Connecting to 10.0.0.9:80... connected.
HTTP request sent, awaiting response... 200 OK
Length: 6 [text/plain]
Saving to: ‘index.html’

     0K                                                    100% 6B=0s

2026-01-01 00:00:00 (6 B/s) - ‘index.html’ saved [6/6]

`,
    0,
  ],
  [
    'wget -O x http://web:81/',
    '',
    `--2026-01-01 00:00:00--  http://web:81/
Resolving web (web)... 10.96.0.7
Connecting to web (web)|10.96.0.7|:81... connected.
HTTP request sent, awaiting response... 404 Not Found
2026-01-01 00:00:00 ERROR 404: Not Found.

`,
    8,
  ],
  [
    'wget -T 1 -t 2 -O- http://web:84/',
    '',
    `--2026-01-01 00:00:00--  http://web:84/
Resolving web (web)... 10.96.0.7
Connecting to web (web)|10.96.0.7|:84... connected.
HTTP request sent, awaiting response... Read error (Connection timed out) in headers.
Retrying.

--2026-01-01 00:00:02--(try: 2)  http://web:84/
Resolving web (web)... 10.96.0.7
Connecting to web (web)|10.96.0.7|:84... connected.
HTTP request sent, awaiting response... Read error (Connection timed out) in headers.
Giving up.

`,
    4,
  ],
]

const lookups: typeof curls = [
  ['getent hosts web', '10.96.0.7       web\n', '', 0],
  ['getent hosts nope', '', '', 2],
  [
    'getent ahosts web',
    '10.96.0.7       STREAM web\n10.96.0.7       DGRAM  \n10.96.0.7       RAW    \n',
    '',
    0,
  ],
  [
    'echo nameserver 10.96.0.10 > /etc/resolv.conf; nslookup web',
    'Server:\t\t10.96.0.10\nAddress:\t10.96.0.10:53\n\nName:\tweb\nAddress: 10.96.0.7\n\n',
    '',
    0,
  ],
  [
    'nslookup nope 10.96.0.10',
    "Server:\t\t10.96.0.10\nAddress:\t10.96.0.10:53\n\n** server can't find nope: NXDOMAIN\n\n** server can't find nope: NXDOMAIN\n\n",
    '',
    1,
  ],
]

const suites = {
  'curl: nginx': curls,
  'wget: busybox': busybox,
  'wget: nginx': gnu,
  'lookups: busybox': lookups,
}
for (const [suite, cases] of Object.entries(suites)) {
  const [what, image] = suite.split(': ')
  describe(`${what} in an image of ${image}`, () => {
    for (const [command, out, err, status] of cases) {
      test(command, () => {
        const got = run(command, image)
        assert.deepEqual([got.out, got.err, got.status], [out, err, status])
      })
    }
  })
}

describe('a request of curl', () => {
  const sent = (args: string): HttpProcessRequest => {
    const requests: HttpProcessRequest[] = []
    const asked = (request: HttpProcessRequest) => void requests.push(request)
    const machine = start({
      argv: ['sh', '-c', `curl -s ${args}`],
      servers: { 'web:80': { status: 200, asked } },
    })
    machine.pass()
    const [request] = requests
    assert.ok(request)
    return request
  }

  test('has the method, headers and length that the options say', () => {
    const { method, path, headers } = sent(
      `-X PUT -d a=1 -d b=2 -H 'X-A: b' -H 'Accept:' -u me:it web/p?q`,
    )
    assert.deepEqual([method, path], ['PUT', '/p?q'])
    assert.deepEqual(headers, [
      ['Host', 'web'],
      ['User-Agent', 'curl/8.14.1'],
      ['Authorization', 'Basic bWU6aXQ='],
      ['Content-Length', '7'],
      ['Content-Type', 'application/x-www-form-urlencoded'],
      ['X-A', 'b'],
    ])
    assert.equal(sent('-d a=1 web').method, 'POST')
    assert.equal(sent('-Gd a=1 web/x?y').path, '/x?y&a=1')
    assert.equal(sent('-I web').method, 'HEAD')
  })

  test('is sent again by a shell that was saved meanwhile', () => {
    const argv = ['sh', '-c', 'curl -s web:84; echo done']
    const machine = start({ argv, servers })
    machine.pass(2000)
    const again = restarted(machine, { argv, servers })
    again.pass()
    assert.equal(again.out(), 'hello\ndone\n')
    assert.equal(again.nowMs(), 7000)
  })

  test('is tried again until it succeeds, with pauses between', () => {
    let left = 2
    const asked = () => (left-- > 0 ? 503 : undefined)
    const argv = ['sh', '-c', 'curl -sS --retry 5 web']
    const machine = start({ argv, servers: { 'web:80': { status: 200, asked } } })
    machine.pass()
    assert.equal(machine.out(), 'hello\n')
    assert.equal(machine.nowMs(), 3010)
  })

  test('is given up with the command that sent it', () => {
    const machine = start({ argv: ['sh', '-c', 'timeout 1 curl -s web:84; echo $?'], servers })
    machine.pass()
    assert.equal(machine.out(), '124\n')
  })

  test('fails where the behaviour of the container says so', () => {
    const annotations = { 'sim.knarr.dev/fail-exec': 'curl' }
    const machine = start({ argv: ['curl', '-s', 'web'], servers, annotations, isInit: false })
    machine.pass()
    assert.deepEqual([machine.out(), machine.process.exit?.code], ['', 1])
  })

  test('nc sends its input, and says what became of the connection', () => {
    for (const [script, out, err, status] of [
      [
        'echo a | nc -v -w 2 web 80',
        'hello\n',
        'Connection to web 80 port [tcp/*] succeeded!\n',
        0,
      ],
      ['nc -zv web 81 < /dev/null', '', 'Connection to web 81 port [tcp/*] succeeded!\n', 0],
      [
        'nc -vz -w 2 web 82',
        '',
        'nc: connect to web port 82 (tcp) failed: Connection refused\n',
        1,
      ],
      [
        'nc -vz -w2 web 83',
        '',
        'nc: connect to web port 83 (tcp) timed out: Operation in progress\n',
        1,
      ],
      ['nc -z web 82', '', '', 1],
      ['echo a | nc -u -w 2 web 80', 'hello\n', '', 0],
      ['nc none 80', '', 'nc: getaddrinfo for host "none" port 80: Name does not resolve\n', 1],
    ] as const) {
      const { tookMs: _, ...outcome } = run(script)
      assert.deepEqual(outcome, { out, err, status }, script)
    }
    assert.equal(run('sleep 3 | nc -z web 80').tookMs, 3000)
  })
})
