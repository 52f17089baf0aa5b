import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { startTestServer, type TestServer } from '../server-fixture.ts'

const maps = '/api/v1/namespaces/default/configmaps'
const anywhere = '/api/v1/configmaps'

async function serverWith(...names: readonly string[]): Promise<TestServer> {
  const server = await startTestServer()
  for (const name of names) {
    await server.send('POST', maps, { metadata: { name, labels: { part: name } } })
  }
  return server
}

function namesOf(body: { items: { metadata: { name: string } }[] }): string[] {
  return body.items.map(({ metadata }) => metadata.name)
}

describe('lists', () => {
  test('come in the order of keys, with the newest revision', async () => {
    await using server = await serverWith('b', 'a', 'c')
    await server.send('POST', '/api/v1/namespaces/aaa/configmaps', { metadata: { name: 'z' } })
    const { body } = await server.send('GET', anywhere)
    assert.deepEqual(namesOf(body), ['z', 'a', 'b', 'c'])
    assert.equal(body.kind, 'ConfigMapList')
    assert.equal(body.metadata.resourceVersion, '5')
  })

  test('share the bytes of their items with single reads', async () => {
    await using server = await serverWith('a')
    const list = await server.send('GET', maps)
    const one = await server.send('GET', `${maps}/a`)
    assert(list.response.body.kind === 'list' && one.response.body.kind === 'object')
    assert.equal(list.response.body.items[0], one.response.body.value)
  })

  test('go on page by page over the snapshot of the first, whatever is written meanwhile', async () => {
    await using server = await serverWith('a', 'b', 'c', 'd')
    const first = await server.send('GET', `${maps}?limit=2`)
    assert.deepEqual(namesOf(first.body), ['a', 'b'])
    assert.equal(first.body.metadata.remainingItemCount, 2)
    await server.send('DELETE', `${maps}/c`)
    await server.send('POST', maps, { metadata: { name: 'cc' } })
    const next = encodeURIComponent(first.body.metadata.continue)
    const second = await server.send('GET', `${maps}?limit=1&continue=${next}`)
    assert.deepEqual(namesOf(second.body), ['c'])
    assert.equal(second.body.metadata.remainingItemCount, 1)
    assert.equal(second.body.metadata.resourceVersion, first.body.metadata.resourceVersion)
    const last = await server.send(
      'GET',
      `${maps}?limit=9&continue=${encodeURIComponent(second.body.metadata.continue)}`,
    )
    assert.deepEqual(namesOf(last.body), ['d'])
    assert.equal(last.body.metadata.continue, undefined)
  })

  test('with selectors are cut to the limit of matches, and do not tell how many remain', async () => {
    await using server = await serverWith('a', 'b', 'c', 'd')
    const first = await server.send('GET', `${maps}?limit=1&labelSelector=part+in+(b,d)`)
    assert.deepEqual(namesOf(first.body), ['b'])
    assert.equal(first.body.metadata.remainingItemCount, undefined)
    const next = encodeURIComponent(first.body.metadata.continue)
    const rest = await server.send('GET', `${maps}?continue=${next}&labelSelector=part+in+(b,d)`)
    assert.deepEqual(namesOf(rest.body), ['d'])
  })

  test('whose snapshot is compacted are refused with a token that goes on inconsistently', async () => {
    await using server = await serverWith('a', 'b', 'c')
    const first = await server.send('GET', `${maps}?limit=1`)
    await server.send('POST', maps, { metadata: { name: 'bb' } })
    await server.store.compact(5)
    const next = encodeURIComponent(first.body.metadata.continue)
    const expired = await server.send('GET', `${maps}?limit=9&continue=${next}`)
    assert.equal(expired.status, 410)
    assert.equal(expired.body.reason, 'Expired')
    assert.match(expired.body.message, /^The provided continue parameter is too old to display/)
    const anyway = encodeURIComponent(expired.body.metadata.continue)
    const rest = await server.send('GET', `${maps}?limit=9&continue=${anyway}`)
    assert.deepEqual(namesOf(rest.body), ['b', 'bb', 'c'])
    assert.equal(rest.body.metadata.resourceVersion, '5')
  })

  test('whose snapshot is compacted end although nothing of their resource has changed', async () => {
    await using server = await serverWith('a', 'b', 'c', 'd')
    const first = await server.send('GET', `${maps}?limit=1`)
    const next = encodeURIComponent(first.body.metadata.continue)
    await server.send('POST', '/api/v1/namespaces/default/secrets', { metadata: { name: 's' } })
    assert.equal((await server.send('GET', `${maps}?limit=1&continue=${next}`)).status, 200)
    await server.store.compact(6)
    const expired = await server.send('GET', `${maps}?limit=1&continue=${next}`)
    assert.equal(expired.status, 410)
    const anyway = encodeURIComponent(expired.body.metadata.continue)
    const second = await server.send('GET', `${maps}?limit=1&continue=${anyway}`)
    assert.deepEqual(namesOf(second.body), ['b'])
    assert.equal(second.body.metadata.remainingItemCount, 2)
    assert.notEqual(second.body.metadata.resourceVersion, first.body.metadata.resourceVersion)
    const third = encodeURIComponent(second.body.metadata.continue)
    const last = await server.send('GET', `${maps}?limit=2&continue=${third}`)
    assert.deepEqual(namesOf(last.body), ['c', 'd'])
    assert.equal(last.body.metadata.resourceVersion, second.body.metadata.resourceVersion)
    const exact = `?resourceVersion=${first.body.metadata.resourceVersion}&resourceVersionMatch=Exact`
    assert.equal((await server.send('GET', maps + exact)).status, 410)
  })

  test('at an exact revision show what stood then, or say that it is gone', async () => {
    await using server = await serverWith('a', 'b')
    const exact = '?resourceVersion=2&resourceVersionMatch=Exact'
    const then = await server.send('GET', maps + exact)
    assert.deepEqual(namesOf(then.body), ['a'])
    assert.equal(then.body.metadata.resourceVersion, '2')
    await server.store.compact(3)
    const gone = await server.send('GET', maps + exact)
    assert.equal(gone.status, 410)
    assert.equal(gone.body.message, 'The resourceVersion for the provided list is too old.')
  })

  test('wait for a revision that has not come, and give up after three seconds', async () => {
    await using server = await serverWith('a')
    const early = server.send('GET', `${maps}?resourceVersion=3&resourceVersionMatch=NotOlderThan`)
    await server.send('POST', maps, { metadata: { name: 'b' } })
    assert.deepEqual(namesOf((await early).body), ['a', 'b'])
    const never = server.send('GET', `${maps}?resourceVersion=99`)
    await server.clock.advance(3_000)
    const { status, body } = await never
    assert.equal(status, 504)
    assert.deepEqual(body, {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: 'Timeout: Too large resource version: 99, current: 3',
      reason: 'Timeout',
      details: {
        causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
        retryAfterSeconds: 1,
      },
      code: 504,
    })
  })

  const refusals: readonly (readonly [query: string, status: number, message: string])[] = [
    [
      'fieldSelector=spec.x=1',
      400,
      '"spec.x" is not a known field selector: only "metadata.name", "metadata.namespace"',
    ],
    ['labelSelector=a+in+b', 400, "unable to parse requirement: found 'b' expected: '('"],
    ['limit=x', 400, 'strconv.ParseInt: parsing "x": invalid syntax'],
    [
      'continue=e30',
      400,
      'continue key is not valid: server does not recognize this encoded version undefined',
    ],
    [
      'resourceVersion=abc',
      400,
      'resourceVersion: Invalid value: "abc": strconv.ParseUint: parsing "abc": invalid syntax',
    ],
    [
      'resourceVersionMatch=Exact',
      422,
      'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided',
    ],
    [
      'resourceVersionMatch=Exact&resourceVersion=0',
      422,
      'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch "exact" is forbidden for resourceVersion "0"',
    ],
    [
      'resourceVersionMatch=Some&resourceVersion=1',
      422,
      'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Unsupported value: "Some": supported values: "Exact", "NotOlderThan", ""',
    ],
    [
      'sendInitialEvents=true',
      422,
      'ListOptions.meta.k8s.io "" is invalid: sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list',
    ],
    [
      'continue=x&resourceVersion=1',
      400,
      'specifying resource version is not allowed when using continue',
    ],
  ]
  for (const [query, status, message] of refusals) {
    test(`refuse ?${query} with ${status}`, async () => {
      await using server = await startTestServer()
      const refused = await server.send('GET', `${maps}?${query}`)
      assert.equal(refused.body.message, message)
      assert.equal(refused.status, status)
    })
  }

  const selections: readonly (readonly [path: string, names: readonly string[]])[] = [
    [`${maps}?fieldSelector=metadata.name=b`, ['b']],
    [`${anywhere}?fieldSelector=metadata.name=b`, ['b']],
    [`${anywhere}?fieldSelector=metadata.namespace!=default`, []],
    [`${maps}?labelSelector=part!=b`, ['a', 'c']],
    [`${maps}?resourceVersion=0&limit=1`, ['a', 'b', 'c']],
  ]
  for (const [path, names] of selections) {
    test(`${path} selects ${names.join(' and ') || 'nothing'}`, async () => {
      await using server = await serverWith('a', 'b', 'c')
      assert.deepEqual(namesOf((await server.send('GET', path)).body), names)
    })
  }
})
