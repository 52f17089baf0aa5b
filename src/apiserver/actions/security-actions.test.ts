import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import { nodes, pods, resources, serviceAccounts } from '#api'
import { createVirtualClock, seededRandom } from '#lib'
import type { KubeObject, Resource } from '#machinery'
import { objectsOf } from '../admission/objects-fixture.ts'
import { tokenAuthenticators } from '../authn/index.ts'
import { unverifiedClaims } from '../authn/jwt.ts'
import { createTokenIssuer } from '../authn/token-issuer.ts'
import { privilegedAuthorizer } from '../authz/privileged.ts'
import type { ActionRequest } from './action.ts'
import { securityActions } from './security-actions.ts'

const nowMs = Date.parse('2026-01-01T00:00:00Z')
const clock = { ...createVirtualClock(), wallMs: () => nowMs }
const key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
const issuer = createTokenIssuer({
  key: key.export({ type: 'pkcs8', format: 'pem' }) as string,
  issuer: 'https://me',
  audiences: ['https://me'],
  clock,
  random: seededRandom(1),
})
const objects = objectsOf([
  [serviceAccounts, { metadata: { namespace: 'ns', name: 'sa', uid: 'sa-1' } }],
  [nodes, { metadata: { name: 'n', uid: 'n-1' } }],
  [
    pods,
    {
      metadata: { namespace: 'ns', name: 'p', uid: 'p-1' },
      spec: { serviceAccountName: 'sa', nodeName: 'n' },
    } as KubeObject,
  ],
  [
    pods,
    {
      metadata: { namespace: 'ns', name: 'q', uid: 'q-1' },
      spec: { serviceAccountName: 'default' },
    } as KubeObject,
  ],
])
const actions = securityActions({
  authorizer: privilegedAuthorizer,
  issuer,
  tokens: tokenAuthenticators({ issuer, objects, clock }),
})

async function act(name: string, body: object, over: Partial<ActionRequest> = {}) {
  const plural = name.split(/[./]/)[0]
  const resource = resources.find((each) => each.plural === plural) as Resource
  const request = {
    resource,
    namespace: 'ns',
    name: 'sa',
    user: { name: 'ann', groups: ['system:masters'] },
    body: body as KubeObject,
    dryRun: false,
    nowMs,
    objects,
    warn: () => undefined,
    ...over,
  } as ActionRequest
  const result = await actions[name]?.(request, AbortSignal.abort())
  return result?.object as Record<string, never> & { status: Record<string, unknown> }
}

test('a token request gives a token bound to the pod and its node', async () => {
  const spec = { boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'p-1' } }
  const { status } = await act('serviceaccounts/token', { spec })
  assert.equal(status.expirationTimestamp, '2026-01-01T01:00:00Z')
  assert.deepEqual(unverifiedClaims(String(status.token))?.['kubernetes.io'], {
    namespace: 'ns',
    node: { name: 'n', uid: 'n-1' },
    pod: { name: 'p', uid: 'p-1' },
    serviceaccount: { name: 'sa', uid: 'sa-1' },
  })
})

const ref = (kind: string, name: string, uid = '') => ({
  boundObjectRef: { apiVersion: 'v1', kind, name, uid },
})
const refusals: [name: string, spec: object, over: Partial<ActionRequest>, want: string][] = [
  ['for no account', {}, { name: 'x' }, 'serviceaccounts "x" not found'],
  [
    'for a short time',
    { expirationSeconds: 599 },
    {},
    'TokenRequest.authentication.k8s.io "" is invalid: spec.expirationSeconds: Invalid value: 599: may not specify a duration less than 10 minutes',
  ],
  [
    'for ever',
    { expirationSeconds: 2 ** 32 + 1 },
    {},
    'TokenRequest.authentication.k8s.io "" is invalid: spec.expirationSeconds: Invalid value: 4294967297: may not specify a duration larger than 2^32 seconds',
  ],
  ['bound to no pod', ref('Pod', 'x'), {}, 'pods "x" not found'],
  [
    'bound to a pod of another account',
    ref('Pod', 'q'),
    {},
    'cannot bind token for serviceaccount "sa" to pod running with different serviceaccount name.',
  ],
  [
    'bound to an earlier pod',
    ref('Pod', 'p', 'p-0'),
    {},
    'Operation cannot be fulfilled on Pod "p": the UID in the bound object reference (p-0) does not match the UID in record. The object might have been deleted and then recreated',
  ],
  ['bound to a Foo', ref('Foo', 'x'), {}, 'cannot bind token to object of type /v1, Kind=Foo'],
]
for (const [name, spec, over, want] of refusals) {
  test(`a token ${name} is refused`, async () => {
    await assert.rejects(act('serviceaccounts/token', { spec }, over), { message: want })
  })
}

test('a token request is about the account of its path, and of its uid', async () => {
  const ask = (metadata: object) => act('serviceaccounts/token', { metadata, spec: {} })
  const made = (await ask({ uid: 'sa-1', name: 'sa' })) as { metadata?: { uid?: string } }
  assert.equal(made.metadata?.uid, 'sa-1')
  assert.equal(((await ask({})) as { metadata?: { uid?: string } }).metadata?.uid, 'sa-1')
  await assert.rejects(ask({ uid: 'sa-0' }), {
    code: 409,
    message:
      'Operation cannot be fulfilled on TokenRequest.authentication.k8s.io "sa": the UID in the token request (sa-0) does not match the UID of the service account (sa-1)',
  })
  await assert.rejects(ask({ name: 'other' }), {
    code: 422,
    message:
      'TokenRequest.authentication.k8s.io "sa" is invalid: metadata.name: Invalid value: "other": must match the service account name if specified',
  })
  await assert.rejects(ask({ namespace: 'other' }), { code: 400 })
})

test('a token lives no longer than the server allows, which is said', async () => {
  const bounded = securityActions({
    ...{ authorizer: privilegedAuthorizer, tokens: [], issuer },
    longestTokenSeconds: 7200,
  })
  const warnings: string[] = []
  const asked = {
    ...{ namespace: 'ns', name: 'sa', objects, nowMs: clock.wallMs() },
    body: { spec: { expirationSeconds: 9000 } },
    warn: (text: string) => warnings.push(text),
  } as unknown as ActionRequest // Cast: no more is looked at.
  const given = await bounded['serviceaccounts/token']?.(asked, AbortSignal.abort())
  // Cast: a TokenRequest.
  const { status, spec } = (given?.object ?? {}) as Record<string, Record<string, unknown>>
  assert.equal(status?.expirationTimestamp, '2026-01-01T02:00:00Z')
  assert.equal(spec?.expirationSeconds, 7200)
  assert.deepEqual(warnings, ['requested expiration of 9000 seconds shortened to 7200 seconds'])
})

test('a token review tells whose token it is, and why another does not hold', async () => {
  const token = issuer.issue({ namespace: 'ns', name: 'sa', uid: 'sa-1', expirationSeconds: 600 })
  const review = 'tokenreviews.authentication.k8s.io'
  const known = await act(review, { spec: { token } })
  assert.equal(known.status.authenticated, true)
  assert.deepEqual(known.status.audiences, ['https://me'])
  const other = await act(review, { spec: { token, audiences: ['vault'] } })
  assert.equal(other.status.authenticated, undefined)
  const none = await act(review, { spec: { token: 'x' } })
  assert.deepEqual(none.status, { user: {}, error: 'invalid bearer token' })
})

test('a self review names the user', async () => {
  const { status } = await act('selfsubjectreviews.authentication.k8s.io', {})
  assert.deepEqual(status, { userInfo: { username: 'ann', groups: ['system:masters'] } })
})

const pod = { verb: 'get', resource: 'pods', namespace: 'ns' }
const reviews: [name: string, spec: object, want: object | string][] = [
  ['selfsubjectaccessreviews', { resourceAttributes: pod }, { allowed: true }],
  ['subjectaccessreviews', { resourceAttributes: pod, user: 'bob' }, { allowed: false }],
  ['localsubjectaccessreviews', { resourceAttributes: pod, user: 'bob' }, { allowed: false }],
  [
    'subjectaccessreviews',
    { nonResourceAttributes: { path: '/x', verb: 'get' }, groups: ['system:masters'] },
    { allowed: true },
  ],
  [
    'subjectaccessreviews',
    { resourceAttributes: pod },
    'spec.user: Invalid value: "": at least one of user or group must be specified',
  ],
  [
    'selfsubjectaccessreviews',
    {},
    'spec.resourceAttributes: Invalid value: null: exactly one of nonResourceAttributes or resourceAttributes must be specified',
  ],
  [
    'localsubjectaccessreviews',
    { resourceAttributes: { ...pod, namespace: 'other' }, user: 'bob' },
    'spec.resourceAttributes.namespace: Invalid value: "other": must match metadata.namespace',
  ],
]
for (const [plural, spec, want] of reviews) {
  test(`${plural} of ${JSON.stringify(spec)} gives ${JSON.stringify(want)}`, async () => {
    const review = act(`${plural}.authorization.k8s.io`, { spec })
    if (typeof want === 'object') return assert.deepEqual((await review).status, want)
    await assert.rejects(review, (error: Error) => error.message.endsWith(want))
  })
}

test('a rules review lists what the user may do', async () => {
  const body = { spec: { namespace: 'ns' } }
  const { status } = await act('selfsubjectrulesreviews.authorization.k8s.io', body)
  assert.equal(status.incomplete, false)
  assert.deepEqual(status.nonResourceRules, [{ verbs: ['*'], nonResourceURLs: ['*'] }])
})

test('a review asks by the selectors that it has, as texts or as requirements', async () => {
  const asked: unknown[] = []
  const noting = securityActions({
    authorizer: {
      name: 'noting',
      authorize: (attributes) => {
        if (attributes.kind === 'resource') {
          const { fieldSelector, labelSelector, version } = attributes
          asked.push([fieldSelector, labelSelector?.requirements, version])
        }
        return { kind: 'allow', reason: '' }
      },
      rulesFor: () => ({ resourceRules: [], nonResourceRules: [], incomplete: false }),
    },
    issuer,
    tokens: [],
  })
  const resource = { group: 'authorization.k8s.io', kind: 'SubjectAccessReview' }
  const review = async (selectors: object) => {
    const resourceAttributes = { verb: 'list', resource: 'pods', ...selectors }
    const body = { spec: { user: 'u', resourceAttributes } } as KubeObject
    const request = { resource, body } as unknown as ActionRequest // Cast: no more is looked at.
    const act = noting['subjectaccessreviews.authorization.k8s.io']
    await act?.(request, new AbortController().signal)
  }
  const requirement = { key: 'a', operator: 'In', values: ['1'] }
  await review({ fieldSelector: { rawSelector: 'spec.nodeName=n' } })
  await review({ fieldSelector: { requirements: [requirement, { key: 'b', operator: 'Newer' }] } })
  await review({ fieldSelector: { rawSelector: 'no selector' } })
  await review({ labelSelector: { rawSelector: 'app in (x,y)' } })
  await review({ labelSelector: { requirements: [requirement, { key: 'b', operator: 'Exists' }] } })
  assert.deepEqual(asked, [
    [[{ field: 'spec.nodeName', operator: '=', value: 'n' }], undefined, '*'],
    [[{ field: 'a', operator: '=', value: '1' }], undefined, '*'],
    [undefined, undefined, '*'],
    [undefined, [{ key: 'app', operator: 'in', values: ['x', 'y'] }], '*'],
    [
      undefined,
      [
        { key: 'a', operator: 'in', values: ['1'] },
        { key: 'b', operator: 'exists', values: [] },
      ],
      '*',
    ],
  ])
  const path = 'spec.resourceAttributes'
  const faults: readonly (readonly [object, string])[] = [
    [
      { fieldSelector: { rawSelector: 'a=b', requirements: [requirement] } },
      `${path}.fieldSelector.rawSelector: Invalid value: "a=b": may not specified at the same time as requirements`,
    ],
    [
      { labelSelector: {} },
      `${path}.labelSelector.requirements: Required value: when ${path}.labelSelector is specified, requirements or rawSelector is required`,
    ],
    [
      { labelSelector: { requirements: [{ key: 'a', operator: 'In' }] } },
      `${path}.labelSelector.requirements[0].values: Required value: must be specified when \`operator\` is 'In' or 'NotIn'`,
    ],
    [
      { fieldSelector: { requirements: [{ key: '', operator: 'Exists', values: ['x'] }] } },
      `[${path}.fieldSelector.requirements[0].values: Forbidden: may not be specified when \`operator\` is 'Exists' or 'DoesNotExist', ${path}.fieldSelector.requirements[0].key: Required value: must be specified]`,
    ],
  ]
  for (const [selectors, fault] of faults) {
    await assert.rejects(review(selectors), {
      message: `SubjectAccessReview.authorization.k8s.io "" is invalid: ${fault}`,
    })
  }
})
