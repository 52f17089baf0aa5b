import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { test } from 'node:test'
import { certificateSigningRequests, clusterRoleBindings } from '#api'
import { startCluster, type TestCluster } from './cluster-fixture.ts'

/** `O=system:nodes, CN=system:node:node-1` */
const kubelet =
  'LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlIdU1JR1dBZ0VBTURReEZUQVRCZ05WQkFvTURITjVjM1JsYlRwdWIyUmxjekViTUJrR0ExVUVBd3dTYzNsegpkR1Z0T201dlpHVTZibTlrWlMweE1Ga3dFd1lIS29aSXpqMENBUVlJS29aSXpqMERBUWNEUWdBRUhxRXJJVEFrClR3bXFqMk9KbzBTWmYvcVdWQy9VaTlXSXM1ODBXUEdTdVpDODlLQnJ2MzhZaUtPWktXWDJJU0lOMDNQWEdUdkwKQm9YdGZic3NQcWg5eGFBQU1Bb0dDQ3FHU000OUJBTUNBMGNBTUVRQ0lBaDFxMzVtUW04d1NrQXk2RVdEZmtHWApOV3hyNFdWODJVVHFRU1BJQUU2SEFpQUpoTytWWEU5YzJxSjhiQTlHWHFNZzc3R0N1MThHdmkxeTFzNkdIVjRsClR3PT0KLS0tLS1FTkQgQ0VSVElGSUNBVEUgUkVRVUVTVC0tLS0tCg=='

const bootstrapper = {
  name: 'system:bootstrap:abcdef',
  groups: ['system:bootstrappers', 'system:authenticated'],
}
const node = { name: 'system:node:node-1', groups: ['system:nodes', 'system:authenticated'] }
const spec = {
  request: kubelet,
  signerName: 'kubernetes.io/kube-apiserver-client-kubelet',
  usages: ['digital signature', 'client auth'],
  expirationSeconds: 3600,
}

async function bind(cluster: TestCluster, group: string, role: string) {
  const subject = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: group }
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role }
  const metadata = { name: `${group}-${role}` }
  await cluster.create(clusterRoleBindings, { metadata, subjects: [subject], roleRef })
}

const ofRequests = 'system:certificates.k8s.io:certificatesigningrequests'

for (const [who, user, role] of [
  ['a kubelet that has none yet', bootstrapper, `${ofRequests}:nodeclient`],
  ['a kubelet that renews its own', node, `${ofRequests}:selfnodeclient`],
] as const) {
  test(`${who} gets a client certificate without anybody's doing`, async () => {
    await using cluster = await startCluster()
    const [group = ''] = user.groups
    await bind(cluster, group, role)
    await bind(cluster, group, 'system:node-bootstrapper')
    await cluster
      .clientOf(user)
      .create(certificateSigningRequests, { metadata: { name: 'csr' }, spec })
    await cluster.until('it is signed', async () => {
      const found = await cluster.get(certificateSigningRequests, 'csr')
      return Boolean(found?.status?.certificate)
    })
    const { status } = (await cluster.get(certificateSigningRequests, 'csr')) ?? {}
    const [approved] = status?.conditions ?? []
    assert.deepEqual([approved?.type, approved?.reason], ['Approved', 'AutoApproved'])
    assert.match(approved?.message ?? '', /kubelet client certificate after SubjectAccessReview\.$/)
    const pem = Buffer.from(status?.certificate ?? '', 'base64')
    const { subject, validToDate } = new X509Certificate(pem)
    assert.equal(subject, 'O=system:nodes\nCN=system:node:node-1')
    const lastsMs = validToDate.getTime() - cluster.clock.wallMs()
    assert.ok(lastsMs > 3_590_000 && lastsMs <= 3_600_000, `${lastsMs} ms`)
  })
}

test('nobody else is approved, and what nobody decides on goes after a day', async () => {
  await using cluster = await startCluster()
  await bind(cluster, 'system:bootstrappers', 'system:node-bootstrapper')
  await cluster
    .clientOf(bootstrapper)
    .create(certificateSigningRequests, { metadata: { name: 'csr' }, spec })
  await cluster.clock.advance(23 * 3_600_000)
  const found = await cluster.get(certificateSigningRequests, 'csr')
  assert.ok(found)
  assert.equal(found.status?.conditions, undefined)
  await cluster.clock.advance(2 * 3_600_000)
  assert.equal(await cluster.get(certificateSigningRequests, 'csr'), undefined)
})
