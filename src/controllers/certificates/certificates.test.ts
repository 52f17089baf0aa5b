import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type CertificateSigningRequest, certificateSigningRequests } from '#api'
import type { Stored } from '#machinery'
import { loopOf, worldWith } from '../shared/loop-fixture.ts'
import { clusterWide, nowMs, secondsAgo } from '../shared/objects-fixture.ts'
import { certificateApprovingController } from './approving.ts'
import { certificateCleanerController } from './cleaner.ts'
import { type CertificateTerms, certificateSigningController } from './signing.ts'

/** `O=dev, O=ops, CN=jane` */
const user =
  'LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlIbU1JR05BZ0VBTUNzeEREQUtCZ05WQkFvTUEyUmxkakVNTUFvR0ExVUVDZ3dEYjNCek1RMHdDd1lEVlFRRApEQVJxWVc1bE1Ga3dFd1lIS29aSXpqMENBUVlJS29aSXpqMERBUWNEUWdBRUhxRXJJVEFrVHdtcWoyT0pvMFNaCmYvcVdWQy9VaTlXSXM1ODBXUEdTdVpDODlLQnJ2MzhZaUtPWktXWDJJU0lOMDNQWEdUdkxCb1h0ZmJzc1BxaDkKeGFBQU1Bb0dDQ3FHU000OUJBTUNBMGdBTUVVQ0lHcUJTV2Vva2t4c0pHbzZ0L0ZYNGo0SjVRTGgvME5xS0w0SgpkZUh4RlFnZ0FpRUF3enRQS3VlbXNPcExRLzJOVTVYUEthTnB6TzUwdVpJbE53dU91NVRNck0wPQotLS0tLUVORCBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0K'

/** `O=system:nodes, CN=system:node:node-1` */
const kubelet =
  'LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlIdU1JR1dBZ0VBTURReEZUQVRCZ05WQkFvTURITjVjM1JsYlRwdWIyUmxjekViTUJrR0ExVUVBd3dTYzNsegpkR1Z0T201dlpHVTZibTlrWlMweE1Ga3dFd1lIS29aSXpqMENBUVlJS29aSXpqMERBUWNEUWdBRUhxRXJJVEFrClR3bXFqMk9KbzBTWmYvcVdWQy9VaTlXSXM1ODBXUEdTdVpDODlLQnJ2MzhZaUtPWktXWDJJU0lOMDNQWEdUdkwKQm9YdGZic3NQcWg5eGFBQU1Bb0dDQ3FHU000OUJBTUNBMGNBTUVRQ0lBaDFxMzVtUW04d1NrQXk2RVdEZmtHWApOV3hyNFdWODJVVHFRU1BJQUU2SEFpQUpoTytWWEU5YzJxSjhiQTlHWHFNZzc3R0N1MThHdmkxeTFzNkdIVjRsClR3PT0KLS0tLS1FTkQgQ0VSVElGSUNBVEUgUkVRVUVTVC0tLS0tCg=='

/** A certificate that was good for one day in 2020. */
const expired =
  'LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSUJOekNCNnFBREFnRUNBZ0VCTUFVR0F5dGxjREFNTVFvd0NBWURWUVFERXdGNE1CNFhEVEl3TURFd01UQXcKTURBd01Gb1hEVEl3TURFd01qQXdNREF3TUZvd0tURVlNQW9HQTFVRUNoTURaR1YyTUFvR0ExVUVDaE1EYjNCegpNUTB3Q3dZRFZRUURFd1JxWVc1bE1Ga3dFd1lIS29aSXpqMENBUVlJS29aSXpqMERBUWNEUWdBRUhxRXJJVEFrClR3bXFqMk9KbzBTWmYvcVdWQy9VaTlXSXM1ODBXUEdTdVpDODlLQnJ2MzhZaUtPWktXWDJJU0lOMDNQWEdUdkwKQm9YdGZic3NQcWg5eGFNbE1DTXdFd1lEVlIwbEJBd3dDZ1lJS3dZQkJRVUhBd0l3REFZRFZSMFRBUUgvQkFJdwpBREFGQmdNclpYQURRUUE0T3B1VitCR1Ezd1J1YXpDOFhIN05TRHBZaDNpSWNqYzExMnBTRzAxeUZDNml6NXFlCiswcENaNm1TZE40WkRvQzNtYUo4WDVkd0FuQ2JlUGRtQ2RVRgotLS0tLUVORCBDRVJUSUZJQ0FURS0tLS0tCg=='

const apiClient = 'kubernetes.io/kube-apiserver-client'
const kubeletClient = 'kubernetes.io/kube-apiserver-client-kubelet'
const condition = (type: string, lastUpdateTime?: string) => ({
  type,
  status: 'True',
  ...(lastUpdateTime && { lastUpdateTime }),
})

function request(
  spec: object = {},
  status: object = {},
  metadata: object = {},
): Stored<CertificateSigningRequest> {
  const own = { request: user, signerName: apiClient, usages: ['client auth'], ...spec }
  return clusterWide<CertificateSigningRequest>('a', { metadata, spec: own, status })
}

describe('an approved request', () => {
  const signed: CertificateTerms[] = []
  const controller = certificateSigningController({
    notAfterMs: nowMs + 10 * 365 * 86_400_000,
    sign({ commonName }, terms) {
      signed.push(terms)
      return `certificate of ${commonName}`
    },
  })
  const answer = async (object: Stored<CertificateSigningRequest>) => {
    const loop = await loopOf(controller, [[certificateSigningRequests, object]])
    const [write, ...others] = (await loop.reconcile('a')).writes
    assert.deepEqual(others, [])
    if (!write) return undefined
    assert.equal(write.what, 'update certificatesigningrequests/status a')
    return (write.sent as CertificateSigningRequest).status
  }
  const approved = { conditions: [condition('Approved')] }

  test('gets a certificate', async () => {
    const status = await answer(request({ expirationSeconds: 3600 }, approved))
    assert.equal(Buffer.from(status?.certificate ?? '', 'base64').toString(), 'certificate of jane')
    assert.deepEqual(status?.conditions, approved.conditions)
    const [terms] = signed
    assert.deepEqual(terms?.usages, ['client auth'])
    assert.deepEqual([terms?.notBeforeMs, terms?.notAfterMs], [nowMs - 300_000, nowMs + 3_600_000])
    assert.ok((terms?.serialNumber ?? 0n) > 2n ** 64n)
  })

  test('that breaks the rules of its signer fails, and says why', async () => {
    const status = await answer(request({ usages: ['server auth'] }, approved))
    assert.equal(status?.certificate, undefined)
    assert.deepEqual(status?.conditions?.[1], {
      type: 'Failed',
      status: 'True',
      reason: 'SignerValidationFailure',
      message: 'invalid usage for client certificate: server auth',
    })
  })

  test('is left alone once it is answered, or by another signer, and so is what is not approved', async () => {
    assert.equal(await answer(request({}, {})), undefined)
    assert.equal(await answer(request({}, { ...approved, certificate: 'x' })), undefined)
    assert.equal(await answer(request({ signerName: 'example.com/signer' }, approved)), undefined)
    const failed = { conditions: [condition('Approved'), condition('Failed')] }
    assert.equal(await answer(request({}, failed)), undefined)
  })
})

describe('a certificate is good', () => {
  const day = 86_400_000
  const minute = 60_000
  const termsOf = async (expirationSeconds: number | undefined, notAfterMs: number) => {
    const signed: CertificateTerms[] = []
    const signer = {
      notAfterMs,
      sign: (_: unknown, terms: CertificateTerms) => {
        signed.push(terms)
        return 'certificate'
      },
    }
    const spec = expirationSeconds === undefined ? {} : { expirationSeconds }
    const loop = await loopOf(certificateSigningController(signer), [
      [certificateSigningRequests, request(spec, { conditions: [condition('Approved')] })],
    ])
    await loop.reconcile('a')
    const [terms] = signed
    return [terms?.notBeforeMs, terms?.notAfterMs].map((ms) => (ms ?? 0) - nowMs)
  }
  for (const [seconds, lastsMs] of [
    [undefined, 365 * day - 5 * minute],
    [600, 10 * minute],
    [60, 10 * minute],
    [8 * 3600 - 1, 8 * 60 * minute - 1000],
    [8 * 3600, 8 * 60 * minute - 5 * minute],
    [400 * 86_400, 365 * day - 5 * minute],
  ] as const) {
    test(`for ${lastsMs / 1000} s where ${seconds} s are asked for`, async () => {
      const authorityEnds = nowMs + 1000 * day
      assert.deepEqual(await termsOf(seconds, authorityEnds), [-5 * minute, lastsMs])
    })
  }

  test('no longer than the authority that signs it', async () => {
    assert.deepEqual(await termsOf(undefined, nowMs + day), [-5 * minute, day])
    await assert.rejects(termsOf(undefined, nowMs), /the signer has expired/)
  })
})

describe('a request of a kubelet', () => {
  const own = {
    request: kubelet,
    signerName: kubeletClient,
    usages: ['digital signature', 'client auth'],
    username: 'system:node:node-1',
    groups: ['system:nodes'],
  }
  const reconcile = async (spec: object, status: object = {}) => {
    const loop = await loopOf(certificateApprovingController, [
      [certificateSigningRequests, request({ ...own, ...spec }, status)],
    ])
    return (await loop.reconcile('a')).writes
  }

  test('that nobody may have approved waits for somebody, and is tried again', async () => {
    // The fixture answers no review of access.
    await assert.rejects(
      reconcile({}),
      /^Error: recognized csr "a" as \[selfnodeclient nodeclient\] but subject access review was not approved$/,
    )
    await assert.rejects(
      reconcile({ username: 'bootstrap' }),
      /recognized csr "a" as \[nodeclient\]/,
    )
  })

  test('is recognized by its subject, its usages and its signer', async () => {
    assert.deepEqual(await reconcile({ request: user }), [])
    assert.deepEqual(await reconcile({ usages: ['client auth'] }), [])
    assert.deepEqual(await reconcile({ signerName: apiClient }), [])
    assert.deepEqual(await reconcile({}, { conditions: [condition('Denied')] }), [])
    assert.deepEqual(await reconcile({}, { conditions: [condition('Approved')] }), [])
  })
})

describe('a request is kept', () => {
  const hour = 3600
  const specs: readonly (readonly [string, object, number, boolean])[] = [
    ['while it waits for a day', {}, 24 * hour - 9, false],
    ['no longer than a day where nobody decides', {}, 24 * hour + 1, true],
    ['an hour when denied', { conditions: [condition('Denied', secondsAgo(hour - 9))] }, 0, false],
    ['no longer when denied', { conditions: [condition('Denied', secondsAgo(hour + 1))] }, 0, true],
    ['no longer when failed', { conditions: [condition('Failed', secondsAgo(hour + 1))] }, 0, true],
    [
      'an hour with its certificate',
      { certificate: 'x', conditions: [condition('Approved', secondsAgo(hour - 9))] },
      0,
      false,
    ],
    [
      'no longer than its certificate is good',
      { certificate: expired, conditions: [condition('Approved', secondsAgo(60))] },
      0,
      true,
    ],
    [
      'no longer with it',
      { certificate: 'x', conditions: [condition('Approved', secondsAgo(hour + 1))] },
      0,
      true,
    ],
    [
      'a day where nobody signs it',
      { conditions: [condition('Approved', secondsAgo(24 * hour - 9))] },
      48 * hour,
      false,
    ],
    [
      'no longer where nobody does',
      { conditions: [condition('Approved', secondsAgo(24 * hour + 1))] },
      48 * hour,
      true,
    ],
  ]
  /** What the cleaner removes at its first look, and in the time that it goes on. */
  const removed = async (object: Stored<CertificateSigningRequest>, ms = 0) => {
    const world = worldWith([[certificateSigningRequests, object]], certificateCleanerController)
    const stop = new AbortController()
    const loop = certificateCleanerController.start(world.context)
    const context = { ...world.context, watch: () => assert.fail('it watches nothing') }
    const running = loop.background?.(context, stop.signal)
    await world.clock.advance(1000)
    const atOnce = world.writes.map(({ what }) => what)
    await world.clock.advance(ms)
    stop.abort()
    await assert.rejects(running ?? Promise.resolve())
    return { atOnce, later: world.writes.map(({ what }) => what) }
  }
  const deletion = ['delete certificatesigningrequests a']
  for (const [name, status, ageSeconds, isRemoved] of specs) {
    test(name, async () => {
      const object = request({}, status, { creationTimestamp: secondsAgo(ageSeconds) })
      assert.deepEqual((await removed(object)).atOnce, isRemoved ? deletion : [])
    })
  }

  test('and looked at again every hour', async () => {
    const object = request({}, {}, { creationTimestamp: secondsAgo(23.5 * hour) })
    const { atOnce, later } = await removed(object, 3_600_000)
    assert.deepEqual([atOnce, later], [[], deletion])
  })
})
