import {
  type ClusterRole,
  clusterRoleBindings,
  clusterRoles,
  type PolicyRule,
  type Role,
  type RoleBinding,
  roleBindings,
  roles,
} from '#api'
import { andThen, type MaybePromise } from '#lib'
import { deepEqual } from '#machinery'
import { notFound } from '#machinery/status'
import type { Authorizer } from '../../authz/authorizer.ts'
import { escalationOf } from '../../authz/escalation.ts'
import { mastersGroup } from '../../authz/privileged.ts'
import type { RbacAuthorizer } from '../../authz/rbac.ts'
import type { Admission, AdmissionAttributes } from '../admission.ts'
import { isAbout, refuse } from '../attributes.ts'

const rbacGroup = 'rbac.authorization.k8s.io'
const everything: readonly PolicyRule[] = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
  { verbs: ['*'], nonResourceURLs: ['*'] },
]

/**
 * Nobody gives others more than they have: roles may hold only rules that their writer holds,
 * bindings only roles whose rules their writer holds, unless they may `escalate` or `bind`.
 */
export function rbacEscalation(rbac: RbacAuthorizer, authorizer: Authorizer): Admission {
  const held = ({ user, namespace }: AdmissionAttributes) => rbac.policyRulesFor(user, namespace)
  /** Asks whether somebody may do so anyway, and checks what they hold where they may not. */
  const unlessAllowed = (
    { attributes, signal }: Asking,
    verb: string,
    target: Target,
    check: () => void,
  ): MaybePromise<void> => {
    const { user, namespace } = attributes
    const asked = {
      kind: 'resource',
      ...{ user, verb, namespace, group: rbacGroup, version: 'v1', subresource: '' },
      ...target,
    } as const
    return andThen(authorizer.authorize(asked, signal), ({ kind }) => {
      if (kind !== 'allow') check()
    })
  }
  const checkRole = (asking: Asking) => {
    const { attributes } = asking
    const { resource, name, object, old } = attributes
    const role = object as ClusterRole | Role
    if (isUnchanged(role, old as ClusterRole | undefined)) return
    return unlessAllowed(asking, 'escalate', { resource: resource.plural, name }, () => {
      refuseIf(attributes, escalationOf(attributes.user, held(attributes), role.rules ?? []))
      if (!('aggregationRule' in role) || !role.aggregationRule) return
      if (escalationOf(attributes.user, held(attributes), everything)) {
        throw refuse(attributes, 'must have cluster-admin privileges to use the aggregationRule')
      }
    })
  }
  const checkBinding = (asking: Asking) => {
    const { attributes } = asking
    const { object, old, namespace, user } = attributes
    const { roleRef } = object as RoleBinding
    if (isSameBinding(object as RoleBinding, old as RoleBinding | undefined)) return
    const target = roleRef.kind === 'Role' ? roles : clusterRoles
    return unlessAllowed(asking, 'bind', { resource: target.plural, name: roleRef.name }, () => {
      const granted = rbac.rulesOfRole(roleRef, namespace)
      if (!granted) {
        throw notFound({ group: rbacGroup, plural: roleRef.kind.toLowerCase() }, roleRef.name)
      }
      refuseIf(attributes, escalationOf(user, held(attributes), granted))
    })
  }
  return {
    name: 'RBACEscalation',
    handles: (attributes) =>
      (attributes.verb === 'create' || attributes.verb === 'update') &&
      attributes.resource.group === rbacGroup &&
      !attributes.user.groups.includes(mastersGroup),
    validate(attributes, { signal }) {
      const asking = { attributes, signal }
      if (isAbout(attributes, roles) || isAbout(attributes, clusterRoles)) return checkRole(asking)
      const isBinding =
        isAbout(attributes, roleBindings) || isAbout(attributes, clusterRoleBindings)
      return isBinding ? checkBinding(asking) : undefined
    },
  }
}

interface Asking {
  readonly attributes: AdmissionAttributes
  readonly signal: AbortSignal
}

interface Target {
  readonly resource: string
  readonly name: string
}

function refuseIf(attributes: AdmissionAttributes, why: string | undefined): void {
  if (why) throw refuse(attributes, why)
}

function isUnchanged(role: ClusterRole, old: ClusterRole | undefined): boolean {
  return (
    old !== undefined &&
    deepEqual(role.rules ?? [], old.rules ?? []) &&
    deepEqual(role.aggregationRule, old.aggregationRule)
  )
}

/** A change of metadata gives nobody anything: the garbage collector may take off its finalizers. */
function isSameBinding(binding: RoleBinding, old: RoleBinding | undefined): boolean {
  return (
    old !== undefined &&
    deepEqual(binding.roleRef, old.roleRef) &&
    deepEqual(binding.subjects ?? [], old.subjects ?? [])
  )
}
