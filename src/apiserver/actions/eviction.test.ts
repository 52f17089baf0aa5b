import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { startTestServer, type TestServer } from '../server-fixture.ts'
import { evictionAction } from './eviction.ts'

const pods = '/api/v1/namespaces/default/pods'
const budgets = '/apis/policy/v1/namespaces/default/poddisruptionbudgets'
const labels = { app: 'web' }
const ready = { type: 'Ready', status: 'True' }

interface Given {
  /** Of the pod; running and ready unless it says otherwise. */
  readonly status?: object
  readonly budget?: { readonly spec?: object; readonly status: object }
}

/** A server with a pod `p` on a node, and a budget `b` for it. */
async function serverWith({ status = {}, budget }: Given = {}): Promise<TestServer> {
  const server = await startTestServer({ actions: { 'pods/eviction': evictionAction } })
  const spec = { nodeName: 'n', containers: [{ name: 'c', image: 'i' }] }
  await server.send('POST', pods, { metadata: { name: 'p', labels }, spec })
  const running = { phase: 'Running', conditions: [ready], ...status }
  const put = { metadata: { name: 'p', labels }, status: running }
  const set = await server.send('PUT', `${pods}/p/status`, put)
  assert.equal(set.status, 200, JSON.stringify(set.body))
  if (budget) {
    const selector = { matchLabels: labels }
    await server.send('POST', budgets, {
      metadata: { name: 'b' },
      spec: { minAvailable: 1, selector, ...budget.spec },
    })
    const known = { observedGeneration: 1, expectedPods: 1, ...budget.status }
    const put = { metadata: { name: 'b' }, status: known }
    assert.equal((await server.send('PUT', `${budgets}/b/status`, put)).status, 200)
  }
  return server
}

const evict = (server: TestServer, deleteOptions?: object, query = '') =>
  server.send('POST', `${pods}/p/eviction${query}`, {
    apiVersion: 'policy/v1',
    kind: 'Eviction',
    metadata: { name: 'p' },
    ...(deleteOptions && { deleteOptions }),
  })

const podOf = async (server: TestServer) => (await server.send('GET', `${pods}/p`)).body
const budgetOf = async (server: TestServer) => (await server.send('GET', `${budgets}/b`)).body
const spentBudget = { currentHealthy: 1, desiredHealthy: 1, disruptionsAllowed: 0 }

describe('an eviction', () => {
  test('marks the pod and deletes it', async () => {
    await using server = await serverWith()
    assert.equal((await evict(server)).status, 201)
    const { metadata, status } = await podOf(server)
    assert.equal(metadata.deletionGracePeriodSeconds, 30)
    const mark = status.conditions.find(({ type }: { type: string }) => type === 'DisruptionTarget')
    assert.equal(mark.reason, 'EvictionByEvictionAPI')
  })

  test('names the pod that its path names', async () => {
    await using server = await serverWith()
    const body = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'q' } }
    const { status, body: answer } = await server.send('POST', `${pods}/p/eviction`, body)
    assert.deepEqual(
      [status, answer.message],
      [400, 'name in URL does not match name in Eviction object'],
    )
  })

  test('takes one of what its budget allows, which is then said to be spent', async () => {
    const status = { currentHealthy: 2, desiredHealthy: 1, disruptionsAllowed: 1 }
    await using server = await serverWith({ budget: { status } })
    assert.equal((await evict(server, undefined, '?dryRun=All')).status, 201)
    assert.equal((await evict(server, { dryRun: ['All'] })).status, 201)
    assert.equal((await budgetOf(server)).status.disruptionsAllowed, 1)
    assert.equal((await podOf(server)).metadata.deletionTimestamp, undefined)
    assert.equal((await evict(server)).status, 201)
    const spent = (await budgetOf(server)).status
    assert.equal(spent.disruptionsAllowed, 0)
    assert.deepEqual(Object.keys(spent.disruptedPods), ['p'])
    const [condition] = spent.conditions
    assert.deepEqual(
      [condition.type, condition.status, condition.reason],
      ['DisruptionAllowed', 'False', 'InsufficientPods'],
    )
  })

  const refusals: readonly (readonly [string, object, number, string, (number | undefined)?])[] = [
    [
      'a budget that is spent',
      spentBudget,
      429,
      'The disruption budget b needs 1 healthy pods and has 1 currently',
    ],
    [
      'one that has not been looked at since it was changed',
      { ...spentBudget, observedGeneration: 0, disruptionsAllowed: 5 },
      429,
      'The disruption budget b is still being processed by the server.',
      10,
    ],
    [
      'one that could not be reckoned',
      {
        ...spentBudget,
        conditions: [
          {
            type: 'DisruptionAllowed',
            status: 'False',
            reason: 'SyncFailed',
            message: 'no scale',
            lastTransitionTime: '2026-01-01T00:00:00Z',
          },
        ],
      },
      429,
      'The disruption budget b does not allow evicting pods currently because it failed sync: no scale',
    ],
    [
      'one that has healthy pods left and allows none to go',
      { currentHealthy: 3, desiredHealthy: 1, disruptionsAllowed: 0 },
      429,
      'The disruption budget b does not allow evicting pods currently',
    ],
  ]
  for (const [what, status, code, cause, retryAfter] of refusals) {
    test(`is refused by ${what}`, async () => {
      await using server = await serverWith({ budget: { status } })
      const { status: answered, body } = await evict(server)
      assert.equal(answered, code)
      assert.equal(body.details.causes[0].message, cause)
      assert.equal(body.details.retryAfterSeconds, retryAfter)
      assert.equal((await podOf(server)).metadata.deletionTimestamp, undefined)
    })
  }

  test('of a pod that is not ready takes nothing of a budget that is met', async () => {
    const conditions = [{ ...ready, status: 'False' }]
    await using server = await serverWith({
      status: { conditions },
      budget: { status: spentBudget },
    })
    assert.equal((await evict(server)).status, 201)
    assert.equal((await budgetOf(server)).status.disruptedPods, undefined)
  })

  test('of a pod that is not ready is refused where pods are missing, unless the budget lets it', async () => {
    const conditions = [{ ...ready, status: 'False' }]
    const status = { ...spentBudget, currentHealthy: 0 }
    await using server = await serverWith({ status: { conditions }, budget: { status } })
    assert.equal((await evict(server)).status, 429)
    const spec = { unhealthyPodEvictionPolicy: 'AlwaysAllow' }
    await using free = await serverWith({ status: { conditions }, budget: { spec, status } })
    assert.equal((await evict(free)).status, 201)
  })

  test('of a pod that is pending, has ended, or is being deleted asks no budget', async () => {
    for (const phase of ['Pending', 'Succeeded', 'Failed']) {
      await using server = await serverWith({ status: { phase }, budget: { status: spentBudget } })
      assert.equal((await evict(server)).status, 201, phase)
    }
    await using server = await serverWith({ budget: { status: spentBudget } })
    await server.send('DELETE', `${pods}/p`)
    assert.equal((await evict(server, { gracePeriodSeconds: 3 })).status, 201)
    const { metadata, status } = await podOf(server)
    assert.equal(metadata.deletionGracePeriodSeconds, 3)
    assert.ok(status.conditions.some(({ type }: { type: string }) => type === 'DisruptionTarget'))
  })

  test('keeps to the preconditions of its options, and marks nothing where they do not hold', async () => {
    await using server = await serverWith()
    const { metadata } = await podOf(server)
    for (const preconditions of [{ uid: 'other' }, { resourceVersion: '1' }]) {
      const { status, body } = await evict(server, { preconditions })
      assert.equal(status, 409)
      assert.match(body.message, /^Operation cannot be fulfilled on Pod "p": the /)
    }
    assert.equal((await podOf(server)).metadata.resourceVersion, metadata.resourceVersion)
    const { uid, resourceVersion } = metadata
    const { status } = await evict(server, { preconditions: { uid, resourceVersion } })
    assert.equal(status, 201, 'its own mark is no change')
  })
})
