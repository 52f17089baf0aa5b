import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answerHealth, type HealthCheck } from './health.ts'

const well: HealthCheck = { name: 'ping', check: () => undefined }
const ill: HealthCheck = { name: 'etcd', check: () => Promise.reject(new Error('no store')) }

async function ask(target: string, checks: readonly HealthCheck[] = [well]) {
  const [path = '', query] = target.split('?')
  const request = { method: 'GET', path, query: new URLSearchParams(query), headers: {} } as const
  const answer = await answerHealth(request, checks)
  if (answer?.body.kind !== 'bytes') return answer
  return { status: answer.status, text: Buffer.from(answer.body.bytes).toString() }
}

test('health is one word, and with verbose a line for each check', async () => {
  assert.deepEqual(await ask('/livez'), { status: 200, text: 'ok' })
  const text = '[+]ping ok\nlivez check passed\n'
  assert.deepEqual(await ask('/livez?verbose'), { status: 200, text })
  assert.deepEqual(await ask('/readyz/ping'), { status: 200, text: 'ok' })
  assert.equal(await ask('/readyz/other'), undefined)
})

test('a check that fails is told without its reason, unless that check alone is asked', async () => {
  const text = '[+]ping ok\n[-]etcd failed: reason withheld\nreadyz check failed\n'
  assert.deepEqual(await ask('/readyz', [well, ill]), { status: 500, text })
  const alone = { status: 500, text: 'internal server error: no store\n' }
  assert.deepEqual(await ask('/readyz/etcd', [well, ill]), alone)
})

test('a check that is excluded is not made, and one that there is not is warned of', async () => {
  assert.deepEqual(await ask('/healthz?exclude=etcd', [well, ill]), { status: 200, text: 'ok' })
  const text =
    '[+]ping ok\n[+]etcd excluded: ok\n' +
    'warn: some health checks cannot be excluded: no matches for "a","b"\nhealthz check passed\n'
  const target = '/healthz?verbose&exclude=etcd&exclude=b&exclude=a'
  assert.deepEqual(await ask(target, [well, ill]), { status: 200, text })
})

test('a group is left out by its name, and what is of readiness is asked of /readyz alone', async () => {
  const checks: readonly HealthCheck[] = [
    well,
    { ...ill, name: 'etcd-0', group: 'etcd' },
    { ...ill, name: 'shutdown', isOfReadiness: true },
  ]
  const text = '[+]ping ok\n[+]etcd-0 excluded with etcd: ok\nlivez check passed\n'
  assert.deepEqual(await ask('/livez?verbose&exclude=etcd', checks), { status: 200, text })
  const both = '/readyz?exclude=etcd&exclude=shutdown'
  assert.deepEqual(await ask(both, checks), { status: 200, text: 'ok' })
  assert.equal(await ask('/livez/shutdown', checks), undefined)
  const alone = { status: 500, text: 'internal server error: no store\n' }
  assert.deepEqual(await ask('/readyz/shutdown', checks), alone)
  assert.equal(await ask('/readyz/', checks), undefined)
})
