import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { NameReply } from '../model/fabric.ts'
import { type Asked, lookUp } from './resolver.ts'

const cluster =
  'search shop.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n'
const none = { rcode: 'NXDOMAIN', records: [], tookMs: 0 } as const

/** Follows a look-up to its end: what it found, whom it asked, and how long it waited. */
function follow(
  host: string,
  answer: (name: string, server: string) => Asked | undefined,
  { resolvConf = cluster, hosts }: { resolvConf?: string; hosts?: string } = {},
) {
  const asked: string[] = []
  const ask = (server: string, name: string): Asked => {
    asked.push(name)
    return answer(name, server) ?? { ...none, name }
  }
  const steps = lookUp(host, { resolvConf, hosts }, ask)
  let tookMs = 0
  let step = steps.next()
  for (; !step.done; step = steps.next()) tookMs += step.value
  return { found: step.value?.name, ip: step.value?.ip, asked, tookMs }
}
const at = (name: string, ip: string): NameReply => ({
  rcode: 'NOERROR',
  records: [ip],
  name,
  tookMs: 0,
})
const only = (name: string) => (each: string) => (each === name ? at(name, '10.96.0.7') : undefined)

const web = 'web.shop.svc.cluster.local'

test('the search path is tried in its order, and a name with a dot at its end not', () => {
  assert.deepEqual(follow('web', only(web)).asked, [web])
  const other = follow('web.shop', only(web))
  assert.deepEqual(other.asked, ['web.shop.shop.svc.cluster.local', web])
  const { asked, tookMs } = follow('example.org', (name) =>
    name === 'example.org' ? { ...none, name, tookMs: 20 } : undefined,
  )
  assert.deepEqual(asked, [
    'example.org.shop.svc.cluster.local',
    'example.org.svc.cluster.local',
    'example.org.cluster.local',
    'example.org',
  ])
  assert.equal(tookMs, 20)
  assert.deepEqual(follow('example.org.', only('x')).asked, ['example.org'])
  assert.deepEqual(follow('a.b.c.d.e.f', only('a.b.c.d.e.f')).asked, ['a.b.c.d.e.f'])
})

test('who answers nothing costs five seconds, twice, for the first name and for the bare one', () => {
  const { found, asked, tookMs } = follow('web', () => 'silent')
  assert.deepEqual([found, asked, tookMs], [undefined, [web, web, 'web', 'web'], 20_000])
  const impatient = `${cluster}options timeout:1 attempts:1\n`
  assert.equal(follow('web', () => 'silent', { resolvConf: impatient }).tookMs, 2_000)
})

test('a second server is asked when the first says nothing, and one where nobody listens at once', () => {
  const resolvConf = 'nameserver 10.0.0.1\nnameserver 10.0.0.2\n'
  const second = (first: Asked) => (name: string, server: string) =>
    server === '10.0.0.1' ? first : at(name, '10.96.0.7')
  assert.equal(follow('a.b', second('silent'), { resolvConf }).tookMs, 5_000)
  assert.equal(follow('a.b', second('refused'), { resolvConf }).tookMs, 0)
  assert.equal(
    follow('a.b', second({ ...none, name: '', rcode: 'SERVFAIL' }), { resolvConf }).ip,
    '10.96.0.7',
  )
  const refused = follow('web', () => 'refused')
  assert.deepEqual([refused.found, refused.tookMs], [undefined, 0])
})

test('an answer that takes too long is none; one that is slow is waited for', () => {
  const slow = (tookMs: number) =>
    follow(`${web}.`, (name) => ({ ...at(name, '10.96.0.7'), tookMs }))
  assert.deepEqual([slow(3_000).ip, slow(3_000).tookMs], ['10.96.0.7', 3_000])
  assert.deepEqual([slow(6_000).ip, slow(6_000).tookMs], [undefined, 10_000])
})

test('the file of hosts is read first, and addresses are not asked for', () => {
  const hosts = '127.0.0.1 localhost\n# 9.9.9.9 web\n10.1.2.3\tFoo.local foo # remark\n::1 six\n'
  const nobody = () => assert.fail('asked')
  assert.deepEqual(follow('foo', nobody, { hosts }), {
    found: 'Foo.local',
    ip: '10.1.2.3',
    asked: [],
    tookMs: 0,
  })
  assert.equal(follow('10.0.0.1', nobody).ip, '10.0.0.1')
  assert.equal(follow('localhost', nobody).ip, '127.0.0.1')
  assert.equal(follow('web', only(web), { hosts }).found, web)
})
