import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { ClusterRole, ClusterRoleBinding, Role, RoleBinding } from '#api'
import type { Stored } from '#machinery'
import type { AuthorizationAttributes } from './authorizer.ts'
import { privilegedAuthorizer } from './privileged.ts'
import { createRbacAuthorizer } from './rbac.ts'
import type { RbacSource } from './rbac-rules.ts'
import { refusal } from './refusal.ts'
import { unionAuthorizer } from './union.ts'

function stored<T extends object>(kind: string, key: string, parts: T): Stored<T> {
  const [name = '', namespace] = key.split('@')
  const metadata = {
    name,
    ...(namespace && { namespace }),
    uid: `${kind}-${key}`,
    resourceVersion: '1',
    creationTimestamp: '2026-01-01T00:00:00Z',
  }
  return { apiVersion: 'rbac.authorization.k8s.io/v1', kind, metadata, ...parts } as Stored<T>
}

const group = (name: string) => ({ kind: 'Group', apiGroup: 'rbac.authorization.k8s.io', name })
const user = (name: string) => ({ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name })
const account = (name: string, namespace?: string) => ({
  kind: 'ServiceAccount',
  name,
  ...(namespace && { namespace }),
})
const ref = (kind: string, name: string) => ({ kind, name, apiGroup: 'rbac.authorization.k8s.io' })

interface World {
  clusterRoles: Stored<ClusterRole>[]
  clusterRoleBindings: Stored<ClusterRoleBinding>[]
  roles: Stored<Role>[]
  roleBindings: Stored<RoleBinding>[]
  changes: number
}

function world(): World {
  return {
    changes: 1,
    clusterRoles: [
      stored('ClusterRole', 'reader', {
        rules: [{ verbs: ['get', 'list'], apiGroups: [''], resources: ['pods', '*/status'] }],
      }),
      stored('ClusterRole', 'paths', {
        rules: [{ verbs: ['get'], nonResourceURLs: ['/healthz', '/api/*'] }],
      }),
      stored('ClusterRole', 'all', {
        rules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }],
      }),
    ],
    roles: [
      stored('Role', 'one-secret@here', {
        rules: [{ verbs: ['get'], apiGroups: [''], resources: ['secrets'], resourceNames: ['a'] }],
      }),
    ],
    clusterRoleBindings: [
      stored('ClusterRoleBinding', 'readers', {
        subjects: [group('readers'), user('ann')],
        roleRef: ref('ClusterRole', 'reader'),
      }),
      stored('ClusterRoleBinding', 'paths', {
        subjects: [group('readers')],
        roleRef: ref('ClusterRole', 'paths'),
      }),
      stored('ClusterRoleBinding', 'lost', {
        subjects: [user('lost')],
        roleRef: ref('ClusterRole', 'gone'),
      }),
    ],
    roleBindings: [
      stored('RoleBinding', 'secret@here', {
        subjects: [account('robot'), user('bob')],
        roleRef: ref('Role', 'one-secret'),
      }),
      stored('RoleBinding', 'local-all@here', {
        subjects: [account('boss', 'there')],
        roleRef: ref('ClusterRole', 'all'),
      }),
    ],
  }
}

function sourceOf(of: World): RbacSource {
  return {
    changes: () => of.changes,
    clusterRoles: () => of.clusterRoles,
    clusterRoleBindings: () => of.clusterRoleBindings,
    roles: () => of.roles,
    roleBindings: () => of.roleBindings,
  }
}

/** `get pods/log web @here` or `get /path`. */
function ask(name: string, groups: string[], text: string): AuthorizationAttributes {
  const [verb = '', what = '', ...rest] = text.split(' ')
  const who = { name, groups }
  if (what.startsWith('/')) return { kind: 'nonResource', user: who, verb, path: what }
  const [full = '', apiGroup = ''] = what.split('.')
  const [resource = '', subresource = ''] = full.split('/')
  const namespace = rest.find((part) => part.startsWith('@'))?.slice(1) ?? ''
  const object = rest.find((part) => !part.startsWith('@')) ?? ''
  const version = 'v1'
  return {
    kind: 'resource',
    user: who,
    verb,
    group: apiGroup,
    version,
    resource,
    subresource,
    namespace,
    name: object,
  }
}

const byReaders = 'RBAC: allowed by ClusterRoleBinding "readers" of ClusterRole "reader" to'
const cases: [name: string, groups: string[], text: string, reason: string | undefined][] = [
  ['x', ['readers'], 'list pods', `${byReaders} Group "readers"`],
  ['ann', [], 'get pods web @here', `${byReaders} User "ann"`],
  ['ann', ['readers'], 'get pods web @here', `${byReaders} Group "readers"`],
  ['ann', [], 'get pods/status web @here', `${byReaders} User "ann"`],
  ['ann', [], 'get pods/log web @here', undefined],
  ['ann', [], 'delete pods web @here', undefined],
  ['ann', [], 'get pods.apps web @here', undefined],
  ['ann', [], 'get secrets a @here', undefined],
  [
    'bob',
    [],
    'get secrets a @here',
    'RBAC: allowed by RoleBinding "secret/here" of Role "one-secret" to User "bob"',
  ],
  ['bob', [], 'get secrets b @here', undefined],
  ['bob', [], 'get secrets @here', undefined],
  ['bob', [], 'get secrets a @there', undefined],
  [
    'system:serviceaccount:here:robot',
    [],
    'get secrets a @here',
    'RBAC: allowed by RoleBinding "secret/here" of Role "one-secret" to ServiceAccount "robot/here"',
  ],
  [
    'system:serviceaccount:there:boss',
    [],
    'delete deployments.apps web @here',
    'RBAC: allowed by RoleBinding "local-all/here" of ClusterRole "all" to ServiceAccount "boss/there"',
  ],
  ['system:serviceaccount:there:boss', [], 'delete nodes n', undefined],
  [
    'x',
    ['readers'],
    'get /api/v1',
    'RBAC: allowed by ClusterRoleBinding "paths" of ClusterRole "paths" to Group "readers"',
  ],
  ['x', ['readers'], 'get /healthz/etcd', undefined],
  ['x', ['readers'], 'post /healthz', undefined],
]

for (const [name, groups, text, reason] of cases) {
  test(`${name} [${groups}] asking to ${text} is ${reason ? 'allowed' : 'not allowed'}`, () => {
    const decision = createRbacAuthorizer(sourceOf(world())).authorize(ask(name, groups, text))
    assert.deepEqual(
      decision,
      reason ? { kind: 'allow', reason } : { kind: 'noOpinion', reason: '' },
    )
  })
}

test('a binding to a role that does not exist is named in the refusal', async () => {
  const attributes = ask('lost', [], 'list pods @here')
  const union = unionAuthorizer([createRbacAuthorizer(sourceOf(world()))])
  const decision = await union.authorize(attributes, AbortSignal.abort())
  assert.equal(
    refusal(attributes, decision.reason).message,
    'pods is forbidden: User "lost" cannot list resource "pods" in API group "" in the namespace "here": RBAC: clusterrole.rbac.authorization.k8s.io "gone" not found',
  )
})

test('rules are resolved again when the source has changed, and only then', () => {
  const now = world()
  const rbac = createRbacAuthorizer(sourceOf(now))
  const attributes = ask('bob', [], 'list pods')
  assert.equal(rbac.authorize(attributes).kind, 'noOpinion')
  now.clusterRoleBindings.push(
    stored('ClusterRoleBinding', 'more', {
      subjects: [user('bob')],
      roleRef: ref('ClusterRole', 'all'),
    }),
  )
  assert.equal(rbac.authorize(attributes).kind, 'noOpinion')
  now.changes++
  assert.equal(rbac.authorize(attributes).kind, 'allow')
})

test('members of system:masters may do all without any binding', async () => {
  const attributes = ask('root', ['system:masters'], 'delete nodes n')
  const decision = await unionAuthorizer([privilegedAuthorizer]).authorize(
    attributes,
    AbortSignal.abort(),
  )
  assert.equal(decision.kind, 'allow')
})

test('the rules of a user are those of its bindings in all namespaces and in the one', () => {
  const rules = createRbacAuthorizer(sourceOf(world())).rulesFor(
    { name: 'bob', groups: ['readers'] },
    'here',
  )
  assert.deepEqual(rules, {
    resourceRules: [
      { verbs: ['get', 'list'], apiGroups: [''], resources: ['pods', '*/status'] },
      { verbs: ['get'], apiGroups: [''], resources: ['secrets'], resourceNames: ['a'] },
    ],
    nonResourceRules: [{ verbs: ['get'], nonResourceURLs: ['/healthz', '/api/*'] }],
    incomplete: false,
  })
})

const refusals: [text: string, want: string][] = [
  ['get /x', 'forbidden: User "u" cannot get path "/x"'],
  [
    'get nodes n',
    'nodes "n" is forbidden: User "u" cannot get resource "nodes" in API group "" at the cluster scope',
  ],
  [
    'update deployments/scale.apps web @here',
    'deployments.apps "web" is forbidden: User "u" cannot update resource "deployments/scale" in API group "apps" in the namespace "here"',
  ],
]
for (const [text, want] of refusals) {
  test(`the refusal of ${text} says who, what and where`, () => {
    const attributes = ask('u', [], text)
    assert.equal(refusal(attributes, '').message, want)
  })
}

test('namespaces that somebody makes up do not fill the memory', () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const rbac = createRbacAuthorizer(sourceOf(world()))
  collect()
  const before = process.memoryUsage().heapUsed
  for (let i = 0; i < 100_000; i++) {
    rbac.authorize(ask('ann', [], `get pods @${i}-${'n'.repeat(400)}`))
  }
  collect()
  const grownMb = (process.memoryUsage().heapUsed - before) / 1024 / 1024
  assert.ok(grownMb < 25, `left ${grownMb.toFixed(1)} MB`)
  assert.equal(rbac.authorize(ask('ann', [], 'get pods @here')).kind, 'allow')
})
