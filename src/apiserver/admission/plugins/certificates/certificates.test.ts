import assert from 'node:assert/strict'
import { test } from 'node:test'
import { certificateSigningRequests } from '#api'
import type { Admission, AdmissionAttributes } from '../../admission.ts'
import { objectsOf, stored } from '../../objects-fixture.ts'
import { nodeRestriction } from '../node/restriction.ts'
import {
  certificateApproval,
  certificateSigning,
  certificateSubjectRestriction,
} from './certificates.ts'

/** `O=system:masters, CN=eve` */
const masters =
  'LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlIak1JR0pBZ0VBTUNjeEZ6QVZCZ05WQkFvTURuTjVjM1JsYlRwdFlYTjBaWEp6TVF3d0NnWURWUVFEREFObApkbVV3V1RBVEJnY3Foa2pPUFFJQkJnZ3Foa2pPUFFNQkJ3TkNBQVFlb1NzaE1DUlBDYXFQWTRtalJKbC8rcFpVCkw5U0wxWWl6bnpSWThaSzVrTHowb0d1L2Z4aUlvNWtwWmZZaElnM1RjOWNaTzhzR2hlMTl1eXcrcUgzRm9BQXcKQ2dZSUtvWkl6ajBFQXdJRFNRQXdSZ0loQUlzcjN1V002dnZOQVNsQmU1NWhvcnZVTTZpdFNhdFBOa2xUVXV4LwozWWZvQWlFQXlwQnFZb0Vmc21RM0REa1MrL3VKZ3I1RVd0MnhpaEswU3VpcGpGcGM2T1U9Ci0tLS0tRU5EIENFUlRJRklDQVRFIFJFUVVFU1QtLS0tLQo='

/** `O=system:nodes, CN=system:node:node-1` */
const kubelet =
  'LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlIdU1JR1dBZ0VBTURReEZUQVRCZ05WQkFvTURITjVjM1JsYlRwdWIyUmxjekViTUJrR0ExVUVBd3dTYzNsegpkR1Z0T201dlpHVTZibTlrWlMweE1Ga3dFd1lIS29aSXpqMENBUVlJS29aSXpqMERBUWNEUWdBRUhxRXJJVEFrClR3bXFqMk9KbzBTWmYvcVdWQy9VaTlXSXM1ODBXUEdTdVpDODlLQnJ2MzhZaUtPWktXWDJJU0lOMDNQWEdUdkwKQm9YdGZic3NQcWg5eGFBQU1Bb0dDQ3FHU000OUJBTUNBMGNBTUVRQ0lBaDFxMzVtUW04d1NrQXk2RVdEZmtHWApOV3hyNFdWODJVVHFRU1BJQUU2SEFpQUpoTytWWEU5YzJxSjhiQTlHWHFNZzc3R0N1MThHdmkxeTFzNkdIVjRsClR3PT0KLS0tLS1FTkQgQ0VSVElGSUNBVEUgUkVRVUVTVC0tLS0tCg=='

const apiClient = 'kubernetes.io/kube-apiserver-client'
const kubeletClient = 'kubernetes.io/kube-apiserver-client-kubelet'

/** Lets `ann` do what she asks for signers of these names. */
const allowing = (...names: readonly string[]) => ({
  name: 'test',
  authorize: (asked: {
    readonly kind: string
    readonly name?: string
    readonly resource?: string
  }) => ({
    kind:
      asked.resource === 'signers' && names.includes(asked.name ?? '')
        ? ('allow' as const)
        : ('noOpinion' as const),
    reason: '',
  }),
  rulesFor: () => ({ resourceRules: [], nonResourceRules: [], incomplete: false }),
})

async function ask(plugin: Admission, more: Partial<AdmissionAttributes> & { spec?: object }) {
  const { spec = {}, ...rest } = more
  const object = {
    metadata: { name: 'a' },
    spec: { request: kubelet, signerName: apiClient, ...spec },
  }
  const attributes: AdmissionAttributes = {
    ...{ verb: 'create', subresource: '', namespace: '', name: 'a', dryRun: false },
    user: { name: 'ann', groups: [] },
    resource: certificateSigningRequests as unknown as AdmissionAttributes['resource'],
    object,
    ...(rest.verb === 'update' && { old: stored(certificateSigningRequests, object as never) }),
    ...rest,
  }
  if (!plugin.handles(attributes)) return 'not looked at'
  const context = { objects: objectsOf([]), nowMs: 0, warn: () => {} }
  try {
    const { signal } = new AbortController()
    await plugin.mutate?.({ ...attributes, object }, { ...context, signal })
    await plugin.validate?.(attributes, { ...context, signal })
    return 'allowed'
  } catch (error) {
    return error instanceof Error ? error.message : error
  }
}

const forbidden = 'certificatesigningrequests.certificates.k8s.io "a" is forbidden: '

test('who decides on a request may approve those of its signer, or of its domain', async () => {
  const decision = { verb: 'update', subresource: 'approval' } as const
  assert.equal(await ask(certificateApproval(allowing(apiClient)), decision), 'allowed')
  assert.equal(await ask(certificateApproval(allowing('kubernetes.io/*')), decision), 'allowed')
  assert.equal(
    await ask(certificateApproval(allowing('example.com/*')), decision),
    `${forbidden}user not permitted to approve requests with signerName "${apiClient}"`,
  )
  assert.equal(await ask(certificateApproval(allowing()), { verb: 'update' }), 'not looked at')
})

test('who answers a request may sign for its signer; other changes of a status may be made', async () => {
  const answer = (status: object): Partial<AdmissionAttributes> => ({
    verb: 'update',
    subresource: 'status',
    object: { metadata: { name: 'a' }, spec: { signerName: apiClient }, status } as never,
  })
  const none = certificateSigning(allowing())
  const refusal = `${forbidden}user not permitted to sign requests with signerName "${apiClient}"`
  assert.equal(await ask(none, answer({ certificate: 'x' })), refusal)
  assert.equal(await ask(none, answer({ conditions: [{ type: 'Failed' }] })), refusal)
  assert.equal(await ask(none, answer({})), 'allowed')
  const own = certificateSigning(allowing(apiClient))
  assert.equal(await ask(own, answer({ certificate: 'x' })), 'allowed')
})

test('nobody asks to be one of those who may do all', async () => {
  const plugin = certificateSubjectRestriction
  assert.equal(
    await ask(plugin, { spec: { request: masters } }),
    `${forbidden}use of ${apiClient} signer with system:masters group is not allowed`,
  )
  const elsewhere = { request: masters, signerName: 'example.com/signer' }
  assert.equal(await ask(plugin, { spec: elsewhere }), 'allowed')
  assert.equal(await ask(plugin, {}), 'allowed')
  assert.match(
    String(await ask(plugin, { spec: { request: 'x' } })),
    /failed to parse CSR: PEM block type must be CERTIFICATE REQUEST$/,
  )
})

test('a kubelet asks for certificates of its own node alone', async () => {
  const plugin = nodeRestriction(allowing())
  const as = (node: string) => ({ name: `system:node:${node}`, groups: ['system:nodes'] })
  const spec = { signerName: kubeletClient }
  assert.equal(await ask(plugin, { user: as('node-1'), spec }), 'allowed')
  assert.equal(
    await ask(plugin, { user: as('node-2'), spec }),
    `${forbidden}can only create a node CSR with CN=system:node:node-2`,
  )
  assert.equal(await ask(plugin, { user: as('node-2') }), 'allowed', 'for another signer')
  assert.equal(
    await ask(plugin, { user: as('node-2'), spec: { ...spec, request: 'x' } }),
    `${forbidden}unable to parse csr: PEM block type must be CERTIFICATE REQUEST`,
  )
})
