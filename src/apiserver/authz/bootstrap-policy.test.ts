import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { KubeObject, Stored } from '#machinery'
import { bootstrapPolicy } from './bootstrap-policy.ts'
import { createRbacAuthorizer } from './rbac.ts'

const controllers = [
  { name: 'replicaset-controller', permissions: [rule(['create'], '', 'pods')] },
  { name: 'job-controller', permissions: [rule(['update'], 'batch', 'jobs/status')] },
]
const policy = bootstrapPolicy(controllers)
const all: readonly KubeObject[] = Object.values(policy).flat()

function rule(verbs: string[], group: string, resource: string) {
  return { verbs, apiGroups: [group], resources: [resource] }
}

test('every default object is marked as one and kept up to date', () => {
  for (const { metadata } of all) {
    assert.equal(metadata?.labels?.['kubernetes.io/bootstrapping'], 'rbac-defaults')
    assert.equal(metadata?.annotations?.['rbac.authorization.kubernetes.io/autoupdate'], 'true')
  }
})

test('no two default objects share a name', () => {
  const names = all.map(({ kind, metadata }) => `${kind}/${metadata?.namespace}/${metadata?.name}`)
  assert.equal(new Set(names).size, names.length)
})

test('every binding refers to a role that is there', () => {
  const clusterRoles = new Set(policy.clusterRoles.map(({ metadata }) => metadata?.name))
  for (const { roleRef } of policy.clusterRoleBindings) assert.ok(clusterRoles.has(roleRef.name))
  const roles = new Set(
    policy.roles.map(({ metadata }) => `${metadata?.namespace}/${metadata?.name}`),
  )
  for (const { roleRef, metadata } of policy.roleBindings) {
    assert.ok(roles.has(`${metadata?.namespace}/${roleRef.name}`))
  }
})

const asks: [user: string, group: string, verb: string, resource: string, allowed: boolean][] = [
  ['root', 'system:masters', 'delete', '.nodes', true],
  ['ann', 'system:authenticated', 'create', 'authorization.k8s.io.selfsubjectaccessreviews', true],
  ['ann', 'system:authenticated', 'list', '.pods', false],
  ['system:kube-scheduler', 'system:authenticated', 'create', '.bindings', true],
  ['system:kube-proxy', 'system:authenticated', 'watch', 'discovery.k8s.io.endpointslices', true],
  ['system:serviceaccount:kube-system:replicaset-controller', 'x', 'create', '.pods', true],
  ['system:serviceaccount:kube-system:job-controller', 'x', 'create', '.pods', false],
]
for (const [name, group, verb, target, allowed] of asks) {
  test(`by default ${name} of ${group} ${allowed ? 'may' : 'may not'} ${verb} ${target}`, () => {
    const stored = <T extends KubeObject>(list: readonly T[]) => list as readonly Stored<T>[]
    const rbac = createRbacAuthorizer({
      changes: () => 1,
      roles: () => stored(policy.roles),
      roleBindings: () => stored(policy.roleBindings),
      clusterRoles: () => stored(policy.clusterRoles),
      clusterRoleBindings: () => stored(policy.clusterRoleBindings),
    })
    const at = target.lastIndexOf('.')
    const decision = rbac.authorize({
      kind: 'resource',
      user: { name, groups: [group] },
      verb,
      group: target.slice(0, at),
      version: 'v1',
      resource: target.slice(at + 1),
      subresource: '',
      namespace: '',
      name: '',
    })
    assert.equal(decision.kind === 'allow', allowed)
  })
}
