import assert from 'node:assert/strict'
import { test } from 'node:test'
import { general, sorted } from './printed.ts'

const names = { node: 'node-1', manifests: '/seed', port: '7443' }

const same = [
  'Tolerations:  node.kubernetes.io/not-ready:NoExecute op=Exists for 2s',
  'Readiness:  http-get http://:8001/heartbeat delay=30s timeout=1s period=30s #success=1',
  '    terminationGracePeriodSeconds: 60',
  'ubuntu  0/1  CrashLoopBackOff  2 (AGE ago)  AGE',
  'Normal  Killing  pod/ubuntu  Stopping container ubuntu',
  'deployment.apps/my-nginx  1/2  2  1  AGE',
  'Annotations:  deployment.kubernetes.io/revision: 1',
  '    generation: 1',
]

for (const line of same) {
  test(`all of it counts: ${line.trim()}`, () => assert.equal(general(line, names), line))
}

const made: readonly (readonly [string, string])[] = [
  [
    'my-nginx-5dcb556c99-pshlq   1/1     Running   0     9s',
    'my-nginx-HASH-RANDOM  1/1  Running  0  AGE',
  ],
  [
    'Successfully pulled image "nginx" in 1m2.5s (1m2.5s including waiting). Image size: 7 bytes.',
    'Successfully pulled image "nginx" in AGE (AGE including waiting). Image size: N bytes.',
  ],
  ['Node:  node-1/172.16.0.2', 'Node:  NODE/IP'],
  ['kubernetes   IPv4   7443   172.16.0.1', 'kubernetes  IPv4  PORT  IP'],
  ['kubernetes   IPv4   6443   192.0.2.2', 'kubernetes  IPv4  PORT  IP'],
  ['  user:\n    linux:\n      gid: 0\n  volumeMounts:', '  volumeMounts:'],
  ['Started:  Thu, 26 Nov 2026 13:14:10 +0000', 'Started:  TIME'],
]

for (const [printed, becomes] of made) {
  test(`what differs by nature does not: ${becomes.trim()}`, () =>
    assert.equal(general(printed, names), becomes))
}

test('a table is sorted below its heading, a description only in its events', () => {
  assert.equal(sorted('Z\nb\na\n'), 'Z\na\nb')
  assert.equal(sorted('Name: z\nAge: 1\nEvents:\n  b\n  a\n'), 'Name: z\nAge: 1\nEvents:\n  a\n  b')
})
